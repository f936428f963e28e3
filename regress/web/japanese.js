// SPDX-License-Identifier: ISC
// usage: node japanese.js URL SCREENSHOTS PASSWORD
// By a browser whose language is Japanese: all pages of the box of t_walk.sh's
// test "japanese" are, too, and fit on a phone.
"use strict";

const { check, browse, phone, run } = require("./browser.js");

const [url, shots, password] = process.argv.slice(2);
const hub = "all/hubd/hub:main";
const pages = ["status", "why", "tools", "log", "hub", "invite", "radius-test",
	"hub-password", "backup", "upgrade", "parts", "restart", "settings",
	"start", "factor", "history", "history/2", "all", "all/system",
	"all/rc", "all/network", "all/network/bridge:+",
	"all/network/interface:+", "all/network/vlan:+",
	"all/network/pppoe:+", "all/hubd", "all/hubd/radius:+", hub,
	hub + "/user:tokyo", hub + "/policy:+", hub + "/rule:+",
	hub + "/group:+", hub + "/local-port:+", "all/vnicd",
	"all/vnicd/vnic:office", "all/vnicd/proxy:+"];

// Texts of the page in which two words of English stand by themselves, or three
// in Japanese (two may be a key and its value), but for what a program said,
// settings as they are written, and examples.
async function english(page)
{
	return (await page.evaluate(() => {
		const walk = document.createTreeWalker(document.body,
		    NodeFilter.SHOW_TEXT);
		const found = [];

		while (walk.nextNode()) {
			const text = walk.currentNode;
			const own = text.data.replace(/（例：[^）]*）/g, "");
			const other = text.parentElement.closest("[lang=en], " +
			    ".lines, code, textarea, option, script, style");
			const two = /[A-Za-z]{2,} [a-z]{2,}/.test(own);
			const three = /([A-Za-z]{2,} ){2}[a-z]{2,}/.test(own);

			if (!other && (three ||
			    two && !/[\u3040-\u9fff]/.test(own)))
				found.push(own.trim());
		}
		return found;
	}));
}

async function walk(page)
{
	await page.goto(url + "/");
	await page.getByLabel("管理者のパスワード").fill(password);
	await page.getByRole("button", { name: "ログイン" }).click();
	await page.waitForURL(url + "/status");
	const left = [];

	for (const where of pages) {
		const answer = await page.goto(url + "/" + where);

		check(answer.ok(), where + " is there");
		for (const text of await english(page))
			left.push(where + ": " + text);
		await phone(page, where);
	}
	check(left.length === 0, "nothing is in English " + left.join("\n"));
	await page.goto(url + "/language/en");
	await page.goto(url + "/all/hubd");
	await page.evaluate(() =>
	    document.documentElement.removeAttribute("lang"));
	check((await english(page)).length > 0, "English would be seen");
}

run(() => browse(shots + "/", 60000, walk, { locale: "ja-JP" }));
