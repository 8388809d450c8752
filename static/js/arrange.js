// Reordering habits by dragging: a row is dragged by its grip within and between the lists. The arrow buttons do the same
// without a pointer. The server stores the whole order when the row is dropped.

// The lists inside it are replaced by a search and by the arrows.
const groups = document.getElementById("found");
groups.classList.add("can-drag");

let held = null; // the row being dragged
let from = 0; // y of the pointer at which the row needs no offset

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
    // Remove the attribute instead of emptying it: htmx copies attributes to the new list, and the CSP forbids a style
    // attribute. Reading it first makes Chromium serialise the attribute, which it would otherwise restore.
    if (held.hasAttribute("style")) held.removeAttribute("style");
    held.classList.remove("is-held");
    held = null;
    keep();
  });
}

// Puts the row before the first one whose middle is below the pointer, in the list nearest to the pointer.
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

// The list is replaced after an arrow button: focus returns to the same button.
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const pressed = detail.requestConfig?.triggeringEvent?.submitter?.id;
  if (!pressed) return;
  document.addEventListener("htmx:afterSettle", () => document.getElementById(pressed)?.focus(), { once: true });
});
