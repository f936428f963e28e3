// SPDX-License-Identifier: ISC
// usage: node walk.js URL SCREENSHOTS [CODE-FILE]
// With a real browser: an administrator's first visit, from the set-up code in
// CODE-FILE by way of password, form, an invalid value and save to the status.
// Without CODE-FILE: a look at the status of a box at work.
"use strict";

const fs = require("fs");
const { check, browse, keep, obstacles, phone, run, sees } =
    require("./browser.js");

const [url, shots, codeFile] = process.argv.slice(2);
const password = "correct horse";
const pin = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

async function setup(page, shot)
{
	await page.goto(url + "/");
	check(page.url() === url + "/setup", "the first visit is the set-up");
	await shot("setup");
	await page.getByLabel("Set-up code").fill(
	    fs.readFileSync(codeFile, "utf8").trim().toLowerCase());
	await page.getByLabel("Password", { exact: true }).fill(password);
	await page.getByLabel("Password again").fill("something else");
	await page.getByRole("button", { name: "Set password" }).click();
	check(await sees(page.getByText("passwords differ")),
	    "different passwords are refused");
	await shot("setup-error");
	await page.getByLabel("Set-up code").fill(
	    fs.readFileSync(codeFile, "utf8").trim());
	await page.getByLabel("Password", { exact: true }).fill(password);
	await page.getByLabel("Password again").fill(password);
	await page.getByRole("button", { name: "Set password" }).click();
	check(page.url() === url + "/start", "logged in after the set-up");
}

// One's choice of language on the set-up page, and back.
async function language(page, shot)
{
	await page.goto(url + "/setup");
	await page.getByRole("link", { name: "日本語" }).click();
	check(page.url() === url + "/setup" && await sees(page.getByText(
	    "設定コード")), "the set-up in Japanese");
	await shot("setup-ja");
	await page.getByRole("link", { name: "English" }).click();
}

// Step by step: a hub, as far as its last step; nothing of it is applied.
async function start(page, shot)
{
	const next = page.getByRole("button", { name: "Next" });

	await page.getByLabel("Hub: offices").check();
	await phone(page, "the first step");
	await shot("start-role-phone");
	await page.setViewportSize({ width: 1100, height: 800 });
	await next.click();
	await page.getByLabel("eth0").check();
	await page.getByLabel("Address", { exact: true }).fill("10.0.0.1");
	await next.click();
	check(await page.getByLabel("Address", { exact: true })
	    .getAttribute("aria-invalid") === "true",
	    "a step with an invalid value is shown again");
	await shot("start-network");
	await page.getByLabel("Address", { exact: true }).fill("10.0.0.1/24");
	await page.keyboard.press("Enter");
	await page.getByLabel("Time zone").fill("JST-9");
	await shot("start-time");
	await next.click();
	check(await sees(page.getByLabel("Hub name")),
	    "the last step of a hub");
	await page.emulateMedia({ colorScheme: "dark" });
	await shot("start-hub-dark");
	await page.emulateMedia({ colorScheme: "light" });
	for (let n = 0; n < 3; n++)
		await page.getByRole("button", { name: "Back" }).click();
	await page.getByLabel("Office: this box").check();
	for (let n = 0; n < 3; n++)
		await next.click();
	check(await sees(page.getByLabel("Invitation")),
	    "the last step of an office");
	await shot("start-office");
	await page.goto(url + "/settings");
}

