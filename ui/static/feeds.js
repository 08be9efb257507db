// Articles and feeds by address: what is sent to the server, and how the fetching goes.
import { fragment, one, send } from "./basics.js";

const QUICK = 900; // milliseconds between two looks while something is fetched
const place = () => one('.room[data-room="sources"] .web');
let timer;

/* What is followed and what was fetched, as it is now; what is typed and opened stays. */
async function draw() {
  clearTimeout(timer);
  const before = place();
  if (!before) return;
  const fresh = (await fragment("sources/web")).find((node) => node.matches?.(".web"));
  if (fresh) {
    const opened = one(".fetches", before)?.open;
    one(".fetched", before).replaceChildren(...one(".fetched", fresh).childNodes);
    if (opened && one(".fetches", before)) one(".fetches", before).open = true;
    before.toggleAttribute("data-busy", fresh.hasAttribute("data-busy"));
  }
  if (before.hasAttribute("data-busy")) timer = setTimeout(draw, QUICK);
}

async function act(method, address, content) {
  if (!(await send(method, address, content))) return false;
  await draw();
  return true;
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest('form[data-act="fetch-address"]');
  if (!form) return;
  event.preventDefault();
  const { address, follow } = form.elements;
  if (await act("POST", "sources/web", { address: address.value, follow: follow.checked })) form.reset();
});
document.addEventListener("change", (event) => {
  const { act: does, feed } = event.target.dataset ?? {};
  if (does === "feed-interval") act("POST", "sources/web/interval", { address: feed, hours: Number(event.target.value) });
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-feed]");
  if (button?.dataset.act === "refresh-feed") act("POST", "sources/web/refresh", { address: button.dataset.feed });
  if (button?.dataset.act === "unfollow") act("DELETE", `sources/web?${new URLSearchParams({ address: button.dataset.feed })}`);
});
document.addEventListener("filled", () => { if (place()?.hasAttribute("data-busy")) draw(); });
