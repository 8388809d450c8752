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
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, [contenteditable]")) return;
  const search = document.getElementById("find-all");
  if (!search) return;
  event.preventDefault();
  search.focus();
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
  const input = row.querySelector("input");
  input.value = "";
  input.removeAttribute("id");
  list.append(row);
  input.focus();
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-row]");
  if (!button) return;
  const row = button.closest("li");
  const deed = button.dataset.row;
  if (deed === "add") addRow(button.parentElement.querySelector(".rows-edit"));
  else if (deed === "clear") {
    row.querySelector("input").value = "";
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
