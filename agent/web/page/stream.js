import { token } from "./session.js";

// Ended says that the token is good no more.
export class Ended extends Error {}

// lines yields what the agent sends, object by object. It ends, or throws, when the agent is gone.
export async function* lines(signal) {
  const answer = await fetch("/api/v1/stream", { headers: { Authorization: "Bearer " + token() }, signal });
  if (answer.status === 401) throw new Ended();
  if (!answer.ok) throw new Error((await answer.json()).error.message);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    for (const part of parts) {
      const line = JSON.parse(part);
      if (line.end) throw new Ended();
      yield line;
    }
  }
}
