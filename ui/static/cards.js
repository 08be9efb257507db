// The card at a chip: quote, speaker, outlet and date on hover and focus, gone with Escape.
import { one } from "./basics.js";

const DELAY = 140; // so that a pointer on its way elsewhere opens nothing
let waiting;
let shownFor = null;

const card = () => one("#hover");

function show(chip) {
  const exchange = chip.closest(".exchange");
  const told = exchange && one(`.cited .card[data-citation="${chip.dataset.citation}"]`, exchange);
  if (!told || !chip.isConnected) return;
  card().replaceChildren(...[...told.cloneNode(true).children].filter((part) => !part.matches("button")));
  card().className = told.className;
  card().hidden = false;
  shownFor = chip;
  chip.setAttribute("aria-describedby", "hover");
  stand(chip);
}

/* Below the chip if there is room, else above it; never past the edge of the window. */
function stand(chip) {
  const line = chip.getClientRects()[0];
  const { offsetWidth: width, offsetHeight: height } = card();
  const left = Math.min(Math.max(8, line.left - 24), innerWidth - width - 8);
  const below = line.bottom + 8;
  card().style.left = `${left}px`;
  card().style.top = `${below + height < innerHeight - 8 ? below : Math.max(8, line.top - height - 8)}px`;
}

export function hide() {
  clearTimeout(waiting);
  if (!shownFor) return false;
  shownFor.removeAttribute("aria-describedby");
  shownFor = null;
  card().hidden = true;
  return true;
}

function later(chip) {
  clearTimeout(waiting);
  if (chip !== shownFor) waiting = setTimeout(() => { hide(); show(chip); }, DELAY);
}

document.addEventListener("pointerover", (event) => {
  if (event.pointerType !== "mouse") return; // a finger opens the source itself
  const chip = event.target.closest("a.chip[data-citation]");
  if (chip) return later(chip);
  clearTimeout(waiting);
  if (shownFor && !event.target.closest("#hover")) waiting = setTimeout(hide, DELAY);
  return undefined;
});
document.addEventListener("focusin", (event) => {
  const chip = event.target.closest("a.chip[data-citation]");
  if (chip && chip.matches(":focus-visible")) later(chip);
  else if (!event.target.closest("#hover")) hide();
});
document.addEventListener("scroll", hide, { capture: true, passive: true });
