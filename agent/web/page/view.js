import { amount, at, between, bytes, count, h, kindOf, rank, rate, set, span, state } from "./dom.js";
import { drawMap } from "./map.js";

const number = (text, exact) => h("td", { class: "number", title: exact === undefined ? undefined : String(exact) }, text);
const name = (text) => h("th", { scope: "row" }, text);
const cell = (...children) => h("td", {}, ...children);

function table(id, heads, rows) {
  const t = at(id);
  if (!t.tHead.rows.length) t.tHead.append(h("tr", {}, heads.map(([text, kind]) => h("th", { scope: "col", class: kind }, text))));
  const focused = t.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  t.tBodies[0].replaceChildren(...rows.map((cells) => h("tr", {}, cells)));
  if (focused) [...t.querySelectorAll("a")].find((a) => a.getAttribute("href") === focused)?.focus();
}

function fact(word, value, exact) {
  return h("div", {}, h("dt", {}, word), h("dd", { title: exact === undefined ? undefined : String(exact) }, value));
}

// show draws a snapshot.
export function show(s) {
  at("shown").hidden = false;
  set(at("host"), s.agent.host);
  set(at("verdict"), s.verdict.text);
  at("verdict").className = s.verdict.level;
  document.title = (s.verdict.level === "ok" ? "" : "▲ ") + "Logskiff " + s.agent.host;
  const all = s.verdict.findings;
  at("findings").replaceChildren(...(all.length > 1 ? all : []).map((f) => h("li", { class: f.level }, [f.what, f.name].filter(Boolean).join(" ") + ": " + f.text)));
  const t = s.total;
  at("totals").replaceChildren(fact("lines/s", count(t.lines_per_second), t.lines_per_second), fact("bytes/s", bytes(t.bytes_per_second), t.bytes_per_second),
    fact("to go", amount(t.lag_bytes, t.entries), t.lag_bytes), fact("worst lag", span(t.lag_seconds) + (t.lag_source ? ` (${t.lag_source})` : "")));
  at("empty").hidden = s.sources.length > 0;
  drawMap(s);
  // By the state alone: rows that change places each second cannot be read.
  const sources = [...s.sources].sort((a, b) => rank(a.state) - rank(b.state) || a.name.localeCompare(b.name));
  table("sources", [["source"], ["state"], ["lines/s", "number"], ["bytes/s", "number"], ["lag", "number"], ["age", "number"], ["not parsed", "number"], ["files", "number"], ["to"]],
    sources.map((one) => [
      h("th", { scope: "row" }, h("a", { href: "#source=" + encodeURIComponent(one.name) }, one.name)), cell(state(one.state)), number(count(one.lines_per_second), one.lines_per_second), number(rate(one), one.bytes_per_second),
      number(one.has_lag ? amount(one.lag_bytes, one.entries) : "–", one.lag_bytes), number(one.has_lag ? span(one.lag_seconds) : "–"),
      number(count(one.unparsed.lines), one.unparsed.since ? "since " + one.unparsed.since : undefined), number(count(one.files)),
      cell(one.pipelines.map((p) => p.sender).join(", ")),
    ]));
  table("senders", [["sender"], ["endpoint"], ["state"], ["since", "number"], ["bytes/s", "number"], ["in flight", "number"], ["last answer"], ["next try", "number"]],
    s.senders.flatMap((d) => (d.endpoints.length ? d.endpoints : [{ name: "–", state: d.state, in_flight: 0, bytes_per_second: 0, error: d.error }]).map((e) => [
      name(d.name), cell(e.name), cell(state(e.state)), number(e.since ? between(e.since, s.at) : "–", e.since), number(bytes(e.bytes_per_second) + "/s", e.bytes_per_second),
      number(String(e.in_flight)), h("td", { class: e.error ? kindOf(e.state) : "" }, answered(e, s.at)), number(e.next_try_at ? "in " + between(s.at, e.next_try_at) : "–", e.next_try_at),
    ])));
  set(at("about"), `logskiff ${s.agent.version}, up ${span(s.agent.uptime_seconds)}. The same in a terminal: logskiff status --watch`);
}

function answered(e, now) {
  const a = e.last_answer;
  if (e.error) return e.error;
  return a ? `${a.outcome.replace("_", " ")}${a.status ? " " + a.status : ""}, ${between(a.at, now)} ago` : "–";
}

// say shows a line above all else, and greys what is old; "" takes it away. login: a link can be given there, so that what was typed stays.
export function say(text, old, login) {
  set(at("banner-text"), text);
  at("banner").hidden = text === "";
  at("login").hidden = !login;
  at("shown").classList.toggle("old", Boolean(old));
  if (old) at("verdict").className = "quiet"; // what it says was true then
}
