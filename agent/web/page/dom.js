// What is shown is text: nothing that the agent says becomes markup.
export const at = (id) => document.getElementById(id);

// h makes an element: properties by their names, "class" and what has a dash as attributes, and children, of which text stays text.
export function h(name, properties, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "class" || key === "for" || key === "role" || key.includes("-")) made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children.flat().filter((c) => c !== undefined && c !== null && c !== false));
  return made;
}

// svg makes an element of the kind that the map's bands are in.
export function svg(name, attributes, ...children) {
  const made = document.createElementNS(at("map-bands").namespaceURI, name);
  for (const [key, value] of Object.entries(attributes ?? {})) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// set changes a text only when it is another one, so that screen readers say it once.
export function set(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
export const count = (n) => whole.format(n);

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

// amount writes a lag: bytes, entries, or both, as there are any.
export const amount = (size, entries) => (!entries?.lag_entries ? bytes(size) : (size ? bytes(size) + " and " : "") + count(entries.lag_entries) + " entries");

// rate writes what a source acknowledges in a second, in the unit that it counts in.
export const rate = (one) => (one.entries && !one.units.includes("bytes") ? count(one.entries.entries_per_second) + " entries/s" : bytes(one.bytes_per_second) + "/s");

// span writes a length of time with one unit.
export function span(seconds) {
  const s = Math.max(0, seconds);
  if (s < 10) return Number(s.toFixed(1)) + " s";
  if (s < 120) return whole.format(s) + " s";
  if (s < 7200) return whole.format(s / 60) + " min";
  if (s < 172800) return whole.format(s / 3600) + " h";
  return whole.format(s / 86400) + " d";
}

export const between = (from, to) => span((new Date(to) - new Date(from)) / 1000);

// marks stand beside a state's word, so that its colour says nothing alone.
const marks = { running: "●", ok: "●", healthy: "●", starting: "◌", paused: "❚❚", degraded: "▲", unreadable: "▲", waiting: "▲", throttled: "▲" };
const good = ["running", "ok", "healthy"];
const fair = ["starting", "degraded", "unreadable", "waiting", "throttled"];

export const kindOf = (word) => (good.includes(word) ? "good" : word === "paused" ? "quiet" : fair.includes(word) ? "fair" : "bad");
export const state = (word) => h("span", { class: "state " + kindOf(word) }, (marks[word] ?? "■") + " " + word.replace("_", " "));
export const rank = (word) => ["bad", "fair", "good", "quiet"].indexOf(kindOf(word));
