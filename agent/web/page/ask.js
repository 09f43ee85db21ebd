import { token } from "./session.js";

// Refused is what the agent says to what it does not do. answer has all of it: an ETag, a difference, mistakes.
export class Refused extends Error {
  constructor(status, answer) {
    const said = answer?.error ?? {};
    super([said.message ?? "the agent answered " + status, said.advice].filter(Boolean).join("; "));
    this.status = status;
    this.code = said.code;
    this.answer = answer;
  }
}

// ask makes one request. seen is the ETag of what a change is made to, "" for what is not there.
export async function ask(method, path, body, { signal, seen } = {}) {
  const headers = { Authorization: "Bearer " + token() };
  if (method !== "GET") headers["Content-Type"] = "application/json";
  if (seen === "") headers["If-None-Match"] = "*";
  else if (seen) headers["If-Match"] = `"${seen}"`;
  const answer = await fetch("/api/v1/" + path, { method, headers, signal, body: method === "GET" ? undefined : JSON.stringify(body ?? {}) });
  const said = answer.status === 204 ? {} : await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(answer.status, said);
  return said;
}
