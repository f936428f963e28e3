// SPDX-License-Identifier: ISC
// Debian's Chromium by playwright-core, and axe-core, both found by NODE_PATH:
// what walk.js and box.js share.
"use strict";

const fs = require("fs");
const path = require("path");
const os = require("os");
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const args = ["--headless", "--no-sandbox", "--disable-gpu",
	"--disable-quic", "--no-first-run",
	"--disable-background-networking", "--disable-component-update",
	"--disable-sync"];

// Ends the program as failed unless ok.
function check(ok, what)
{
	if (!ok)
		throw new Error(what);
	console.log("ok: " + what);
}

// Whether the page shows it, or does soon: it may have come only in part.
function sees(locator)
{
	return (locator.first().waitFor().then(() => true, () => false));
}

// What axe-core finds that keeps people from using the page.
async function obstacles(page)
{
	await page.evaluate(axe);
	const found = await page.evaluate(() => axe.run(document,
	    { resultTypes: ["violations"] }));

	return (found.violations
	    .filter((v) => v.impact === "serious" || v.impact === "critical")
	    .map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`));
}

// visit(PAGE, SHOT) in a browser of its own; shot(NAME) leaves a picture
// PREFIX + NAME + ".png", of a page without obstacles. Steps wait as many ms as
// TIMEOUT says. What the browser complains of is a failure. MORE are options of
// Playwright's; without JavaScript nobody looks for obstacles. AWAY: the box is
// so now and then, which is nothing to complain of.
async function browse(prefix, timeout, visit, { away = false, ...more } = {})
{
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), "walk."));
	const context = await chromium.launchPersistentContext(dir, {
		executablePath: "/usr/bin/chromium", args, headless: true,
		ignoreHTTPSErrors: true, locale: "en-US",
		viewport: { width: 1100, height: 800 }, ...more });
	const page = context.pages()[0] || await context.newPage();
	const trouble = [];
	const picture = (name) => page.screenshot({
		path: prefix + name + ".png", fullPage: true });
	const shot = async (name) => {
		await picture(name);
		if (more.javaScriptEnabled === false)
			return;
		const bad = await obstacles(page);

		check(bad.length === 0, `no obstacles on ${name} ${bad}`);
	};

	page.setDefaultTimeout(timeout);
	page.on("console", (m) => {
		if (m.type() === "error" &&
		    !(away && /^Failed to load resource: net::/.test(m.text())))
			trouble.push(m.text());
	});
	page.on("pageerror", (e) => trouble.push(String(e)));
	fs.mkdirSync(path.dirname(prefix + "x"), { recursive: true });
	try {
		await visit(page, shot);
		check(trouble.length === 0,
		    "the browser complains of nothing " + trouble.join("; "));
	} catch (e) {
		await picture("failed").catch(() => {});
		throw e;
	} finally {
		await context.close();
		fs.rmSync(dir, { recursive: true, force: true });
	}
}

// At the width of a phone nothing stands out to the right, nor has to be moved.
async function phone(page, what)
{
	await page.setViewportSize({ width: 375, height: 740 });
	check(await page.evaluate(() =>
	    [document.documentElement, ...document.querySelectorAll(".scroll")]
	    .every((e) => e.scrollWidth <= e.clientWidth)),
	    what + " fits on a phone");
}

async function login(page, url, password)
{
	await page.goto(url + "/");
	check(page.url() === url + "/login", "a box set up asks for log-in");
	await page.getByLabel("Administrator's password").fill(password);
	await page.getByRole("button", { name: "Log in" }).click();
	await page.waitForURL(url + "/status");
}

// What a new box asks for: the set-up code, and a password twice.
async function introduce(page, code, password)
{
	await page.getByLabel("Set-up code").fill(code);
	await page.getByLabel("Password", { exact: true }).fill(password);
	await page.getByLabel("Password again").fill(password);
}

// What was just saved is in force; what is on trial is kept.
async function keep(page)
{
	const button = page.getByRole("button", { name: "Keep these" });

	await page.getByText("is in force").waitFor();
	if (await button.count() > 0) {
		await button.click();
		await page.getByText("is in force").waitFor();
		check(await button.count() === 0, "kept");
	}
}

// The program: its failure is shown, and its status 1.
function run(main)
{
	main().catch((e) => {
		console.error(e.stack || e);
		process.exit(1);
	});
}

module.exports = { check, browse, introduce, keep, login, obstacles, phone,
	run, sees };
