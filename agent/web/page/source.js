import { ask, Refused } from "./ask.js";
import { at, bytes, count, h, set, span, state } from "./dom.js";

// One source: its ledger first, since that answers "did everything arrive?", then its files, and what can be done with it.
let name = "";
let files = null; // of the source, once they were asked for
let facts = null; // where it is written
let latest = null;

const parts = [["delivered_bytes", "delivered", "good"], ["to_go_bytes", "to go", "wait"], ["skipped_bytes", "skipped", "quiet"], ["quarantined_bytes", "quarantined", "fair"], ["lost_bytes", "lost", "bad"]];

function ledger(p) {
  const l = p.ledger;
  if (!l) return h("p", { class: "quiet" }, `${p.sender}: ${count(p.lines.delivered)} lines delivered since it started`);
  const bar = h("span", { class: "bar", "aria-hidden": "true" }, parts.filter(([key]) => l[key] > 0).map(([key, , kind]) => h("span", { class: "part " + kind })));
  parts.filter(([key]) => l[key] > 0).forEach(([key], i) => (bar.children[i].style.flexGrow = String(Math.max(l[key] / Math.max(l.found_bytes, 1), 0.005))));
  const sum = parts.flatMap(([key, word, kind], i) => [i ? " + " : " = ", h("span", { class: "term", title: `${l[key]} bytes` }, h("i", { class: "part " + kind, "aria-hidden": "true" }), ` ${word} ${bytes(l[key])}`)]);
  return h("div", { class: "ledger" }, h("p", {}, `to ${p.sender}: found ${bytes(l.found_bytes)}`, sum), bar,
    h("p", { class: "quiet" }, `${count(p.lines.read)} lines read since it started, ${count(p.lines.delivered)} delivered, ${count(p.lines.unparsed)} not parsed, ${count(p.lines.quarantined)} in quarantine`),
    (p.error || p.held || p.waiting) && h("p", { class: "bad" }, p.error || p.held || p.waiting));
}

function fileRow(f) {
  const share = f.size_bytes > 0 ? f.read_bytes / f.size_bytes : 1;
  return h("tr", {}, h("th", { scope: "row" }, f.name || f.path), h("td", { class: "number" }, bytes(f.size_bytes)), h("td", { class: "number" }, f.problem ? "–" : Math.floor(share * 100) + " %"),
    h("td", { class: "number" }, bytes(f.lag_bytes)), h("td", { class: f.problem ? "fair" : "quiet" }, f.problem || (f.lag_bytes > 0 ? "being read" : "all of it delivered")));
}

// open shows a source, "" shows none.
export async function open(wanted) {
  if (name !== wanted) files = facts = null;
  name = wanted;
  at("source").hidden = !name;
  if (!name) return;
  set(at("source-head"), name);
  at("source-said").textContent = "";
  draw(latest);
  await look();
}

async function look() {
  const asked = name;
  const path = "sources/" + encodeURIComponent(asked);
  const [list, where] = await Promise.allSettled([ask("GET", path + "/files?limit=100"), ask("GET", path)]);
  if (asked !== name) return;
  files = list.status === "fulfilled" ? list.value : null;
  facts = where.status === "fulfilled" ? where.value : null;
  draw(latest);
}

export function draw(s) {
  latest = s;
  if (!name || !s) return;
  const one = s.sources.find((o) => o.name === name);
  if (!one) return at("source-body").replaceChildren(h("p", {}, "There is no source of this name."));
  const rows = [h("p", {}, state(one.state), ` reader ${one.reader} · parser ${one.parser} · ${one.files === 1 ? "1 file" : count(one.files) + " files"} · ${count(one.lines_per_second)} lines/s, ${bytes(one.bytes_per_second)}/s`)];
  rows.push(...one.pipelines.map(ledger));
  if (one.problems?.length) rows.push(h("h3", {}, "Not read"), h("ul", {}, one.problems.map((p) => h("li", { class: "fair" }, p))));
  if (one.unparsed.lines > 0) rows.push(h("p", { class: "quiet" }, "Lines that do not parse are sent as they are, with the reason."));
  at("source-body").replaceChildren(...rows);
  at("source-files").hidden = !files;
  if (files) at("source-rows").replaceChildren(...files.files.map(fileRow));
  if (files) set(at("source-total"), files.total > files.files.length ? `the first ${files.files.length} of ${count(files.total)}` : "");
  at("source-pause").textContent = one.state === "paused" ? "Resume" : "Pause";
  const may = s.agent.ui === "on" && facts;
  for (const id of ["source-pause", "source-undo", "source-remove"]) at(id).hidden = !may;
  at("source-remove").hidden = !may || !facts.alone;
  at("source-text").hidden = !facts;
  if (facts) {
    set(at("source-place"), `${facts.file}:${facts.line}, ` + (facts.made_by_logskiff ? "written by logskiff" : "written by hand"));
    set(at("source-toml"), facts.text);
    set(at("source-command"), `sudo logskiff source ${one.state === "paused" ? "resume" : "pause"} ${name}`);
  }
}

// change asks for one change, and when a person wrote the file shows what it would do, and asks again.
async function change(method, what, word) {
  const said = at("source-said");
  set(said, word + " …");
  const path = "sources/" + encodeURIComponent(name) + what;
  try {
    await agreed((body) => ask(method, path, body, { seen: facts?.etag ?? "" }));
    set(said, word + ": done.");
  } catch (error) {
    set(said, error.message);
  }
  look();
}

// agreed makes a change; where it would change what a person wrote it shows the difference, and goes on when they agree.
export async function agreed(make) {
  try {
    return await make({});
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== "hand_written" || !(await confirmed("This file was written by hand. Change it?", error.answer.diff))) throw error;
    return await make({ hand_written: true });
  }
}

export function confirmed(question, diff) {
  const dialog = at("confirm");
  set(at("confirm-question"), question);
  at("confirm-diff").replaceChildren(...diffLines(diff));
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }));
}

export const diffLines = (diff) => diff.split("\n").map((l) => h("span", { class: l.startsWith("+") ? "good" : l.startsWith("-") ? "bad" : "" }, l + "\n"));

export function begin() {
  at("source-pause").addEventListener("click", () => change("POST", at("source-pause").textContent === "Pause" ? "/pause" : "/resume", at("source-pause").textContent));
  at("source-undo").addEventListener("click", () => change("POST", "/undo", "Undo of the last change"));
  at("source-remove").addEventListener("click", async () => {
    if (await confirmed(`Remove source ${name}? What it delivered is remembered for a week.`, facts.text.replace(/^/gm, "-"))) change("DELETE", "", "Remove");
  });
  for (const word of ["yes", "no"]) at("confirm-" + word).addEventListener("click", () => at("confirm").close(word));
}
