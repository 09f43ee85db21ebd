import { amount, at, bytes, count, h, kindOf, rank, set, span, state, svg } from "./dom.js";

// The map: sources at the left, where they go to at the right, and between them bands as thick as what goes there. Rows have one height, so
// that the bands meet them; where it is narrow there are no bands, and each source names its senders.
const most = 20; // rows of sources; more are one row

const byState = (a, b) => rank(a.state) - rank(b.state) || a.name.localeCompare(b.name);
const thick = (rate) => (rate <= 0 ? 1.5 : Math.min(14, 2 + 2.4 * Math.max(0, Math.log10(rate / 100))));

function sourceRow(one) {
  const to = one.pipelines.map((p) => p.sender).join(", ");
  const facts = one.state === "paused" ? "paused" : [`${count(one.lines_per_second)} lines/s`, one.has_lag && (one.lag_bytes > 0 || one.entries?.lag_entries > 0) ? `${amount(one.lag_bytes, one.entries)} to go, ${span(one.lag_seconds)}` : "nothing to go"].join(" · ");
  return h("li", {}, h("a", { href: "#source=" + encodeURIComponent(one.name) }, h("span", { class: "row" }, h("b", {}, one.name), state(one.state)),
    h("span", { class: "row quiet" }, facts, h("span", { class: "narrow" }, to ? " → " + to : ""))));
}

function sinkRow(d, e) {
  const rate = e.bytes_per_second > 0 ? bytes(e.bytes_per_second) + "/s" : "idle";
  const facts = e.error ? e.error : [rate, e.in_flight > 0 ? `${e.in_flight} in flight` : ""].filter(Boolean).join(" · ");
  return h("li", { class: "sink" }, h("span", { class: "row" }, h("b", {}, d.name), state(e.state)), h("span", { class: "row quiet", title: `${e.name}  ${facts}` }, h("span", { class: "cut" }, e.name), h("span", { class: "cut" }, facts)));
}

export function drawMap(s) {
  const all = [...s.sources].sort(byState);
  const shown = all.slice(0, all.length > most ? most - 1 : most);
  const rest = all.slice(shown.length);
  const left = shown.map(sourceRow);
  if (rest.length) left.push(h("li", {}, h("a", { href: "#sources-head" }, h("span", { class: "row" }, h("b", {}, `${rest.length} more`), state(rest[0].state)), h("span", { class: "row quiet" }, `${count(rest.reduce((n, o) => n + o.lines_per_second, 0))} lines/s together`))));
  const right = [];
  const rows = new Map(); // a sender's name: the rows of its endpoints
  for (const d of s.senders) {
    const mine = (d.endpoints.length ? d.endpoints : [{ name: d.error || d.kind, state: d.state, bytes_per_second: 0, in_flight: 0 }]).map((e) => {
      right.push(sinkRow(d, e));
      return right.length - 1;
    });
    rows.set(d.name, { mine, state: d.state });
  }
  keepFocus(at("map-sources"), left);
  at("map-sinks").replaceChildren(...right);
  const height = Math.max(left.length, right.length, 1);
  const bands = at("map-bands");
  bands.setAttribute("viewBox", `0 0 100 ${height * 10}`);
  const paths = [];
  const add = (i, sender, rate, word) => {
    for (const k of rows.get(sender)?.mine ?? []) {
      const [y1, y2] = [i * 10 + 5, k * 10 + 5];
      paths.push(svg("path", { d: `M0 ${y1} C50 ${y1} 50 ${y2} 100 ${y2}`, class: "band " + kindOf(word), "stroke-width": thick(rate / rows.get(sender).mine.length).toFixed(1), "vector-effect": "non-scaling-stroke" }));
    }
  };
  const worse = (a, b) => (rank(a) < rank(b) ? a : b);
  shown.forEach((one, i) => one.pipelines.forEach((p) => add(i, p.sender, p.bytes_per_second, worse(one.state, rows.get(p.sender)?.state ?? "down"))));
  const bundled = new Map();
  for (const p of rest.flatMap((o) => o.pipelines)) bundled.set(p.sender, (bundled.get(p.sender) ?? 0) + p.bytes_per_second);
  for (const [sender, rate] of bundled) add(shown.length, sender, rate, worse(rest[0].state, rows.get(sender)?.state ?? "down"));
  bands.replaceChildren(...paths);
  at("map").style.setProperty("--rows", height);
  set(at("map-said"), `${s.sources.length} sources go to ${s.senders.length} senders.`);
}

// keepFocus draws a list anew, and leaves the one who came there by keyboard where they were.
export function keepFocus(list, items) {
  const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  list.replaceChildren(...items);
  if (focused) [...list.querySelectorAll("a")].find((a) => a.getAttribute("href") === focused)?.focus();
}
