// SPDX-License-Identifier: ISC
// usage: node box.js first|change URL PREFIX FIELD=VALUE...
//        node box.js look URL PREFIX TEXT...
//        node box.js new URL PREFIX
// With a real browser, at a box that runs: the first visit (the set-up code in
// CODE, then the password in PASSWORD) or a later one, and the settings form
// with these values; or a look at the status, which is to show these texts; or
// at a box that nobody has set up.
// Pictures are PREFIX-NAME.png.
"use strict";

const { check, browse, introduce, keep, login, phone, run, sees } =
    require("./browser.js");

const [visit, url, prefix, ...values] = process.argv.slice(2);
const password = process.env.PASSWORD;
const patience = 60000;

async function blank(page, shot)
{
	await page.goto(url + "/");
	check(page.url() === url + "/setup", "a new box asks for its code");
	if (visit === "new")
		await shot("8-new");
}

async function setup(page, shot)
{
	await blank(page, shot);
	await shot("1-setup-code");
	await introduce(page, process.env.CODE, password);
	await shot("2-password");
	await page.getByRole("button", { name: "Set password" }).click();
	await page.waitForURL(url + "/start");
	check(true, "password set, and logged in");
}

// An input is found by its name, but must be there to be seen and filled in.
async function fill(page, name, value)
{
	const input = page.locator(`[name="${name}"]`);
	const kind = await input.first().getAttribute("type");

	if (kind === "radio")
		await page.locator(`[name="${name}"][value="${value}"]`)
		    .check();
	else if (kind === "checkbox" && name === "port") {
		for (const box of await input.all())
			await box.setChecked(
			    await box.getAttribute("value") === value);
	} else if (kind === "checkbox")
		await input.setChecked(value !== "");
	else
		await input.fill(value);
}

async function settings(page, shot)
{
	await page.goto(url + "/settings");
	for (const pair of values) {
		const at = pair.indexOf("=");

		await fill(page, pair.slice(0, at), pair.slice(at + 1));
	}
	await shot(visit === "first" ? "3-settings" : "5-changed");
	await page.getByRole("button", { name: "Save" }).click();
	await page.getByText("is in force")
	    .or(page.locator("[aria-invalid=true]")).first().waitFor();
	check(page.url() === url + "/status", "the settings are in force");
	await keep(page);
	await shot(visit === "first" ? "4-saved" : "6-saved");
}

async function look(page, shot)
{
	for (const text of values)
		check(await sees(page.getByText(text, { exact: true })),
		    "the status shows " + text);
	await shot("7-status");
	await phone(page, "the status");
	await shot("7-status-phone");
}

async function main(page, shot)
{
	if (visit === "new") {
		await blank(page, shot);
		return;
	}
	if (visit === "first")
		await setup(page, shot);
	else
		await login(page, url, password);
	await (visit === "look" ? look : settings)(page, shot);
}

run(() => browse(prefix + "-", patience, main));
