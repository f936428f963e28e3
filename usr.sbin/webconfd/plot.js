// SPDX-License-Identifier: ISC
// Plots whose values can be read, by uPlot, in place of the pictures of
// draw_plot.c, whose elements of class "chart" say what there is: values from
// the oldest to the latest, "" for one that is not known, series apart by "|".
"use strict";
(() => {
const root = document.documentElement;
const clock = new Intl.DateTimeFormat(root.lang,
    { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dark = matchMedia("(prefers-color-scheme: dark)");
const HEIGHT = 170;
let drawn = [];
const font = () => "12px " + getComputedStyle(document.body).fontFamily;
const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const time = (s) => clock.format(new Date(s * 1000));

// as draw_bits() and draw_milliseconds() of figure.c
function bits(n)
{
	const units = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s"];
	let i = 0;

	for (; n >= 1000 && i < units.length - 1; i++)
		n /= 1000;
	return n.toFixed(i === 0 || n >= 100 ? 0 : 1) + " " + units[i];
}

// A mark of the axis, as short as can be.
function mark(unit, n)
{
	return unit === "ms" ? n + " ms" :
	    bits(n).replace(/\.0 /, " ");
}

function say(unit, n)
{
	return n === null || n === undefined ? "-" :
	    unit === "ms" ? n.toFixed(1) + " ms" : bits(n);
}

// What the page says of the plot, times in seconds.
function read(chart)
{
	const d = chart.dataset;
	const series = d.values.split("|").map((text) => text.split(",")
	    .map((v) => v === "" ? null : Number(v)));
	const n = series[0].length;
	const now = Math.floor(Date.now() / 1000);
	const times = series[0].map((_, i) => now - (n - 1 - i) * d.step);

	return { unit: d.unit, labels: d.labels.split("|"), n,
	    data: [times, ...series] };
}

// One known between two that are not has no line to be seen by.
function alone(u, s)
{
	const v = u.data[s];

	return v.map((_, i) => i).filter((i) => v[i] !== null &&
	    (i === 0 || v[i - 1] === null) &&
	    (i === v.length - 1 || v[i + 1] === null));
}

function options(plot, width, hook)
{
	const axis = { stroke: () => colour("--soft"), font: font(),
	    grid: { stroke: () => colour("--line"), width: 1 },
	    ticks: { stroke: () => colour("--line"), width: 1, size: 4 } };
	// marks of nothing at all, by four
	const least = plot.unit === "ms" ? 1 : 1000;
	const lines = plot.labels.map((label, i) => ({ label, width: 2,
	    stroke: () => colour(i === 0 ? "--accent" : "--good"),
	    dash: i === 0 ? undefined : [5, 3],
	    points: { show: true, size: 4, filter: alone } }));

	return { width, height: HEIGHT, legend: { show: false },
	    cursor: { y: false, drag: { x: false, y: false },
		points: { size: 8 } },
	    scales: { y: { range: (u, min, max) =>
		[0, max > 0 ? max * 1.05 : least] } },
	    axes: [
		{ ...axis, size: 28, space: 60,
		    values: (u, splits) => splits.map(time) },
		{ ...axis, size: 76,
		    values: (u, splits) =>
			splits.map((v) => mark(plot.unit, v)) }],
	    series: [{}, ...lines],
	    hooks: { setCursor: [hook] } };
}

// To be read by keyboard and screen reader, as a slider along the day.
function slider(box, label, n)
{
	for (const [name, value] of Object.entries({ role: "slider",
	    tabindex: "0", "aria-label": label, "aria-valuemin": "0",
	    "aria-valuemax": String(n - 1),
	    "aria-valuenow": String(n - 1) }))
		box.setAttribute(name, value);
}

function keys(u, plot, box)
{
	const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1,
	    PageDown: -12, PageUp: 12, Home: -plot.n, End: plot.n };

	return (e) => {
		if (!(e.key in step) || e.ctrlKey || e.altKey || e.metaKey)
			return;
		e.preventDefault();
		const to = Number(box.getAttribute("aria-valuenow")) +
		    step[e.key];
		const i = Math.max(0, Math.min(plot.n - 1, to));

		u.setCursor({ left: u.valToPos(plot.data[0][i], "x"),
		    top: 0 });
	};
}

// A finger moves the cursor along, and the page up and down.
function touch(u)
{
	const to = (e) => {
		if (e.pointerType === "mouse")
			return;
		const r = u.over.getBoundingClientRect();

		u.setCursor({ left: e.clientX - r.left, top: 0 });
	};

	u.over.addEventListener("pointerdown", to);
	u.over.addEventListener("pointermove", to);
}

function draw(chart)
{
	const plot = read(chart);
	const box = document.createElement("div");
	const line = document.createElement("p");

	line.className = "read";
	line.setAttribute("aria-hidden", "true");
	line.textContent = chart.dataset.hint;
	const hook = (u) => {
		const i = u.cursor.idx;

		if (i === null || i === undefined)
			return;
		line.textContent = time(plot.data[0][i]) + "  " +
		    plot.labels.map((label, s) => label + " " +
			say(plot.unit, plot.data[s + 1][i])).join("  ");
		box.setAttribute("aria-valuenow", String(i));
		box.setAttribute("aria-valuetext", line.textContent);
	};

	slider(box, chart.querySelector("svg").getAttribute("aria-label"),
	    plot.n);
	chart.append(box, line);
	chart.classList.add("drawn");
	const u = new uPlot(options(plot, box.clientWidth, hook), plot.data, box);

	const size = new ResizeObserver(() => u.setSize({
	    width: box.clientWidth, height: HEIGHT }));
	const colours = () => u.redraw();

	box.addEventListener("keydown", keys(u, plot, box));
	touch(u);
	dark.addEventListener("change", colours);
	size.observe(box);
	drawn.push({ u, box, size, colours });
}

// Those whose place on the page is gone leave nothing behind.
function forget()
{
	for (const d of drawn.filter((d) => !d.box.isConnected)) {
		d.size.disconnect();
		dark.removeEventListener("change", d.colours);
		d.u.destroy();
	}
	drawn = drawn.filter((d) => d.box.isConnected);
}

function drawAll()
{
	forget();
	document.querySelectorAll(".chart:not(.drawn)").forEach(draw);
}

const live = document.getElementById("live");

// live.js makes what is in there anew
if (live)
	new MutationObserver(drawAll).observe(live, { childList: true });
drawAll();
})();
