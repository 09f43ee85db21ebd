import * as add from "./add.js";
import { at } from "./dom.js";
import { forget, logIn, token, use } from "./session.js";
import * as source from "./source.js";
import { Ended, lines } from "./stream.js";
import { say, show } from "./view.js";

const again = 1000; // milliseconds until an agent that is gone is asked again
const askForLink = "Log in with the link that  logskiff ui  prints on this host.";

let stop = new AbortController();
let last = null; // when the agent was last heard of

// follow draws what comes as long as the page is looked at.
async function follow() {
  stop.abort();
  const mine = (stop = new AbortController());
  while (!mine.signal.aborted && !document.hidden) {
    if (!token()) return say(askForLink, true, true);
    try {
      for await (const line of lines(mine.signal)) {
        show(line.snapshot);
        source.draw(line.snapshot);
        add.draw(line.snapshot);
        at("to-add").hidden = line.snapshot.agent.ui !== "on";
        if (last === null || !at("banner").hidden) route();
        say("");
        last = new Date();
      }
      throw new Error("it closed the connection");
    } catch (error) {
      if (mine.signal.aborted) return;
      if (error instanceof Ended) {
        forget();
        return say("The session has ended. " + askForLink + " What you typed stays here.", true, true);
      }
      say(`The agent does not answer (${error.message}). ` + (last ? `This is from ${last.toLocaleTimeString()}. ` : "") + "Asking again …", true);
    }
    await new Promise((done) => setTimeout(done, again));
  }
}

// route shows what the address says: everything, one source, or how to add one.
function route() {
  const where = new URLSearchParams(location.hash.slice(1));
  const [one, adding] = [where.get("source") ?? "", where.has("add")];
  at("overview").hidden = Boolean(one) || adding;
  source.open(one);
  add.open(adding);
  if (one) at("source-head").focus();
  if (adding && document.activeElement === document.body) at("add-head").focus();
}

async function begin() {
  try {
    await logIn();
  } catch (error) {
    forget();
    return say(`Cannot log in: ${error.message}. ` + askForLink, true, true);
  }
  if (last === null) follow();
  else route();
}

at("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await use(at("login-code").value);
    at("login-code").value = "";
    follow();
  } catch (error) {
    say(`Cannot log in: ${error.message}. ` + askForLink, true, true);
  }
});
document.addEventListener("visibilitychange", () => (document.hidden ? stop.abort() : follow()));
window.addEventListener("hashchange", begin);
source.begin();
add.begin();
begin();
