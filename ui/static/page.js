// What the page does beyond Gradio: opens sources beside the answer, asks the questions that are printed as buttons.
"use strict";

(() => {
  const wide = matchMedia("(min-width: 861px)");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let opener = null; // the chip whose source is shown
  let empty = null; // what the panel shows before anything is opened

  const one = (selector) => document.querySelector(selector);
  const panel = () => one(".panel");

  /* Chips of the answer that `chip` stands in, one for each citation, in their order. */
  function siblings(chip) {
    const exchange = chip.closest(".exchange");
    const seen = new Map();
    for (const each of exchange ? exchange.querySelectorAll("a.chip[data-citation]") : []) {
      if (!seen.has(each.dataset.citation)) seen.set(each.dataset.citation, each);
    }
    return [...seen.values()].sort((a, b) => a.dataset.citation - b.dataset.citation);
  }

  /* Shows the slice that a chip points to. By hand: opened by the reader, who may want the focus to follow. */
  async function open(chip, byHand) {
    opener = chip;
    document.querySelectorAll("a.chip[aria-current]").forEach((each) => each.removeAttribute("aria-current"));
    chip.setAttribute("aria-current", "true");
    const article = await read(chip.href);
    if (opener !== chip) return; // the reader has gone on meanwhile
    const shown = panel().querySelector(".shown");
    empty ??= shown.firstElementChild;
    shown.replaceChildren(article);
    number(chip);
    panel().dataset.open = "true";
    one("#talk").inert = !wide.matches; // on a phone the panel lies over it
    const mark = shown.querySelector("mark.on");
    shown.scrollTop = mark ? Math.max(0, mark.offsetTop - shown.clientHeight / 3) : 0;
    if (!byHand) return;
    if (!wide.matches) shown.focus({ preventScroll: true });
    const position = shown.querySelector(".position");
    panel().querySelector(".aloud").textContent = position ? `Source opened at ${position.textContent}` : shown.textContent;
  }

  /* The article at an address, out of its page; where the server is gone, a sentence. */
  async function read(address) {
    let page;
    try {
      page = await (await fetch(address)).text();
    } catch {
      page = '<article class="source"><p class="trouble">The server does not answer. Start it again with onrecord chat.</p></article>';
    }
    return new DOMParser().parseFromString(page, "text/html").querySelector("article");
  }

  /* "2 of 3" and the buttons to either side. */
  function number(chip) {
    const all = siblings(chip);
    const place = all.findIndex((each) => each.dataset.citation === chip.dataset.citation);
    const [previous, next] = [".previous", ".next"].map((name) => panel().querySelector(name));
    panel().querySelector(".bar").hidden = false;
    panel().querySelector(".count").textContent = place < 0 ? "" : `${place + 1} of ${all.length}`;
    previous.hidden = next.hidden = place < 0 || all.length < 2;
    previous.disabled = place <= 0;
    next.disabled = place >= all.length - 1;
  }

  function step(by) {
    if (!opener) return;
    const all = siblings(opener);
    const place = all.findIndex((each) => each.dataset.citation === opener.dataset.citation);
    const chip = all[place + by];
    if (!chip) return;
    if (wide.matches) chip.scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
    open(chip, true);
  }

  /* On a phone the panel slides away and the reader is back at the chip; beside the talk it stays. */
  function close() {
    if (!panel() || panel().dataset.open !== "true") return;
    panel().dataset.open = "false";
    one("#talk").inert = false;
    if (opener && opener.isConnected) opener.focus({ preventScroll: wide.matches });
  }

  /* The panel as it was before anything was opened. */
  function clear() {
    if (empty) panel().querySelector(".shown").replaceChildren(empty);
    panel().querySelector(".bar").hidden = true;
  }

  /* Puts a question into the box as if it had been typed, and sends it. */
  function ask(question) {
    const box = one("#question textarea");
    box.value = question;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(() => one("#send").click());
  }

  document.addEventListener("click", (event) => {
    const chip = event.target.closest("a.chip");
    if (chip && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(chip, true);
    } else if (event.target.closest("button.question")) {
      ask(event.target.closest("button.question").textContent);
    } else if (event.target.closest(".panel .previous")) {
      step(-1);
    } else if (event.target.closest(".panel .next")) {
      step(1);
    } else if (event.target.closest(".panel .close") || (!wide.matches && !event.target.closest(".panel"))) {
      close();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && (!wide.matches || event.target.closest(".panel"))) close();
  });

  wide.addEventListener("change", close);

  /* Follows the exchange that is being worked on: its question comes to the top once, its first source opens beside. */
  let followed = "";
  function follow() {
    const exchange = one("#live .exchange");
    const state = exchange ? `${exchange.dataset.number} ${exchange.dataset.state}` : "";
    if (!exchange || state === followed) return;
    if (state.split(" ")[0] !== followed.split(" ")[0]) begin(exchange);
    followed = state;
    if (exchange.dataset.state !== "done") return;
    const first = exchange.querySelector("blockquote a.chip[data-citation]") ?? exchange.querySelector("a.chip[data-citation]");
    if (first && wide.matches) open(first, false);
    if (!first) clear();
  }

  function begin(exchange) {
    opener = null; // its chip may be drawn anew
    exchange.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
    const box = one("#question textarea");
    if (box && wide.matches) box.focus({ preventScroll: true });
  }

  new MutationObserver(follow).observe(document.documentElement, {
    subtree: true, childList: true, attributeFilter: ["data-state", "data-number"],
  });
})();
