// What every part of the page's script uses: finding elements, asking the server, saying aloud, copying.
export const wide = matchMedia("(min-width: 861px)");
export const calm = matchMedia("(prefers-reduced-motion: reduce)");
export const one = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];
export const smoothly = () => (calm.matches ? "auto" : "smooth");

const GONE = "The server is not responding. Start it again with onrecord chat.";

/* A fragment of the page from the server, as nodes; where the server is gone or refuses, its sentence. */
export async function fragment(address, options = {}) {
  let html;
  try {
    html = await (await fetch(address, options)).text();
  } catch {
    html = `<article class="source"><p class="trouble">${GONE}</p></article>`;
  }
  return [...new DOMParser().parseFromString(html, "text/html").body.childNodes];
}

const asJson = (content) => ({ body: JSON.stringify(content), headers: { "Content-Type": "application/json" } });

/* What the server makes of something that is sent to it, as nodes. */
export const sent = (address, content) => fragment(address, { method: "POST", ...asJson(content) });

/* Sends a change to the server. True if it was done; otherwise the server's sentence is said. */
export async function send(method, address, content) {
  const body = content === undefined ? {} : asJson(content);
  try {
    const reply = await fetch(address, { method, ...body });
    if (reply.ok) return true;
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    say(page.body.textContent.trim() || "That could not be done.");
  } catch {
    say(GONE);
  }
  return false;
}

let fading;
/* A line for the eye and for readers aloud. */
export function say(words) {
  const line = one("#said");
  line.textContent = words;
  line.dataset.shown = "true";
  clearTimeout(fading);
  fading = setTimeout(() => delete line.dataset.shown, 4000);
}

/* Copies text that may still be on its way. Where the browser lets no page write its clipboard, the old way. */
export async function copy(text, told) {
  const words = await text;
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    const area = document.createElement("textarea");
    area.value = words;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say(told);
}
