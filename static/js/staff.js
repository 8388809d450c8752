// The staff pages: the theme of this device, `/` to the search, rows that are added and moved, the preview.
// Loaded in the head without waiting, so that a page never flashes in the other theme.

const root = document.documentElement;
const MODES = ["auto", "light", "dark"];
root.dataset.theme = document.cookie.match(/(?:^|; )theme=(light|dark)/)?.[1] ?? "auto";

function setTheme(mode) {
  root.dataset.theme = mode;
  const [value, age] = mode === "auto" ? ["", 0] : [mode, 31536000];
  document.cookie = `theme=${value}; path=/; max-age=${age}; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
}

document.addEventListener("click", ({ target }) => {
  if (target.closest(".theme-toggle")) setTheme(MODES[(MODES.indexOf(root.dataset.theme) + 1) % MODES.length]);
});

// ── Search ──────────────────────────────────────────────────────────────────

document.addEventListener("keydown", (event) => {
  if ((event.key !== "/" && event.code !== "Slash") || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, [contenteditable]")) return;
  const search = document.getElementById("find-all");
  if (!search) return;
  event.preventDefault();
  search.focus();
});

// A letter puts the focus on the button that shows it; Enter then does it.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, [contenteditable]")) return;
  // While a Korean keyboard is on, the key itself says which letter it is.
  const letter = /^[a-z]$/.test(event.key) ? event.key : event.code.match(/^Key([A-Z])$/)?.[1].toLowerCase();
  const button = letter && document.querySelector(`[data-key="${letter}"]`);
  if (!button) return;
  event.preventDefault();
  button.focus();
});

// The name of the file that was chosen, in our words (templates/_components/file.html).
document.addEventListener("change", ({ target }) => {
  const name = target.type === "file" && target.parentElement.querySelector("[data-file-name]");
  if (name && target.files.length) name.textContent = target.files[0].name;
});

// ── The menu ────────────────────────────────────────────────────────────────

document.addEventListener("DOMContentLoaded", () => {
  const menu = document.getElementById("nav-sidebar"), here = menu?.querySelector("[aria-current]");
  if (here && here.offsetTop + here.offsetHeight > menu.clientHeight) menu.scrollTop = here.offsetTop - menu.clientHeight / 2;
});

// ── Who else has this form open ─────────────────────────────────────────────

async function sayWhoIsHere(place) {
  const sent = new FormData();
  sent.set("page", location.pathname);
  sent.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  try {
    const answer = await fetch(place.dataset.here, { method: "POST", body: sent });
    if (answer.ok) place.textContent = await answer.text();
  } catch {
    // The next time it may be there again.
  }
}

document.addEventListener("DOMContentLoaded", () => {
  const place = document.querySelector("[data-here]");
  if (!place) return;
  sayWhoIsHere(place);
  setInterval(() => sayWhoIsHere(place), 20_000);
});

// ── Rows of text: steps and tips ────────────────────────────────────────────

function step(row, by) {
  const next = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!next) return;
  if (by < 0) next.before(row);
  else next.after(row);
  changed(row);
}

const changed = (row) => row.dispatchEvent(new Event("input", { bubbles: true }));

function addRow(list) {
  const row = list.lastElementChild.cloneNode(true);
  const text = row.querySelector("textarea");
  text.value = "";
  text.removeAttribute("id");
  list.append(row);
  text.focus();
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-row]");
  if (!button) return;
  const row = button.closest("li");
  const deed = button.dataset.row;
  if (deed === "add") addRow(button.parentElement.querySelector(".rows-edit"));
  else if (deed === "clear") {
    row.querySelector("textarea").value = "";
    changed(row);
  } else {
    step(row, deed === "up" ? -1 : 1);
    button.focus();
  }
});

document.addEventListener("keydown", (event) => {
  const row = event.altKey && event.target.closest(".rows-edit li");
  if (!row || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  step(row, event.key === "ArrowUp" ? -1 : 1);
  event.target.focus();
});

// A phone shows other buttons in the row that is written. A button that was pressed may not vanish under the finger.
document.addEventListener("focusin", ({ target }) => {
  const row = target.closest(".rows-edit > li");
  for (const one of document.querySelectorAll(".rows-edit > .is-written")) one.classList.toggle("is-written", one === row);
  row?.classList.toggle("is-written", !target.matches('[data-row="clear"]'));
});

// Each row is one line of text: Enter goes to the next, after the last to a new one.
document.addEventListener("keydown", (event) => {
  const row = event.key === "Enter" && !event.isComposing && event.target.closest(".rows-edit textarea")?.closest("li");
  if (!row) return;
  event.preventDefault();
  if (row.nextElementSibling) row.nextElementSibling.querySelector("textarea").focus();
  else addRow(row.parentElement);
});

// ── Rows that are dragged, or moved by a button, in a list and in a form ───

// A row moves among those of its group only: a template within its category.
const groupOf = (row) => row.querySelector("[data-group]")?.dataset.group ?? "";
const peersOf = (row) => [...row.parentElement.children].filter((one) => groupOf(one) === groupOf(row));
// A list that is sorted by a column shows another order than the one that is kept.
const isSorted = () => new URLSearchParams(location.search).has("o");
let dragged;

function neighbour(row, by) {
  const peers = peersOf(row);
  return peers[peers.indexOf(row) + by];
}

async function keepPlace(row) {
  const place = row.querySelector("[data-move]");
  if (!place) return changed(row);
  const above = neighbour(row, -1), below = neighbour(row, 1);
  const sent = new FormData();
  sent.set(above ? "after" : "before", (above ?? below).querySelector("[data-key]").dataset.key);
  sent.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  try {
    // The answer leads back to this list, which shows it already.
    const answer = await fetch(place.dataset.move, { method: "POST", body: sent, redirect: "manual" });
    if (answer.type !== "opaqueredirect") location.reload();
  } catch {
    location.reload();
  }
}

document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest("[data-grip]");
  if (!grip || event.button || isSorted()) return;
  event.preventDefault();
  const row = grip.closest("li, tr");
  dragged = { row, next: row.nextElementSibling };
  row.classList.add("is-dragged");
  root.setPointerCapture(event.pointerId);
});

document.addEventListener("pointermove", ({ clientY }) => {
  if (!dragged) return;
  const { row } = dragged;
  for (const one of peersOf(row)) {
    const { top, height } = one.getBoundingClientRect();
    const isAbove = Boolean(one.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING);
    if (one === row || clientY < top || clientY > top + height) continue;
    if (isAbove && clientY < top + height / 2) one.before(row);
    else if (!isAbove && clientY > top + height / 2) one.after(row);
    return;
  }
});

function drop({ type }) {
  if (!dragged) return;
  const { row, next } = dragged;
  dragged = undefined;
  row.classList.remove("is-dragged");
  if (type === "pointercancel") row.parentElement.insertBefore(row, next);
  else if (row.nextElementSibling !== next) keepPlace(row);
}
document.addEventListener("pointerup", drop);
document.addEventListener("pointercancel", drop);

// The buttons of a list move a row that has a neighbour on the page at once, and keep the focus.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move] button");
  const row = button?.closest("tr");
  const other = row && !isSorted() && neighbour(row, Number(button.value));
  if (!other) return;
  event.preventDefault();
  if (button.value === "-1") other.before(row);
  else other.after(row);
  keepPlace(row);
  button.focus();
});

// ── Preview ─────────────────────────────────────────────────────────────────

let waiting, asked = 0;

async function preview(form, place) {
  const mine = ++asked;
  const answer = await fetch(place.dataset.preview, { method: "POST", body: new FormData(form) });
  const html = await answer.text();
  if (answer.ok && mine === asked) place.innerHTML = html;
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest("form");
  const place = form?.querySelector("[data-preview]");
  if (!place) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => preview(form, place), 300);
});

// Django's chooser of permissions, drawn once the page has loaded, names its tooltips: only a role makes them heard.
window.addEventListener("load", () => setTimeout(() => {
  for (const tooltip of document.querySelectorAll(".help-tooltip[aria-label]")) tooltip.setAttribute("role", "img");
}));
