// The token of this tab. It lives as long as the tab, is sent with each request, and never as a cookie.
const key = "logskiff-token";

export const token = () => sessionStorage.getItem(key) ?? "";
export const forget = () => sessionStorage.removeItem(key);

// logIn exchanges the code behind the # for a token. The code works once, so it leaves the address bar.
export async function logIn() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (!code) return;
  history.replaceState(null, "", location.pathname);
  await use(code);
}

// use takes a link, or the code in it.
export async function use(text) {
  const code = text.includes("#") ? (new URLSearchParams(text.slice(text.indexOf("#") + 1)).get("code") ?? "") : text.trim();
  const answer = await fetch("/api/v1/sessions", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code }),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error.message);
  sessionStorage.setItem(key, said.token);
}
