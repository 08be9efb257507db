// Files that are handed in, one after the other, and the list of sources kept as the library is. Drafts opened as files.
import { all, fragment, one, say, send } from "./basics.js";

const QUICK = 700, SLOW = 4000; // milliseconds between two looks at how the reading goes
const REST = 3000; // milliseconds that the list stays as it is while much is being read
const here = () => one('#desk[data-room="sources"]') && one('.room[data-room="sources"] .intake');
const arrivals = []; // { file, line, state, source }
let state, timer, drawn = 0, sending = false;

const element = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

/* A line for each file: its name, how far it is, and what came of it. */
function lineOf(name) {
  const line = element("li", "arrival");
  const progress = Object.assign(document.createElement("progress"), { max: 1, value: 0, ariaLabel: `${name} uploading` });
  const outcome = element("span", "outcome", "Waiting");
  outcome.setAttribute("role", "status");
  const title = element("span", "name", name);
  title.dir = "auto";
  line.append(title, progress, outcome);
  return line;
}

const isOver = ({ state }) => ["added", "there", "failed"].includes(state);

function tell(arrival, next, ...words) {
  arrival.state = arrival.line.dataset.state = next;
  one(".outcome", arrival.line).replaceChildren(...words);
  if (isOver(arrival)) one("progress", arrival.line)?.remove();
  show();
}

/* The lines outlive the room's being drawn anew. */
function show() {
  const list = one(".arrivals");
  if (!list) return;
  const lines = arrivals.map((each) => each.line);
  if (lines.length !== list.children.length || lines.some((line, place) => line !== list.children[place])) list.replaceChildren(...lines);
  list.hidden = !arrivals.length;
  one("[data-act=clear-arrivals]").hidden = !arrivals.length || !arrivals.every(isOver);
}

/* What is wrong with a file before it is sent, if anything is. */
function fault(file, isFolder) {
  const { most, formats } = one(".intake").dataset;
  const known = formats.split(" ");
  if (isFolder) return "is a folder; add the files inside it";
  if (!known.some((suffix) => file.name.toLowerCase().endsWith(suffix))) return `is in a format that is not read; those that are: ${known.join(", ")}`;
  if (file.size > Number(most)) return `is larger than ${most / 1e6} MB; split it into articles`;
  return file.size ? null : "is empty";
}

function take(files, folders = new Set()) {
  for (const file of files) {
    const arrival = { file, line: lineOf(file.name), state: "waiting" };
    arrivals.push(arrival);
    const wrong = fault(file, folders.has(file.name));
    if (wrong) tell(arrival, "failed", `Not added: it ${wrong}.`);
  }
  show();
  sendNext();
}

function sendNext() {
  const arrival = !sending && arrivals.find((each) => each.state === "waiting");
  if (!arrival) return;
  sending = true;
  tell(arrival, "sending", "Sending");
  const request = new XMLHttpRequest();
  request.open("POST", `uploads?${new URLSearchParams({ name: arrival.file.name })}`);
  request.upload.onprogress = ({ loaded, total }) => {
    const bar = one("progress", arrival.line);
    if (bar && total) bar.value = loaded / total;
    if (loaded === total) tell(arrival, "checking", "Checking");
  };
  request.onload = () => arrived(arrival, request);
  request.onerror = () => tell(arrival, "failed", "Not added: the server is not responding, or the file has changed.");
  request.onloadend = () => { sending = false; sendNext(); look(); };
  request.send(arrival.file);
}

function arrived(arrival, request) {
  let reply = {};
  try { reply = JSON.parse(request.responseText); } catch { /* a page to log in, or a refusal in plain words */ }
  if (reply.state === "there") tell(arrival, "there", "Already in the library: ", link(reply.source));
  else if (reply.state === "kept") {
    arrival.source = reply.source;
    arrival.notes = reply.notes;
    one("progress", arrival.line).removeAttribute("value");
    tell(arrival, "reading", "Reading");
  } else if (request.status === 401) tell(arrival, "failed", "Not added: your login has ended; log in again.");
  else {
    const reason = reply.reason ?? "was refused";
    tell(arrival, "failed", /^[a-z]/.test(reason) ? `Not added: it ${reason.replace(/\.?$/, ".")}` : `Not added: ${reason}`);
  }
}

function link(source, words = source) {
  const anchor = element("a", "", words);
  anchor.href = `#sources?${new URLSearchParams({ search: source })}`;
  return anchor;
}

/* What came of a file that was kept, once it is read or cannot be. */
function settle(arrival, came, news) {
  if (came?.articles) {
    const words = arrival.source === `uploads/${arrival.file.name}` ? "Show" : arrival.source;
    const notes = arrival.notes.length ? ` · ${counted(arrival.notes.length, "line")} left out: ${arrival.notes[0]}` : "";
    const said = `Added: ${counted(came.articles, "article")}, ${counted(came.statements, "statement")}${notes} · `;
    tell(arrival, "added", said, link(arrival.source, words));
  } else if (came?.reason) tell(arrival, "failed", `Saved, but it ${came.reason}.`);
  else if (!news.busy && news.trouble.length) tell(arrival, "failed", `Saved, but not read yet: ${news.trouble[0]}`);
}

