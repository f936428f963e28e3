// SPDX-License-Identifier: ISC
// usage: node plain.js URL SCREENSHOTS CODE-FILE ADDRESS
// With a real browser that runs no JavaScript, as a hardened one: the forms that
// nobody can do without. First visit, the wizard's steps, another ADDRESS/24,
// which is kept from there, and the log-out.
"use strict";

const fs = require("fs");
const { check, browse, introduce, login, run, sees } =
    require("./browser.js");

const [url, shots, codeFile, address] = process.argv.slice(2);
const moved = url.replace(/\/\/[^:]*/, "//" + address);
const password = "correct horse";

// A page that would show that JavaScript runs.
async function none(page)
{
	await page.setContent("<p>none</p><script>document.body.textContent =" +
	    " 'some'</script>");
	check(await sees(page.getByText("none")), "no JavaScript runs");
}

async function setup(page, shot)
{
	await page.goto(url + "/");
	await introduce(page, fs.readFileSync(codeFile, "utf8").trim(),
	    password);
	await shot("setup");
	await page.getByRole("button", { name: "Set password" }).click();
	await page.waitForURL(url + "/start");
	check(true, "logged in after the set-up");
}

async function wizard(page, shot)
{
	const next = page.getByRole("button", { name: "Next" });

	await page.getByLabel("Hub: offices").check();
	await next.click();
	await page.getByLabel("eth0").check();
	await page.getByLabel("Address", { exact: true }).fill("10.0.0.1");
	await next.click();
	check(await page.getByLabel("Address", { exact: true })
	    .getAttribute("aria-invalid") === "true",
	    "a step with an invalid value is shown again");
	await page.getByLabel("Address", { exact: true }).fill("10.0.0.1/24");
	await next.click();
	await page.getByLabel("Time zone").fill("JST-9");
	await shot("start-time");
	await next.click();
	check(await sees(page.getByLabel("Hub name")),
	    "as far as the last step of a hub");
	await page.getByRole("button", { name: "Back" }).click();
	check(await page.getByLabel("Time zone").inputValue() === "JST-9",
	    "and back, with what was typed");
}

async function move(page, shot)
{
	await page.goto(url + "/settings");
	await page.getByLabel("Hub: offices").check();
	await page.getByLabel("Hub name").fill("main");
	check(!await page.getByLabel("Hub address").isVisible(),
	    "a hub sees the fields of a hub");
	await page.getByLabel("Address", { exact: true })
	    .fill(address + "/24");
	await shot("settings");
	// from here on the box answers elsewhere
	await page.getByRole("button", { name: "Save" }).click()
	    .catch(() => {});
	for (let n = 0; n < 300; n++) {
		if (await page.goto(moved + "/login").catch(() => null))
			break;
		await page.waitForTimeout(200);
	}
	await login(page, moved, password);
	const keep = page.getByRole("button", { name: "Keep these" });

	await keep.waitFor();
	await shot("trial");
	await keep.click();
	await page.getByText("is in force").waitFor();
	check(await keep.count() === 0, "kept, from the new address");
}

async function logout(page)
{
	await page.getByRole("button", { name: "Log out" }).click();
	check(page.url() === moved + "/login", "logged out");
	await page.goto(moved + "/settings");
	check(page.url() === moved + "/login", "and nothing is shown");
	await page.getByLabel("Administrator's password").fill("wrong horse");
	await page.getByRole("button", { name: "Log in" }).click();
	check(await sees(page.getByText("Wrong password.")),
	    "a wrong password is refused");
}

async function walk(page, shot)
{
	await none(page);
	await setup(page, shot);
	await wizard(page, shot);
	await move(page, shot);
	await logout(page);
}

run(() => browse(shots + "/plain-", 60000, walk,
    { javaScriptEnabled: false }));
