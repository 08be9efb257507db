// The source beside the answer: opens the slice that a chip points to, and walks through its neighbours.
import { all, fragment, one, smoothly, wide } from "./basics.js";

let opener = null; // the chip whose source is shown
let empty = null; // what the panel shows before anything is opened

const panel = () => one(".panel");

/* Chips of the answer that `chip` stands in, one for each citation in their order; in a list, all that can be opened. */
function siblings(chip) {
  const exchange = chip.closest(".exchange");
  if (!exchange) return all("a.chip.open", chip.closest(".sheet") ?? chip.closest(".statements, .room") ?? document.body);
  if (!chip.dataset.citation) return all("a.chip.open", exchange);
  const seen = new Map();
  for (const each of all("a.chip[data-citation]", exchange)) {
    if (!seen.has(each.dataset.citation)) seen.set(each.dataset.citation, each);
  }
  return [...seen.values()].sort((a, b) => a.dataset.citation - b.dataset.citation);
}

const place = (chip) => siblings(chip).findIndex((each) => each.href === chip.href);

/* Shows the slice that a chip points to. By hand: opened by the reader, who may want the focus to follow. */
export async function open(chip, byHand) {
  opener = chip;
  all("a[aria-current=true]").forEach((each) => each.removeAttribute("aria-current"));
  chip.setAttribute("aria-current", "true");
  const nodes = await fragment(chip.href);
  if (opener !== chip) return; // the reader has gone on meanwhile
  const article = nodes.map((node) => (node.matches?.("article") ? node : node.querySelector?.("article"))).find(Boolean);
  const shown = one(".shown", panel());
  empty ??= shown.firstElementChild;
  shown.replaceChildren(article);
  number(chip);
  panel().dataset.open = "true";
  one("#talk").inert = one("#rooms").inert = !wide.matches; // on a phone the panel lies over them
  const mark = one("mark.on", shown);
  const above = Math.max(shown.clientHeight / 3, (one("header", shown)?.offsetHeight ?? 0) + 28); // the head stays
  shown.scrollTop = mark ? Math.max(0, mark.offsetTop - above) : 0;
  if (!byHand) return;
  if (!wide.matches) shown.focus({ preventScroll: true });
  const position = one(".position", shown);
  one(".aloud", panel()).textContent = position ? `Source opened at ${position.textContent}` : shown.textContent;
}

/* "2 of 3" and the buttons to either side. */
function number(chip) {
  const count = siblings(chip).length;
  const at = place(chip);
  const [previous, next] = [".previous", ".next"].map((name) => one(name, panel()));
  one(".bar", panel()).hidden = false;
  one(".count", panel()).textContent = at < 0 ? "" : `${at + 1} of ${count}`;
  previous.hidden = next.hidden = at < 0 || count < 2;
  previous.disabled = at <= 0;
  next.disabled = at >= count - 1;
}

export function step(by) {
  const chip = opener?.isConnected ? siblings(opener)[place(opener) + by] : null;
  if (!chip) return;
  if (wide.matches) chip.scrollIntoView({ block: "nearest", behavior: smoothly() });
  open(chip, true);
}

/* On a phone the panel slides away and the reader is back at the chip; beside the talk it stays. True if it was open. */
export function close() {
  if (!panel() || panel().dataset.open !== "true") return false;
  panel().dataset.open = "false";
  one("#talk").inert = one("#rooms").inert = false;
  if (opener?.isConnected) opener.focus({ preventScroll: wide.matches });
  return !wide.matches;
}

/* The panel as it was before anything was opened. */
export function clear() {
  opener = null;
  if (!panel()) return;
  if (empty) one(".shown", panel()).replaceChildren(empty);
  one(".bar", panel()).hidden = true;
}

export function forget() {
  opener = null; // its chip may be drawn anew
}

document.addEventListener("click", (event) => {
  const chip = event.target.closest("a.chip, a.reads");
  if (chip && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    open(chip, true);
  } else if (event.target.closest(".panel .previous")) {
    step(-1);
  } else if (event.target.closest(".panel .next")) {
    step(1);
  } else if (event.target.closest(".panel .close") || (!wide.matches && !event.target.closest(".panel"))) {
    close();
  }
});

wide.addEventListener("change", close);
