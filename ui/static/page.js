// The page's rooms, dialogs and keys. Which room is open, and what it shows, stands in the address after the `#`.
import { all, fragment, one, say, send, sent, smoothly } from "./basics.js";
import { hide } from "./cards.js";
import "./feeds.js";
import { close, step } from "./panel.js";
import "./sources.js";
import { ask, copyAnswer, edit, isOpen, latest, reopen, stop } from "./talk.js";

const room = (name) => one(`#rooms .room[data-room="${name}"]`);
const address = () => location.hash.slice(1).split("?");

/* Shows the room that the address names. */
async function enter() {
  const [name, query = ""] = address();
  const known = name === "ask" || room(name) ? name : "ask";
  one("#desk").dataset.room = known;
  all(".masthead nav a, .tools a").forEach((link) => {
    if (link.hash === `#${known}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  });
  all("#rooms .room").forEach((each) => (each.hidden = each.dataset.room !== known));
  document.title = known === "ask" ? "onrecord" : `${room(known).ariaLabel} · onrecord`;
  if (known === "ask") {
    const wanted = new URLSearchParams(query).get("c") ?? "";
    if (wanted ? !isOpen(wanted) : name === "ask" && query === "new") await reopen(wanted);
    return;
  }
  await fill(room(known), `${known}?${query}`);
}

/* Fills a room; what is typed in it meanwhile keeps its focus. */
async function fill(place, from) {
  place.setAttribute("aria-busy", "true");
  const nodes = await fragment(from);
  if (`${place.dataset.room}?${address()[1] ?? ""}` !== from) return; // the reader has gone on meanwhile
  const focused = place.contains(document.activeElement) ? document.activeElement.name : null;
  place.replaceChildren(...nodes);
  place.removeAttribute("aria-busy");
  place.scrollTop = 0;
  place.dispatchEvent(new Event("filled", { bubbles: true }));
  if (focused) one(`[name="${focused}"]`, place)?.focus();
}

/* A form of filters becomes an address; fields that are empty do not stand in it. */
function filter(form) {
  const fields = [...new FormData(form)].filter(([, value]) => value);
  const next = `#${form.dataset.room}?${new URLSearchParams(fields)}`;
  if (location.hash === next) enter();
  else location.hash = next;
}

async function more(button) {
  const rest = button.closest("li");
  const nodes = await fragment(button.dataset.more);
  rest.replaceWith(...nodes);
  nodes.find((node) => node.matches?.("li"))?.querySelector("a")?.focus({ preventScroll: true });
}

/* A draft is sent as it stands; below the field it comes back with its quotations marked. */
async function check(form) {
  const place = one(".findings", form.parentElement);
  place.setAttribute("aria-busy", "true");
  place.replaceChildren(...(await sent("draft", { text: one("textarea", form).value })));
  place.removeAttribute("aria-busy");
  place.scrollIntoView({ behavior: smoothly() });
}

/* Whose words they are, by hand: a form below the statement, with the people of the article to choose from. */
async function offerCorrection(button) {
  const item = button.closest("li");
  const form = (await fragment(`record/correction?${about(item)}`)).find((node) => node.matches?.("form"));
  if (one(".correcting", item)) return; // pressed twice
  if (!form) return say("This statement is gone; reload the page.");
  button.hidden = true;
  item.append(form);
  form.speaker.focus();
  form.speaker.select();
}

const about = (item) => new URLSearchParams({ statement: item.dataset.statement, source: item.dataset.source });

function choose(button) {
  const form = button.closest("form");
  form.speaker.value = button.textContent;
  one("[type=submit]", form).focus();
}

/* The corrected statement takes its own place; nothing else moves. */
async function correct(form) {
  const item = form.closest("li");
  const statement = item.dataset.statement;
  if (!(await send("POST", "record/speaker", { statement, speaker: form.speaker.value.trim() || null }))) return;
  const corrected = (await fragment(`record/statement?${about(item)}`)).find((node) => node.matches?.("li"));
  if (corrected) item.replaceWith(corrected);
  else enter();
  corrected?.querySelector("[data-act=correct]").focus();
  say("Corrected everywhere.");
}

function keep(button) {
  const form = button.closest("form");
  const offer = one("[data-act=correct]", form.closest("li"));
  form.remove();
  offer.hidden = false;
  offer.focus();
}

/* The conversations kept on this machine. */
let searching;
async function list() {
  const search = new URLSearchParams({ search: one("#history .search").value });
  one("#history .listing").replaceChildren(...(await fragment(`conversations?${search}`)));
}

async function rename(button) {
  const item = button.closest("li");
  const title = one(".title", item);
  const field = Object.assign(document.createElement("input"), { value: title.textContent.trim(), className: "renaming" });
  field.ariaLabel = "Title of the conversation";
  title.hidden = true;
  title.after(field);
  field.select();
  let over = false;
  const end = async (keep) => {
    if (over) return;
    over = true;
    if (keep) await send("POST", `conversations/${item.dataset.thread}/title`, { title: field.value });
    await list();
  };
  field.addEventListener("blur", () => end(true));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") end(true);
    if (event.key === "Escape") { event.preventDefault(); end(false); }
  });
}

/* Asked twice: a conversation that is deleted is gone. */
async function remove(button) {
  if (!button.dataset.sure) {
    button.dataset.sure = "true";
    button.textContent = "Delete for good?";
    return;
  }
  const name = button.closest("li").dataset.thread;
  if (await send("DELETE", `conversations/${name}`)) {
    if (isOpen(name)) begin();
    await list();
    say("Deleted.");
  }
}

function begin() {
  location.hash = "#ask?new";
  enter();
}

const show = async (name) => {
  if (name === "history") await list(); // as it is now, before anything in it can be pressed
  if (!one(`#${name}`).open) one(`#${name}`).showModal();
};

const ACTS = {
  new: () => begin(),
  history: () => show("history"),
  keys: () => show("keys"),
  close: (button) => button.closest("dialog").close(),
  rename,
  delete: remove,
  correct: offerCorrection,
  choose,
  keep,
};

document.addEventListener("click", (event) => {
  const skip = event.target.closest("a.skip");
  if (skip) {
    event.preventDefault();
    (one(skip.dataset.skip) ?? one("#past h2"))?.focus();
  }
  if (event.target.matches("dialog")) event.target.close(); // beside it
  if (event.target.closest("#history a.title")) one("#history").close();
  if (event.target.closest("[data-more]")) more(event.target.closest("[data-more]"));
  const button = event.target.closest("button[data-act]");
  if (button) ACTS[button.dataset.act]?.(button);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-room]") || event.submitter?.hasAttribute("formaction")) return; // a file is saved
  event.preventDefault();
  if (event.target.matches(".drafting")) check(event.target);
  else if (event.target.matches(".correcting")) correct(event.target);
  else filter(event.target);
});
document.addEventListener("change", (event) => {
  const form = event.target.closest("form.filters");
  if (form && event.target.matches("select")) filter(form);
  if (event.target.id === "single-keys") localStorage.setItem("onrecord.keys", event.target.checked ? "on" : "off");
});
document.addEventListener("input", (event) => {
  if (!event.target.matches("#history .search")) return;
  clearTimeout(searching);
  searching = setTimeout(list, 150);
});