async function office(page, shot)
{
	check(await sees(page.getByLabel("Hub address")) &&
	    !await page.getByLabel("Listen").isVisible(),
	    "an office sees the fields of an office");
	await page.getByLabel("Hub address").fill("not a host");
	await page.getByLabel("Hub", { exact: true }).fill("main");
	await page.getByLabel("User", { exact: true }).first().fill("tokyo");
	await page.getByLabel("Password", { exact: true }).first()
	    .fill("office secret");
	await page.getByLabel("Pin", { exact: true }).fill(pin);
	await page.getByLabel("eth0").check();
	await page.getByLabel("Host name").fill("tokyo");
	await shot("settings-office");
	await page.getByRole("button", { name: "Save" }).click();
	check(page.url() === url + "/settings" &&
	    await page.getByLabel("Hub address")
	    .getAttribute("aria-invalid") === "true",
	    "an invalid value comes back beside its field");
	check(await page.getByLabel("Pin", { exact: true }).inputValue() ===
	    pin, "the other values are kept");
	check(!(await page.content()).includes("office secret"),
	    "no password is in the page");
	await shot("settings-invalid");
	await page.getByLabel("Hub address").fill("hub.example.com");
	await page.getByLabel("Password", { exact: true }).first()
	    .fill("office secret");
	await page.getByRole("button", { name: "Save" }).click();
	check(page.url() === url + "/status", "saving leads to the status");
	await page.getByText("is in force").waitFor();
	await shot("status-trial");
	await keep(page);
	await shot("status-office");
}

async function hub(page, shot)
{
	await page.getByRole("link", { name: "Settings", exact: true }).click();
	await page.getByLabel("Hub: offices").check();
	check(!await page.getByLabel("Hub address").isVisible(),
	    "a hub sees the fields of a hub");
	await page.getByLabel("Hub name").fill("main");
	await page.locator("[name='new.0.name']").fill("tokyo");
	await page.locator("[name='new.0.password']").fill("password one");
	await page.locator("[name='new.1.name']").fill("osaka");
	await page.locator("[name='new.1.password']").fill("password two");
	await shot("settings-hub");
	await page.getByRole("button", { name: "Save" }).click();
	check(page.url() === url + "/status", "saved as a hub");
	await keep(page);
	await shot("status-hub");
}

// Settings that the short form does not have: a policy, a user who has it.
async function blocks(page, shot)
{
	await page.getByRole("link", { name: "All settings" }).click();
	await shot("all");
	await page.getByRole("link", { name: "Hubs" }).click();
	await page.getByRole("link", { name: "main", exact: true }).click();
	await shot("all-hub");
	await page.locator("a[href$='/policy:+']").click();
	await page.getByLabel("Name", { exact: true }).fill("visitors");
	await page.getByLabel("DHCP server", { exact: true }).uncheck();
	await shot("all-policy");
	await page.getByRole("button", { name: "Add and apply" }).click();
	check(page.url() === url + "/all/hubd/hub:main/policy:visitors" &&
	    !await page.getByLabel("DHCP server", { exact: true })
	    .isChecked(), "a policy is added");
	await page.goto(url + "/all/hubd/hub:main/user:osaka");
	await page.getByLabel("Policy", { exact: true }).fill("visitor");
	await page.getByRole("button", { name: "Save" }).click();
	check(await page.getByLabel("Policy", { exact: true })
	    .getAttribute("aria-invalid") === "true",
	    "a policy that is not there comes back beside its field");
	await shot("all-user");
	await page.getByLabel("Policy", { exact: true }).fill("visitors");
	await page.getByRole("button", { name: "Save" }).click();
	check(await page.getByRole("alert").count() === 0,
	    "a user has the policy");
	await page.getByRole("link", { name: "History" }).click();
	await shot("history");
	await page.getByRole("row").nth(1).getByRole("link").click();
	check(await sees(page.getByText("+ ")) &&
	    (await page.content()).includes("policy visitors"),
	    "the history shows what changed");
	await shot("history-change");
}

// By keyboard alone: focus is visible and the order is that of the page.
async function keyboard(page, shot)
{
	await page.getByRole("button", { name: "Log out" }).click();
	check(page.url() === url + "/login", "logged out");
	await shot("login");
	await page.keyboard.type(password);
	await page.keyboard.press("Enter");
	await page.waitForURL(url + "/status");
	check(true, "logged in by keyboard alone");
}

