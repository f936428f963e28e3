// SPDX-License-Identifier: ISC
// usage: node life.js tour URL PREFIX BACKUP PASSPHRASE FAR
//        node life.js return URL PREFIX BACKUP PASSPHRASE OLD-URL BUNDLE VERSION
// With a real browser, at a box that runs, whose administrator's password is in
// PASSWORD. tour: each page that links lead to, in English and in Japanese, a
// backup, and a change to the address FAR by which the administrator locks
// himself out. return: the same box after a factory reset, with a set-up code in
// CODE: the backup is restored, which moves it to OLD-URL, and the upgrade in
// BUNDLE, which says VERSION, is uploaded and started.
// Pictures are PREFIX-NAME.png.
"use strict";

const { check, browse, introduce, keep, login, phone, run, sees } =
    require("./browser.js");

const [visit, url, prefix, backup, passphrase, ...more] = process.argv.slice(2);
const password = process.env.PASSWORD;
const patience = 60000;
const boot = 600000;		// ms, emulated and on a busy machine
const pageMax = 100000;		// bytes
const pagesMax = 60;

// Text of a page that is read in English, though it is a Japanese one: all of a
// sentence, which is not marked as English, as what programs say is.
function english()
{
	const walker = document.createTreeWalker(document.body,
	    NodeFilter.SHOW_TEXT);
	const found = [];

	while (walker.nextNode()) {
		const node = walker.currentNode;

		if (/^[ -~\s]*[a-z]{2,} [a-z]{2,} [a-z]{2,}[ -~\s]*$/i
		    .test(node.textContent) && !node.parentElement.closest(
		    "[lang=en], code, textarea, .lines, script, noscript, td"))
			found.push(node.textContent.trim());
	}
	return found;
}

// Where the links of the page lead on the box; files and languages left out.
async function links(page)
{
	const all = await page.locator("a[href]").evaluateAll((list) =>
	    list.map((a) => a.pathname));

	return all.filter((p) => !/^\/language|\.json$/.test(p));
}

async function open(page, path)
{
	const answer = await page.goto(url + path);
	const size = (await answer.body()).length;

	check(answer.status() === 200 && size < pageMax,
	    `${path} has ${size} bytes`);
}

// All pages, the nearest first; the paths of those of the navigation.
async function tour(page, shot)
{
	await open(page, "/status");
	const near = [...new Set(await page.locator("nav a[href]")
	    .evaluateAll((list) => list.map((a) => a.pathname)))];
	const paths = [...new Set(["/status", ...await links(page)])];

	check(near.length >= 8, "the navigation: " + near.join(" "));
	for (let n = 0; n < paths.length && n < pagesMax; n++) {
		await open(page, paths[n]);
		await shot("en" + paths[n].replace(/\W+/g, "-"));
		for (const p of await links(page))
			if (!paths.includes(p))
				paths.push(p);
	}
	for (const p of ["/tools", "/why", "/parts", "/restart", "/hub",
	    "/invite"])
		check(paths.includes(p), "a link leads to " + p);
	return paths.slice(0, pagesMax);
}

async function japanese(page, shot, paths)
{
	await page.goto(url + "/language/ja");
	for (const p of paths) {
		await open(page, p);
		check(await page.locator("html").getAttribute("lang") === "ja",
		    p + " is in Japanese");
		// further down are names and examples of settings
		if (p.lastIndexOf("/") > 0)
			continue;
		const rest = await page.evaluate(english);

		check(rest.length === 0, `nothing in English on ${p} ${rest}`);
		await shot("ja" + p.replace(/\W+/g, "-"));
	}
	await page.setViewportSize({ width: 375, height: 740 });
	for (const p of ["/status", "/backup", "/upgrade", "/hub"]) {
		await open(page, p);
		await phone(page, p + " in Japanese");
		await shot("ja-phone" + p.replace(/\W+/g, "-"));
	}
	await page.setViewportSize({ width: 1100, height: 800 });
	await page.goto(url + "/language/en");
}

async function save(page)
{
	await page.goto(url + "/backup");
	await page.getByLabel("Passphrase", { exact: true }).fill(passphrase);
	await page.getByLabel("Passphrase again").fill(passphrase);
	const file = page.waitForEvent("download");

	await page.getByRole("button", { name: "Download" }).click();
	const name = (await file).suggestedFilename();

	await (await file).saveAs(backup);
	check(/^longwire-tokyo-\d{8}\.cms$/.test(name), "a backup, " + name);
}