/* How the reading goes; the list is drawn anew where it has changed. */
async function look() {
  clearTimeout(timer);
  const reading = arrivals.filter((each) => each.state === "reading");
  if (!here() && !reading.length && !sending) return;
  let news;
  try {
    const asked = new URLSearchParams(reading.map((each) => ["of", each.source]));
    news = document.hidden && !reading.length ? null : await (await fetch(`sources/news?${asked}`)).json();
  } catch { /* gone for now */ }
  if (news?.state !== undefined) {
    reading.forEach((each) => settle(each, news.of[each.source], news));
    tellHow(news);
    if (state === undefined) state = news.state;
    if (state !== news.state && !(news.busy && Date.now() - drawn < REST)) {
      [state, drawn] = [news.state, Date.now()];
      document.dispatchEvent(new Event("library-changed"));
      if (here()) await redraw();
    }
  }
  clearTimeout(timer);
  timer = setTimeout(look, news?.busy || arrivals.some((each) => each.state === "reading") ? QUICK : SLOW);
}

function tellHow({ busy, step, left, trouble, watched }) {
  const place = one(".keeping .now");
  if (!place) return;
  const idle = watched ? "New, changed and removed files in the folder are picked up automatically." : "";
  const now = !busy ? idle : step ? `Reading ${(step.done + 1).toLocaleString("en")} of ${step.total.toLocaleString("en")}${left && `, ${left}`}: ${step.source}` : "Looking for what has changed …";
  if (place.textContent !== now) place.textContent = now;
  place.toggleAttribute("data-busy", busy);
  const bar = one(".keeping progress");
  bar.hidden = !(busy && step);
  if (step) bar.value = step.done / Math.max(step.total, 1);
  one("[data-act=read-again]").disabled = busy;
  const wrong = one(".standing-trouble");
  if (wrong.textContent !== trouble.join(" ")) wrong.textContent = trouble.join(" ");
  wrong.hidden = !trouble.length;
}

/* The numbers and the list as they are now; what is typed, read or scrolled to stays. */
async function redraw() {
  const place = one('.room[data-room="sources"]');
  const query = location.hash.split("?")[1] ?? "";
  const focused = place.contains(document.activeElement) ? document.activeElement.closest("[data-source]")?.dataset.source : null;
  const fresh = document.createElement("div");
  fresh.append(...(await fragment(`sources?${query}`)));
  for (const part of [".tally", ".listed"]) {
    const [before, after] = [one(part, place), one(part, fresh)];
    if (before && after && before.innerHTML !== after.innerHTML) before.replaceChildren(...after.childNodes);
  }
  if (focused) all("[data-source]", place).find((each) => each.dataset.source === focused)?.focus({ preventScroll: true });
}

/* Asked twice: a file that is removed is gone. */
async function unload(button) {
  if (!button.dataset.sure) {
    button.dataset.sure = "true";
    button.textContent = "Remove for good?";
    return;
  }
  const { source } = button.dataset;
  button.disabled = true;
  if (await send("DELETE", `uploads?${new URLSearchParams({ source })}`)) {
    say("Removed.");
    await look();
    one('.room[data-room="sources"]').focus({ preventScroll: true });
  } else button.disabled = false;
}

async function again() {
  if (await send("POST", "sources/again")) look();
}

/* A draft that is opened as a file: its text comes into the field. */
async function open(file) {
  const field = one("#draft-text");
  try {
    const reply = await fetch(`draft/text?${new URLSearchParams({ name: file.name })}`, { method: "POST", body: file });
    const { text, reason } = await reply.json();
    if (reason) return say(reason);
    if (text.length > field.maxLength) return say(`A draft may have ${field.maxLength.toLocaleString("en")} characters; check it in parts.`);
    field.value = text;
    field.form.elements.name.value = file.name;
    field.focus();
  } catch { say("The file cannot be read, or the server is not responding."); }
}

const folders = (transfer) => new Set([...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry?.isDirectory).map((entry) => entry.name));
const brings = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
const target = () => (here() ? one(".intake") : one('#desk[data-room="draft"] .drafting [type=file]')?.closest(".drafting"));

document.addEventListener("dragover", (event) => {
  if (!brings(event)) return;
  event.preventDefault(); // or the browser would leave the page for the file
  event.dataTransfer.dropEffect = target() ? "copy" : "none";
  target()?.setAttribute("data-over", "");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) all("[data-over]").forEach((each) => each.removeAttribute("data-over"));
});
document.addEventListener("drop", (event) => {
  if (!brings(event)) return;
  event.preventDefault();
  all("[data-over]").forEach((each) => each.removeAttribute("data-over"));
  const place = target();
  if (place?.matches(".intake")) take(event.dataTransfer.files, folders(event.dataTransfer));
  else if (place && event.dataTransfer.files[0]) open(event.dataTransfer.files[0]);
});
document.addEventListener("change", (event) => {
  if (event.target.matches(".intake [type=file]")) take([...event.target.files]);
  else if (event.target.matches(".drafting [type=file]") && event.target.files[0]) open(event.target.files[0]);
  else return;
  event.target.value = ""; // so that the same file may be chosen again
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  if (button?.dataset.act === "unload") unload(button);
  if (button?.dataset.act === "read-again") again();
  if (button?.dataset.act === "clear-arrivals") {
    arrivals.length = 0;
    show();
  }
});
document.addEventListener("filled", () => { show(); look(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
