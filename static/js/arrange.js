// Habits are put in order by hand: a row is held by its grip and moves among the lists it is dragged over. The arrows
// beside it do the same without a pointer; the server keeps the whole order when the row is let go.

const groups = document.getElementById("groups");
groups.classList.add("can-drag");

let held = null; // the row in hand
let from = 0; // where the pointer was when the row last stood in its place

groups.addEventListener("pointerdown", (event) => {
  if (event.button || !event.target.closest("[data-grab]")) return;
  event.preventDefault();
  held = event.target.closest(".arranged");
  from = event.clientY;
  held.classList.add("is-held");
  groups.setPointerCapture(event.pointerId);
});

groups.addEventListener("pointermove", ({ clientY }) => {
  if (!held) return;
  const before = held.getBoundingClientRect().top;
  place(clientY);
  from += held.getBoundingClientRect().top - before;
  held.style.transform = `translateY(${clientY - from}px)`;
});

for (const kind of ["pointerup", "pointercancel"]) {
  groups.addEventListener(kind, () => {
    if (!held) return;
    // Whole, not emptied: htmx carries attributes over to the list drawn anew, and no style may come as one. Asking
    // first makes Chromium write down the attribute that it would otherwise bring back.
    if (held.hasAttribute("style")) held.removeAttribute("style");
    held.classList.remove("is-held");
    held = null;
    keep();
  });
}

// Before the first row whose middle lies below the pointer, in the list that the pointer is in or nearest to.
function place(y) {
  const lists = [...groups.querySelectorAll("[data-group]")];
  const away = ({ top, bottom }) => Math.max(top - y, y - bottom, 0);
  const list = lists.reduce((near, one) => (away(one.getBoundingClientRect()) < away(near.getBoundingClientRect()) ? one : near));
  const rows = [...list.querySelectorAll(".arranged")].filter((row) => row !== held);
  const next = rows.find((row) => {
    const { top, height } = row.getBoundingClientRect();
    return y < top + height / 2;
  });
  if (held.parentElement !== list || held.nextElementSibling !== (next ?? null)) list.insertBefore(held, next ?? null);
}

async function keep() {
  const order = [...groups.querySelectorAll("[data-group]")].map((list) => [
    list.dataset.group,
    [...list.querySelectorAll(".arranged")].map((row) => row.dataset.id),
  ]);
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  const body = new URLSearchParams({ order: JSON.stringify(order) });
  const answer = await fetch(groups.dataset.orderUrl, { method: "POST", headers, body }).catch(() => null);
  if (!answer?.ok) location.reload();
}

// The list is drawn anew after an arrow: the finger stays on the same one.
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const pressed = detail.requestConfig?.triggeringEvent?.submitter?.id;
  if (!pressed) return;
  document.addEventListener("htmx:afterSettle", () => document.getElementById(pressed)?.focus(), { once: true });
});
