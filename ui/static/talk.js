// The conversation: which one is open, what is moved up when a question is sent, and what is done with an answer.
import { all, copy, fragment, one, say, send, smoothly, wide } from "./basics.js";
import { clear, forget, open } from "./panel.js";

let thread = ""; // the conversation that is open; none before its first question
let anew = null; // the number of the question that is asked anew
let before = null; // the exchange that goes up when the next one comes
let seen = ""; // the asking and the state in which it was last looked at

const box = () => one("#question textarea");
const live = () => (one("#transcript").dataset.live === "off" ? null : one("#live .exchange"));
export const latest = () => live() ?? all("#past .exchange").at(-1) ?? null;
export const isWorking = () => live()?.dataset.state === "working";

/* Gradio asks this as a question is sent: the conversation, and the number of the question that is asked anew. */
window.onrecord = {
  place() {
    if (box().value.trim()) {
      before = anew ? null : live()?.cloneNode(true) ?? null;
      if (before) before.dataset.key = "";
      if (anew) all("#past .exchange").filter((each) => Number(each.dataset.number) >= anew).forEach((each) => each.remove());
    }
    const where = [thread, anew];
    anew = null;
    return where;
  },
};

/* Puts a question into the box as if it had been typed; sends it if told to. */
export function ask(question, atOnce = true) {
  box().value = question;
  box().dispatchEvent(new Event("input", { bubbles: true }));
  if (atOnce) requestAnimationFrame(() => one("#send").click());
  else box().focus();
}

/* Follows the exchange that is being worked on: its question comes to the top once, its first source opens beside. */
function follow() {
  const exchange = one("#live .exchange");
  if (!exchange) return;
  const { key, state } = exchange.dataset;
  const last = seen;
  if (`${key} ${state}` === last) return;
  seen = `${key} ${state}`;
  if (key !== last.split(" ")[0]) begin(exchange);
  if (state === "done") finish(exchange);
}

function begin(exchange) {
  delete one("#transcript").dataset.live;
  if (before) one("#past .earlier").append(before);
  before = null;
  forget();
  const stays = thread === exchange.dataset.thread;
  thread = exchange.dataset.thread;
  history[stays ? "replaceState" : "pushState"](null, "", `#ask?c=${thread}`);
  exchange.scrollIntoView({ block: "start", behavior: smoothly() });
  if (box() && wide.matches) box().focus({ preventScroll: true });
}

async function finish(exchange) {
  const first = one("blockquote a.chip[data-citation]", exchange) ?? one("a.chip[data-citation]", exchange);
  if (first && wide.matches) open(first, false);
  if (!first) clear();
  await offer(exchange);
}

/* Questions to ask next, once the answer stands; they come from the record and keep nobody waiting. */
async function offer(exchange) {
  const slot = one("[data-next]", exchange);
  if (!slot) return;
  const nodes = await fragment(`conversations/${exchange.dataset.thread}/${exchange.dataset.number}/next`);
  if (slot.isConnected && !nodes.some((node) => node.matches?.(".source"))) slot.replaceChildren(...nodes);
}

/* Another conversation in the place of this one; none for a new one. */
export async function reopen(name) {
  if (name === thread && (name || !latest())) return;
  if (isWorking()) one("#stop").click();
  thread = name;
  anew = before = null;
  one("#transcript").dataset.live = "off";
  clear();
  const nodes = name ? await fragment(`conversations/${name}`) : [];
  if (thread !== name) return;
  one("#past .earlier").replaceChildren(...nodes);
  if (nodes.some((node) => node.matches?.(".source"))) thread = "";
  const last = latest();
  if (last) {
    last.scrollIntoView({ block: "start" });
    offer(last);
  } else if (wide.matches) box()?.focus({ preventScroll: true });
}

export const isOpen = (name) => name === thread;

export function stop() {
  const exchange = live();
  if (!isWorking()) return false;
  one("#stop").click();
  exchange.dataset.state = "stopped";
  one(".stage", exchange)?.replaceChildren("Stopped. Edit the question, or ask another one.");
  say("Stopped.");
  return true;
}

/* The words of an answer with its citations, as the server writes them. */
export function copyAnswer(exchange, form) {
  const address = `conversations/${exchange.dataset.thread}/${exchange.dataset.number}/copy?form=${form}`;
  return copy(fetch(address).then((reply) => reply.text()), form === "markdown" ? "Copied as Markdown." : "Copied as text.");
}

export function edit(exchange) {
  anew = Number(exchange.dataset.number);
  ask(one("h2", exchange).textContent, false);
  say("Change the question and ask again; everything after it will be removed.");
}

async function judge(button) {
  const exchange = button.closest(".exchange");
  const { judgement } = button.dataset;
  const address = `conversations/${exchange.dataset.thread}/${exchange.dataset.number}/judgement`;
  if (!(await send("POST", address, { judgement }))) return;
  all("[data-act=judge]", exchange).forEach((each) => each.setAttribute("aria-pressed", each === button));
  say("Thank you. Your feedback stays on this machine.");
}

const ACTS = {
  copy: (button) => copyAnswer(button.closest(".exchange"), button.dataset.as),
  edit: (button) => edit(button.closest(".exchange")),
  again(button) {
    edit(button.closest(".exchange"));
    requestAnimationFrame(() => one("#send").click());
  },
  /* A question that was read with the conversation is asked anew in its place, without it. */
  undo(button) {
    const exchange = button.closest(".exchange");
    anew = Number(exchange.dataset.number);
    ask(`New question: ${one("h2", exchange).textContent}`);
  },
  footnote: (button) => copy(button.dataset.words, "Copied as a footnote."),
  judge,
  wrong(button) {
    const reasons = one(".wrong", button.closest(".acts"));
    reasons.hidden = !reasons.hidden;
    button.setAttribute("aria-expanded", !reasons.hidden);
  },
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.ask) ask(button.dataset.ask);
  else if (button.matches(".question:not([data-act])")) ask(button.textContent);
  else if (button.id === "stop" && event.isTrusted) stop();
  else ACTS[button.dataset.act]?.(button);
});

/* When the library has changed, each answer says anew whether the articles it cites are still as they were. */
document.addEventListener("library-changed", async () => {
  if (!thread) return;
  const fresh = document.createElement("div");
  fresh.append(...(await fragment(`conversations/${thread}`)));
  for (const exchange of all(".exchange[data-state=done]")) {
    const now = one(`.exchange[data-number="${exchange.dataset.number}"] .cited summary`, fresh);
    if (now) one(".cited summary", exchange)?.replaceChildren(...now.childNodes);
  }
});

new MutationObserver(follow).observe(document.documentElement, {
  subtree: true, childList: true, attributeFilter: ["data-key", "data-state"],
});
