import { forget, logIn, token } from "./session.js";
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
    if (!token()) return say(askForLink, true);
    try {
      for await (const line of lines(mine.signal)) {
        show(line.snapshot);
        say("");
        last = new Date();
      }
      throw new Error("it closed the connection");
    } catch (error) {
      if (mine.signal.aborted) return;
      if (error instanceof Ended) {
        forget();
        return say("The session has ended. " + askForLink, true);
      }
      say(`The agent does not answer (${error.message}). ` + (last ? `This is from ${last.toLocaleTimeString()}. ` : "") + "Asking again …", true);
    }
    await new Promise((done) => setTimeout(done, again));
  }
}

async function begin() {
  try {
    await logIn();
  } catch (error) {
    forget();
    return say(`Cannot log in: ${error.message}. ` + askForLink, true);
  }
  follow();
}

document.addEventListener("visibilitychange", () => (document.hidden ? stop.abort() : follow()));
window.addEventListener("hashchange", begin);
begin();
