// What is shown is text: nothing that the agent says becomes markup.
const at = (id) => document.getElementById(id);

function element(name, text, kind) {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

// bytes writes a size with three figures, in powers of 1000.
export function bytes(n) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (n >= 999.5 && unit < units.length - 1) {
    n /= 1000;
    unit++;
  }
  return (unit === 0 ? whole.format(n) : String(Number(n.toPrecision(3)))) + " " + units[unit];
}

// span writes a length of time with one unit.
export function span(seconds) {
  const s = Math.max(0, seconds);
  if (s < 10) return Number(s.toFixed(1)) + " s";
  if (s < 120) return whole.format(s) + " s";
  if (s < 7200) return whole.format(s / 60) + " min";
  if (s < 172800) return whole.format(s / 3600) + " h";
  return whole.format(s / 86400) + " d";
}

const between = (from, to) => span((new Date(to) - new Date(from)) / 1000);

// marks stand beside a state's word, so that its colour says nothing alone.
const marks = { running: "●", ok: "●", healthy: "●", starting: "◌", degraded: "▲", unreadable: "▲", waiting: "▲", throttled: "▲" };
const good = ["running", "ok", "healthy"];
const fair = ["starting", "degraded", "unreadable", "waiting", "throttled"];

function state(word) {
  const kind = good.includes(word) ? "good" : fair.includes(word) ? "fair" : "bad";
  return element("td", (marks[word] ?? "■") + " " + word.replace("_", " "), kind);
}

function table(id, heads, rows) {
  const t = at(id);
  if (!t.tHead.rows.length) {
    const row = t.tHead.insertRow();
    for (const [text, kind] of heads) {
      const head = element("th", text, kind);
      head.scope = "col";
      row.append(head);
    }
  }
  const body = document.createElement("tbody");
  for (const cells of rows) {
    const row = body.insertRow();
    row.append(...cells);
  }
  t.tBodies[0].replaceWith(body);
}

const number = (text, exact) => {
  const made = element("td", text, "number");
  if (exact !== undefined) made.title = exact;
  return made;
};

const name = (text) => {
  const made = element("th", text);
  made.scope = "row";
  return made;
};

const rank = (word) => (good.includes(word) ? 2 : fair.includes(word) ? 1 : 0);

// amount writes a lag: bytes, entries, or both, as there are any.
const amount = (size, entries) => (!entries?.lag_entries ? bytes(size) : (size ? bytes(size) + " and " : "") + whole.format(entries.lag_entries) + " entries");

// rate writes what a source acknowledges in a second, in the unit that it counts in.
const rate = (one) => (one.entries && !one.units.includes("bytes") ? whole.format(one.entries.entries_per_second) + " entries/s" : bytes(one.bytes_per_second) + "/s");

// show draws a snapshot.
export function show(s) {
  at("shown").hidden = false;
  at("host").textContent = s.agent.host;
  if (at("verdict").textContent !== s.verdict.text) at("verdict").textContent = s.verdict.text;
  at("verdict").className = s.verdict.level;
  at("findings").replaceChildren(...s.verdict.findings.map((f) => element("li", [f.what, f.name].filter(Boolean).join(" ") + ": " + f.text, f.level)));
  const t = s.total;
  at("totals").textContent = `${whole.format(t.lines_per_second)} lines/s · ${bytes(t.bytes_per_second)}/s · lag ${amount(t.lag_bytes, t.entries)}, ${span(t.lag_seconds)}` +
    (t.lag_source ? ` (${t.lag_source})` : "");
  at("empty").hidden = s.sources.length > 0;
  // By the state alone: rows that change places each second cannot be read.
  const sources = [...s.sources].sort((a, b) => rank(a.state) - rank(b.state) || a.name.localeCompare(b.name));
  table("sources", [["source"], ["state"], ["lines/s", "number"], ["bytes/s", "number"], ["lag", "number"], ["age", "number"], ["not parsed", "number"], ["files", "number"], ["to"]],
    sources.map((one) => [
      name(one.name), state(one.state), number(whole.format(one.lines_per_second), one.lines_per_second), number(rate(one), one.bytes_per_second),
      number(one.has_lag ? amount(one.lag_bytes, one.entries) : "–", one.lag_bytes), number(one.has_lag ? span(one.lag_seconds) : "–"),
      number(whole.format(one.unparsed.lines), one.unparsed.since ? "since " + one.unparsed.since : undefined), number(whole.format(one.files)),
      element("td", one.pipelines.map((p) => p.sender).join(", ")),
    ]));
  table("senders", [["sender"], ["endpoint"], ["state"], ["since", "number"], ["bytes/s", "number"], ["in flight", "number"], ["last answer"], ["next try", "number"]],
    s.senders.flatMap((d) => (d.endpoints.length ? d.endpoints : [{ name: "–", state: d.state, in_flight: 0, bytes_per_second: 0, error: d.error }]).map((e) => [
      name(d.name), element("td", e.name), state(e.state), number(e.since ? between(e.since, s.at) : "–", e.since), number(bytes(e.bytes_per_second) + "/s", e.bytes_per_second),
      number(String(e.in_flight)), element("td", answered(e, s.at)), number(e.next_try_at ? "in " + between(s.at, e.next_try_at) : "–", e.next_try_at),
    ])));
  at("about").textContent = `logskiff ${s.agent.version}, up ${span(s.agent.uptime_seconds)}. The same in a terminal: logskiff status --watch`;
}

function answered(e, now) {
  const a = e.last_answer;
  if (e.error) return e.error;
  return a ? `${a.outcome.replace("_", " ")}${a.status ? " " + a.status : ""}, ${between(a.at, now)} ago` : "–";
}

// say shows a line above all else, and greys what is old; "" takes it away.
export function say(text, old) {
  at("banner").textContent = text;
  at("banner").hidden = text === "";
  at("shown").classList.toggle("old", Boolean(old));
}