// Other looks: a phone, dark. Nothing may stand out to the right.
async function looks(page, shot)
{
	for (const where of ["status", "why", "tools", "radius-test",
	    "certificates", "backup", "upgrade", "parts", "restart",
	    "settings", "all/hubd/hub:main", "history", "history/5"]) {
		const name = where.replace(/\W/g, "-");

		await page.goto(url + "/" + where);
		await phone(page, name);
		await shot(name + "-phone");
	}
	await page.setViewportSize({ width: 1100, height: 800 });
	await page.emulateMedia({ colorScheme: "dark" });
	await page.goto(url + "/settings");
	await page.getByLabel("Both").check();
	await shot("settings-dark");
	await page.goto(url + "/status");
	await shot("status-dark");
}

// A first visit.
async function walk(page, shot)
{
	await language(page, shot);
	await setup(page, shot);
	await start(page, shot);
	await office(page, shot);
	await hub(page, shot);
	await blocks(page, shot);
	await keyboard(page, shot);
	await looks(page, shot);
	// what finds nothing on all of these does find something
	await page.setContent("<html lang=en><title>x</title><input>");
	check((await obstacles(page)).join().includes("label:"),
	    "an input without label is an obstacle");
}

// One page on a desk, in the dark, on a phone.
async function dress(page, shot, name)
{
	await shot(name);
	await page.emulateMedia({ colorScheme: "dark" });
	await shot(name + "-dark");
	await page.emulateMedia({ colorScheme: "light" });
	await phone(page, "the page " + name);
	await shot(name + "-phone");
	await page.setViewportSize({ width: 1100, height: 800 });
}

// What a box at work says of itself.
async function watch(page, shot)
{
	await page.goto(url + "/status");
	await page.getByRole("link", { name: "Sessions and addresses" })
	    .click();
	check(await sees(page.getByRole("cell", { name: "tokyo" })),
	    "the hub's page has the session");
	await dress(page, shot, "hub");
	await page.getByRole("button", { name: "End the session of tokyo" })
	    .click();
	await shot("kick");
	await page.getByRole("button", { name: "End the session" }).click();
	check(page.url() === url + "/hub", "back at the hub's page");
	await page.getByRole("link", { name: "Log", exact: true }).click();
	await dress(page, shot, "log");
	await page.getByLabel("Search the log").fill("session-kicked");
	await page.getByLabel("Follow").check();
	await page.keyboard.press("Tab");
	await page.getByRole("button", { name: "Search" }).click();
	const lines = page.getByText("session-kicked [");

	await lines.first().waitFor();
	check(await page.evaluate(async () => {
		const marked = document.querySelector("#live > section");

		for (let n = 0; n < 600 && marked.isConnected; n++)
			await new Promise((done) => setTimeout(done, 100));
		return !marked.isConnected;
	}), "the log is looked at again without a new page");
	check(await lines.count() > 0, "and still shows what was sought");
}

// The RADIUS server of t_walk.sh's hub is not there.
async function radius(page, shot)
{
	await page.goto(url + "/hub");
	await page.getByRole("link", { name: "Test a log-in" }).click();
	await page.getByLabel("User", { exact: true }).fill("tokyo");
	await page.getByLabel("Password", { exact: true }).fill("password1");
	await page.getByRole("button", { name: "Test the log-in" }).click();
	check(await sees(page.getByText("Server one cannot be reached")),
	    "what the RADIUS server answers");
	check(!(await page.content()).includes("password1"),
	    "no password is in the page");
	await dress(page, shot, "radius-test");
}