// Until the box answers there (or does not, if not ok), for LIMIT ms.
async function answers(page, where, ok, limit)
{
	const until = Date.now() + limit;

	for (;;) {
		const answer = await page.goto(where + "/login",
		    { timeout: 30000 }).catch(() => null);

		if ((answer !== null) === ok)
			return;
		if (Date.now() > until)
			throw new Error(where + (ok ? " does not answer" :
			    " still answers"));
		await page.waitForTimeout(500);
	}
}

// To an address that the administrator's machine cannot reach, and 90 s later.
async function lockOut(page, shot)
{
	const address = page.locator("[name=address]");

	await page.goto(url + "/settings");
	const before = await address.inputValue();

	await address.fill(more[0]);
	await page.getByRole("button", { name: "Save" }).click()
	    .catch(() => {});
	await answers(page, url, false, patience);
	check(true, "locked out");
	await answers(page, url, true, boot);
	await page.goto(url + "/settings");
	check(await address.inputValue() === before,
	    "the address is again " + before);
	check(await page.getByRole("button", { name: "Keep these" })
	    .count() === 0, "nothing is on trial");
	await page.goto(url + "/history");
	check(await sees(page.getByText("nobody had confirmed the change")),
	    "the history says why");
	await shot("healed");
}

async function first(page, shot)
{
	await login(page, url, password);
	const paths = await tour(page, shot);

	await japanese(page, shot, paths);
	await save(page);
	await lockOut(page, shot);
}

// With the settings kept, the keys of the backup follow, and all starts anew.
async function restarted(page, where)
{
	const until = Date.now() + patience;

	do {
		await page.waitForTimeout(500);
		await page.goto(where + "/status").catch(() => {});
	} while (page.url() !== where + "/login" && Date.now() < until);
	check(page.url() === where + "/login", "all starts anew, log-ins too");
}

// On a box that has a password of its own by now; it moves while it restores.
async function restore(page, shot, old)
{
	await page.goto(url + "/");
	check(page.url() === url + "/setup", "a reset box asks for its code");
	await introduce(page, process.env.CODE, password + " too");
	await page.getByRole("button", { name: "Set password" }).click();
	await page.waitForURL(url + "/start");
	await page.goto(url + "/status");
	await keep(page);
	await page.goto(url + "/backup");
	await page.getByLabel("Passphrase of the backup").fill(passphrase);
	await page.getByLabel("Backup", { exact: true }).setInputFiles(backup);
	await shot("restore");
	await page.getByRole("button", { name: "Restore" }).click()
	    .catch(() => {});
	await answers(page, old, true, boot);
	await login(page, old, password);
	check(true, "the password is that of the backup, at its address");
	await page.goto(old + "/backup");
	await shot("restored");
	await page.goto(old + "/status");
	await keep(page);
	await restarted(page, old);
	await login(page, old, password);
	await page.goto(old + "/settings");
	check(await page.locator("[name=hostname]").inputValue() === "tokyo",
	    "the settings of the backup");
	await page.goto(old + "/all/hubd/hub:main");
	check(await sees(page.getByRole("link", { name: "osaka" })),
	    "its users as well");
}

async function upgrade(page, shot, old, bundle)
{
	await page.goto(old + "/upgrade");
	await page.locator("input[type=file]").setInputFiles(bundle);
	await page.getByRole("button", { name: "Upload and install" }).click();
	await page.locator("progress").waitFor({ timeout: boot });
	await shot("progress");
	await page.getByText("is installed and was read back")
	    .waitFor({ timeout: boot });
	await shot("installed");
	await page.getByRole("button", { name: "Restart now" }).click();
	await page.getByText("The box restarts").waitFor();
	await shot("restarts");
	await answers(page, old, false, boot);
}

async function upgraded(page, shot, old, version)
{
	await answers(page, old, true, boot);
	await login(page, old, password);
	const until = Date.now() + boot;
	const confirmed = page.getByText("came up well, and stays (slot b)");

	while (await confirmed.count() === 0 && Date.now() < until) {
		await page.waitForTimeout(1000);
		await page.goto(old + "/upgrade");
	}
	check(await confirmed.count() === 1 &&
	    await sees(page.getByText(version)),
	    "slot b runs, with " + version);
	await shot("upgraded");
	await page.goto(old + "/settings");
	check(await page.locator("[name=hostname]").inputValue() === "tokyo",
	    "the settings came along");
	await page.getByRole("button", { name: "Log out" }).click();
	await page.waitForURL(old + "/login");
}

async function second(page, shot)
{
	const [old, bundle, version] = more;

	await restore(page, shot, old);
	await upgrade(page, shot, old, bundle);
	await upgraded(page, shot, old, version);
}

run(() => browse(prefix + "-", patience, visit === "tour" ? first : second,
    { away: true }));
