// Draws charts of what stands in tables: elements of class `hs-chart` name a table and its columns. Without it the tables tell the same.

import "uplot/dist/uPlot.min.css";
import "./charts.css";
import uPlot from "uplot";

const HEIGHT = 190;
// What is told in whole numbers has no ticks between them.
const STEPS = Array.from({ length: 13 }, (_, decade) => [1, 2, 5].map((step) => step * 10 ** decade)).flat();
const drawn = new Map();

/** Returns what uPlot draws: times (in seconds), then the numbers of each column; an empty cell is a gap. */
function read(element, table) {
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.dataset.value));
  const times = rows.map(([time]) => Date.parse(time) / 1000);
  return [times, ...columns(element).map((at) => rows.map((row) => (row[at] ? Number(row[at]) : null)))];
}

function columns(element) {
  return element.dataset.columns.split(" ").map(Number);
}

function draw(element) {
  const table = document.getElementById(element.dataset.table);
  if (!table) return;
  const data = read(element, table);
  const known = drawn.get(element);
  if (known) return known.setData(data);
  const style = getComputedStyle(element);
  const ink = style.color;
  const line = style.getPropertyValue("--bs-border-color");
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: `12px ${style.fontFamily}` };
  const least = element.dataset.unit ? 10 : 1;
  const when = clock(data[0][1] - data[0][0]);
  const heads = table.tHead.rows[0].cells;
  const options = {
    width: element.clientWidth,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    cursor: { drag: { x: false, y: false } },
    axes: [{ ...axis, values: (_, values) => values.map(when) }, { ...axis, size: 62, incrs: STEPS, values: (_, values) => values.map((value) => told(element, value)) }],
    scales: { y: { range: (_, low, high) => [0, Math.max(high ?? 0, least)] } },
    series: [
      { label: heads[0].textContent, value: (_, value) => (value === null ? "–" : when(value)) },
      ...columns(element).map((at, place) => ({
        label: heads[at].textContent,
        stroke: style.getPropertyValue(`--hs-line-${element.dataset.colors.split(" ")[place]}`),
        width: 2,
        points: { size: 4, show: true, filter: (chart, at) => alone(chart.data[at]) },
        value: (_, value) => (value === null ? "–" : told(element, value)),
      })),
    ],
  };
  drawn.set(element, new uPlot(options, data, element));
}

/** Returns where a number has gaps on both sides, between which no line can be drawn. */
function alone(numbers) {
  const gap = (at) => (numbers[at] ?? null) === null;
  return [...numbers.keys()].filter((at) => !gap(at) && gap(at - 1) && gap(at + 1));
}

/** Returns what tells times by the clock, or by the day where a step (in seconds) is one. */
function clock(step) {
  const form = step < 86400 ? { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } : { day: "numeric", month: "short" };
  const format = new Intl.DateTimeFormat(undefined, { ...form, timeZone: "UTC" });
  return (seconds) => format.format(seconds * 1000);
}

/** Returns a number as people say it: counts as they are, times in milliseconds or seconds. */
function told(element, value) {
  if (element.dataset.unit === "%") return `${Math.round(value)} %`;
  if (element.dataset.unit !== "ms") return Number.isInteger(value) ? value.toLocaleString() : "";
  return value < 1000 ? `${Math.round(value)} ms` : `${Number((value / 1000).toPrecision(3)).toLocaleString()} s`;
}

function drawAll() {
  document.querySelectorAll(".hs-chart").forEach(draw);
}

function drawAnew() {
  for (const chart of drawn.values()) chart.destroy();
  drawn.clear();
  drawAll();
}

const resized = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) drawn.get(target)?.setSize({ width: contentRect.width, height: HEIGHT });
});

drawAll();
document.querySelectorAll(".hs-chart").forEach((element) => resized.observe(element));
document.addEventListener("htmx:afterSettle", drawAll);
// Colours are of the theme: what is drawn stays as it was.
new MutationObserver(drawAnew).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
