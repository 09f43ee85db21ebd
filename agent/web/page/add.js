import { ask, Refused } from "./ask.js";
import { at, between, bytes, count, h, set } from "./dom.js";
import { agreed, diffLines } from "./source.js";

// Add a source: four panes on one page, each filling in when the one before is good. What is saved is the text that is shown: the agent
// keeps each plan, and the page names it.
let logs = []; // that were found
let chosen = null; // the log that was chosen: its path, name, parser, preset
let senders = "";
let plan = null;
let watch = null; // the name of the source that was saved, until its first batch is acknowledged
let began = 0;
let asking = new AbortController();
let timer = 0;

const field = (id) => at("add-" + id);
const say = (id, text) => set(field(id), text);

export async function open(shown) {
  at("add").hidden = !shown;
  if (shown && logs.length === 0) await look(false);
}

async function look(fresh) {
  say("found", "Looking for logs …");
  try {
    const found = await ask("GET", "logs" + (fresh ? "?fresh=true" : ""));
    logs = found.logs.sort((a, b) => worth(b) - worth(a) || a.path.localeCompare(b.path));
    say("found", logs.length ? `${logs.length} logs found.` : "No log was found that may be shown. Write a path or a glob below.");
    drawLogs();
  } catch (error) {
    say("found", error.message);
  }
}

// worth has first what somebody will want: what is not followed yet, what a parser reads, what is written to.
const worth = (l) => (l.followed_by ? 0 : 4) + (l.parser.kind !== "raw" && l.parser.lines > 0 ? 2 : 0) + (l.growth_bytes > 0 ? 1 : 0);

function logRow(l, i) {
  const id = "log-" + i;
  const facts = [bytes(l.size_bytes), l.growth_bytes > 0 ? `+${bytes(l.growth_bytes)}/s` : "", l.modified_at ? `written ${between(l.modified_at, new Date())} ago` : "",
    l.parser.lines === 0 ? "no line yet" : l.parser.kind === "raw" ? "no parser reads it" : `${l.parser.kind} reads ${l.parser.parsed} of ${l.parser.lines}`].filter(Boolean).join(" · ");
  const box = h("input", { type: "radio", name: "log", id, value: l.path, checked: chosen?.path === l.path, onchange: () => choose(l.path, l.name, l) });
  return h("li", {}, box, h("label", { for: id }, h("b", {}, l.path + (l.files > 1 ? ` (${l.files} files)` : "")), h("span", { class: "quiet" }, facts), h("span", { class: "quiet" }, l.found.join(", ")),
    l.followed_by && h("span", { class: "fair" }, "followed already by " + l.followed_by.join(", ")), !l.readable && h("span", { class: "fair" }, `${l.problem}. Let the agent in: `, h("code", {}, l.advice))));
}

function drawLogs() {
  const part = field("filter").value.toLowerCase();
  field("logs").replaceChildren(...logs.filter((l) => (l.path + l.found.join(" ")).toLowerCase().includes(part)).map(logRow));
}