const goTo = (place) => () => { location.hash = all(".masthead nav a")[place]?.hash ?? location.hash; };
const KEYS = {
  "/": () => { location.hash = "#ask"; one("#question textarea").focus(); },
  "?": () => show("keys"),
  j: () => step(1),
  k: () => step(-1),
  n: begin,
  h: () => show("history"),
  c: () => latest()?.dataset.state === "done" && copyAnswer(latest(), "markdown"),
  e: () => latest() && edit(latest()),
  1: goTo(0), 2: goTo(1), 3: goTo(2), 4: goTo(3),
};
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    if (one("dialog[open]")) return; // the browser closes it
    if (hide() || close() || stop()) event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (localStorage.getItem("onrecord.keys") === "off" || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

/* The library may have grown since the server started: what the page greets with is asked for anew. */
let greeted = "";
async function greet() {
  try {
    const { state, welcome, corrects, login, is_examining: examining } = await (await fetch("greeting")).json();
    document.documentElement.dataset.corrects = corrects;
    one(".masthead .out").hidden = !login;
    one(".masthead .out button").title = login ? `You are ${login}` : "";
    one("#state").innerHTML = state; // both escaped by the server
    if (welcome !== greeted) one("#welcome .greeting").innerHTML = greeted = welcome;
    if (examining) setTimeout(greet, 3000);
  } catch { /* what came with the page still stands */ }
}

document.addEventListener("library-changed", greet);

/* Gradio draws the page before or after this script runs. */
function start(watch) {
  if (!["#desk", "#rooms .html-container", "#welcome .greeting", "#past .earlier", "#question textarea", "#single-keys"].every((part) => one(part))) return false;
  watch?.disconnect();
  one("#question textarea").dir = "auto";
  one("#single-keys").checked = localStorage.getItem("onrecord.keys") !== "off";
  greet();
  enter();
  return true;
}
if (!start()) {
  new MutationObserver((_, watch) => start(watch)).observe(document.documentElement, { subtree: true, childList: true });
}
window.addEventListener("hashchange", enter);