// What a plot of the status says of the point that is chosen.
async function values(page, name)
{
	const plot = page.getByRole("slider", { name }).first();
	const line = page.locator(".chart:has([role=slider]) .read").first();

	check(await sees(plot.locator("canvas")), name + " is drawn");
	check(!await page.locator("svg.plot").first().isVisible(),
	    "in place of the picture");
	check(await plot.locator("canvas").evaluate((c) => {
		const d = c.getContext("2d")
		    .getImageData(0, 0, c.width, c.height).data;

		return d.some((v, i) => i % 4 === 3 && v > 0);
	}), "there is something on it");
	await plot.focus();
	await page.keyboard.press("End");
	check(/^\d\d:\d\d .*bit\/s.*bit\/s$/.test(await line.textContent()),
	    "the latest values are read out");
	check(await plot.getAttribute("aria-valuetext") ===
	    await line.textContent(), "to screen readers, too");
	await page.keyboard.press("Home");
	check(/ -  .* -$/.test(await line.textContent()),
	    "and that those of a day ago are not known");
	const box = await plot.locator(".u-over").boundingBox();

	await page.mouse.move(box.x + box.width - 1, box.y + 20);
	check(/bit\/s/.test(await line.textContent()), "by the mouse, too");
}

// The status, until its plots know something of now.
async function known(page)
{
	const chart = page.locator(".chart").first();

	for (let i = 0; i < 60; i++) {
		await page.goto(url + "/status", { waitUntil: "networkidle" });
		const values = await chart.getAttribute("data-values");

		if (values.split("|").every((s) => !s.endsWith(",")))
			return;
		await page.waitForTimeout(1000);
	}
	check(false, "the plots know something of now");
}

// The plots of the status by script, and all that such a page fetches.
async function plots(page, shot)
{
	const sizes = [];
	const count = async (r) =>
	    sizes.push((await r.request().sizes()).responseBodySize);

	await known(page);
	page.on("response", count);
	await page.goto(url + "/status", { waitUntil: "networkidle" });
	page.off("response", count);
	await values(page, "Throughput of the last 24 hours");
	const sum = sizes.reduce((a, b) => a + b, 0);

	check(sizes.length > 3 && sum < 100000,
	    `the page and what it needs are ${sum} bytes`);
	await dress(page, shot, "plots");
	await page.goto(url + "/language/ja");
	await page.goto(url + "/status");
	await page.getByRole("slider").first().focus();
	await page.keyboard.press("End");
	check(/受信 .*bit/.test(await page.locator(".read").first()
	    .textContent()), "the values in Japanese");
	await dress(page, shot, "plots-ja");
	await page.goto(url + "/language/en");
}

// One way to the hub, which is this box itself.
async function path(page, shot)
{
	await page.goto(url + "/tools");
	await page.getByLabel("Way", { exact: true }).selectOption("Direct");
	await page.getByRole("button", { name: "Test this path" }).click();
	check(await sees(page.getByText("Connected in")),
	    "the path leads to the hub");
	await dress(page, shot, "path");
}

// A box at work: nothing of it stands out to the right.
async function look(page, shot)
{
	await page.goto(url + "/");
	await page.getByLabel("Administrator's password").fill(password);
	await page.getByRole("button", { name: "Log in" }).click();
	check(page.url() === url + "/status", "logged in");
	check(await sees(page.getByRole("cell", { name: "tokyo" })),
	    "the session is shown");
	await shot("status-live");
	await page.getByRole("link", { name: "Invite an office" }).click();
	await shot("invite");
	await page.getByLabel("Name of the office").fill("nara");
	await page.getByLabel("Address of this hub").fill("hub.example.com");
	await page.getByRole("button", { name: "Make" }).click();
	check((await page.getByLabel("Invitation").inputValue())
	    .startsWith("longwire1."), "an invitation for another office");
	await shot("invitation");
	await phone(page, "the invitation");
	await page.goto(url + "/status");
	await phone(page, "the status");
	await shot("status-live-phone");
	await page.setViewportSize({ width: 1100, height: 800 });
	await plots(page, shot);
	await watch(page, shot);
	await radius(page, shot);
	await path(page, shot);
}

run(() => browse(shots + "/", 60000, (page, shot) =>
	(codeFile ? walk : look)(page, shot)));