const nameOf = (path) => (path.replace(/^\/var\/log\//, "").replace(/\.[^./]*$/, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 55) || "log");

function choose(path, name, log) {
  chosen = { path, parser: null, preset: "", log };
  field("name").value = name;
  field("parser").value = "";
  preview();
}

// later waits until nothing was typed for a moment, and gives up what was asked before.
function later(what) {
  clearTimeout(timer);
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  timer = setTimeout(() => what(signal).catch((error) => error.name !== "AbortError" && fail(error)), 150);
}

function fail(error) {
  plan = null;
  field("save").disabled = true;
  field("mistakes").replaceChildren(h("li", { class: "bad" }, error.message), ...(error.answer?.mistakes ?? []).map((m) => h("li", { class: "bad" }, m.text)));
}

const preview = () => later(doPreview);
const replan = () => later(doPlan);

function wanted() {
  const text = field("parser").value.trim();
  if (!text) return null;
  const [kind, ...rest] = text.split("=");
  return { kind: kind.trim(), settings: rest.join("=").trim() || "{}" };
}

async function doPreview(signal) {
  at("step-parse").hidden = at("step-send").hidden = at("step-review").hidden = false;
  say("parsed", "Reading its last lines …");
  const isGlob = /[*?[{]/.test(chosen.path) && !logs.some((l) => l.path === chosen.path && l.files === 1);
  const sample = { path: chosen.path };
  const own = wanted();
  if (own) sample.parser = own;
  if (isGlob) {
    const p = own ?? (chosen.log ? { kind: chosen.log.parser.kind, settings: chosen.log.parser.settings } : { kind: "raw", settings: "{}" });
    chosen.parser = p;
    chosen.preset = chosen.log?.parser.multiline ?? "";
    field("parser").value = `${p.kind} = ${p.settings}`;
    say("parsed", `A glob: its files are read by ${p.kind}. Choose one file of it to see its lines.`);
    field("rows").replaceChildren();
    return doPlan(signal);
  }
  try {
    const p = await ask("POST", "preview", sample, { signal });
    chosen.parser = { kind: p.parser.kind, settings: p.parser.settings };
    chosen.preset = p.multiline ?? "";
    if (!own) field("parser").value = `${p.parser.kind} = ${p.parser.settings}`;
    field("parsers").replaceChildren(...p.others.map((o) => h("option", { value: `${o.kind} = ${o.settings}` }, `${o.parsed} of ${o.lines} lines` + (o.from ? ", from " + o.from : ""))));
    const last = p.rows.at(-1);
    say("parsed", p.rows.length === 0 ? "It holds no line yet." : p.parser.kind === "raw" ? "No parser reads most of its lines; they are sent as they are." :
      `${p.parser.kind} reads ${p.parser.parsed} of the last ${p.parser.lines} lines.` + (last?.time ? ` The time of the last is read as ${last.time}.` : ""));
    rows = p.rows;
    drawRows();
    await doPlan(signal);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    say("parsed", error.message);
    field("rows").replaceChildren();
    if (error instanceof Refused && error.code === "denied") {
      chosen.parser = own ?? { kind: "raw", settings: "{}" };
      return doPlan(signal);
    }
    fail(error);
  }
}

let rows = [];

function drawRows() {
  const only = field("failures").checked;
  field("rows").replaceChildren(...rows.filter((r) => !only || !r.parsed).slice(-25).reverse().map((r) => h("li", {},
    h("code", { class: "line" }, r.failed_at === undefined ? r.text : [[...r.text].slice(0, r.failed_at).join(""), h("mark", {}, [...r.text].slice(r.failed_at, r.failed_at + 1).join("") || "␤"), [...r.text].slice(r.failed_at + 1).join("")]),
    r.reason ? h("p", { class: "fair" }, `▲ ${r.reason}` + (r.failed_at === undefined ? "" : `, at character ${r.failed_at + 1}`) + (r.nearest ? `. This would read it: ${r.nearest}` : "")) :
      h("dl", {}, [r.time && { name: "time", value: r.time }, ...(r.fields ?? [])].filter(Boolean).map((f) => h("div", {}, h("dt", {}, f.name), h("dd", {}, f.value)))))));
}

function wish() {
  const tags = {};
  for (const part of field("tags").value.split(/[\s,]+/).filter(Boolean)) {
    const [key, ...rest] = part.split("=");
    tags[key] = rest.join("=");
  }
  const literal = logs.some((l) => l.path === chosen.path && l.files === 1);
  return {
    name: field("name").value.trim(), paths: [literal ? chosen.path.replace(/[\\*?[\]{}]/g, "\\$&") : chosen.path], start_at: field("begin").checked ? "beginning" : "end",
    parser: chosen.parser ?? { kind: "raw", settings: "{}" }, multiline: chosen.preset || undefined, tags,
    send_to: [...field("senders").querySelectorAll("input:checked")].map((box) => box.value),
  };
}

async function doPlan(signal) {
  if (!chosen) return;
  const p = await ask("POST", "plans", wish(), { signal });
  plan = p;
  say("file", p.file + (p.new ? ", a new file" : ", changed"));
  field("text").replaceChildren(...(p.new ? [p.text] : diffLines(p.diff)));
  say("command", p.command);
  const facts = [`${p.matched_files === 1 ? "1 file matches" : count(p.matched_files) + " files match"} now; ${bytes(p.bytes_to_send)} would be sent first.`];
  field("happens").replaceChildren(...facts.concat(p.notes).map((t) => h("li", {}, t)),
    ...p.files.filter((f) => f.problem).slice(0, 5).map((f) => h("li", { class: "fair" }, `${f.path}: ${f.problem}. `, f.advice && h("code", {}, f.advice))));
  field("mistakes").replaceChildren(...p.mistakes.map((m) => h("li", { class: "bad" }, h("pre", {}, m.text))));
  field("save").disabled = p.mistakes.length > 0;
}

async function save() {
  if (!plan) return;
  field("save").disabled = true;
  const mine = plan;
  const steps = field("steps");
  const step = (mark, text, kind) => steps.append(h("li", { class: kind }, `${mark} ${text}`));
  steps.replaceChildren();
  try {
    began = Date.now();
    const done = await agreed((body) => ask("PUT", "sources/" + encodeURIComponent(mine.source), { plan: mine.id, ...body }, { seen: mine.etag }));
    step("✓", "written: " + done.file, "good");
    step("✓", "loaded by the agent", "good");
    watch = { name: mine.source, read: false };
    step("…", "waiting for its first line", "quiet");
    field("undo").hidden = false;
    field("undo").onclick = () => undo(mine.source, done.etag);
  } catch (error) {
    step("■", "not saved: " + error.message, "bad");
    for (const m of error.answer?.mistakes ?? []) steps.append(h("li", { class: "bad" }, h("pre", {}, m.text)));
    if (error.answer?.diff) steps.append(h("li", {}, h("pre", {}, diffLines(error.answer.diff))));
    field("save").disabled = false;
  }
}

async function undo(source, seen) {
  try {
    await ask("POST", "sources/" + encodeURIComponent(source) + "/undo", {}, { seen });
    field("steps").append(h("li", {}, "taken back"));
    watch = null;
    field("undo").hidden = true;
    replan();
  } catch (error) {
    field("steps").append(h("li", { class: "bad" }, error.message));
  }
}

// draw is called with each snapshot: senders may change, and what was saved shows that it works.
export function draw(s) {
  const now = JSON.stringify(s.senders.map((d) => [d.name, d.state]));
  if (now !== senders) {
    const before = new Set([...field("senders").querySelectorAll("input:checked")].map((box) => box.value));
    const first = senders === "";
    senders = now;
    field("senders").replaceChildren(...s.senders.map((d, i) => h("label", {}, h("input", { type: "checkbox", value: d.name, checked: first ? i === 0 : before.has(d.name), onchange: replan }), ` ${d.name} (${d.kind}, ${d.state})`)));
  }
  const one = watch && s.sources.find((o) => o.name === watch.name);
  if (!one) return;
  const [read, delivered] = [Math.max(0, ...one.pipelines.map((p) => p.lines.read)), Math.max(0, ...one.pipelines.map((p) => p.lines.delivered))];
  const took = ((Date.now() - began) / 1000).toFixed(1);
  if (read > 0 && !watch.read) {
    watch.read = true;
    field("steps").lastElementChild.replaceWith(h("li", { class: "good" }, `✓ first line, after ${took} s`));
  }
  if (delivered > 0) {
    field("steps").append(h("li", { class: "good" }, `✓ first batch acknowledged by ${one.pipelines.find((p) => p.lines.delivered > 0).sender}, after ${took} s`));
    watch = null;
  }
}

export function begin() {
  field("filter").addEventListener("input", drawLogs);
  field("again").addEventListener("click", () => look(true));
  field("path-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const path = field("path").value.trim();
    if (path) choose(path, nameOf(path), null);
  });
  field("parser").addEventListener("input", preview);
  field("failures").addEventListener("change", drawRows);
  for (const id of ["name", "tags"]) field(id).addEventListener("input", replan);
  for (const id of ["begin", "end"]) field(id).addEventListener("change", replan);
  field("save").addEventListener("click", save);
}
