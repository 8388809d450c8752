// Page behaviour beyond HTML and htmx: the pressed state before the answer arrives, check-ins stored while offline,
// toasts that disappear, the dialog, the theme. Texts come from <template> elements in the page, never from here.

const person = document.body.dataset.person;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const byId = (id) => document.getElementById(id);
const copyOf = (id) => byId(id).content.cloneNode(true);

// ── The check-in ────────────────────────────────────────────────────────────

const presses = new WeakMap(); // form → its look before the press, the time of the press, the number of taps waiting
const kept = new WeakMap(); // form → presses waiting for a connection, newest last

const partsOf = (form) => ({
  button: form.querySelector(".ink"),
  meta: form.closest(".habit, #now")?.querySelector(".habit-meta"),
});

function lookOf(form) {
  const { button, meta } = partsOf(form);
  return { ink: button.innerHTML, pressed: button.ariaPressed, state: button.dataset.state, meta: meta?.innerHTML };
}

function restore(form, look) {
  const { button, meta } = partsOf(form);
  button.innerHTML = look.ink;
  button.ariaPressed = look.pressed;
  if (look.state) button.dataset.state = look.state;
  button.classList.remove("just-done");
  if (meta) meta.innerHTML = look.meta;
}

// Shows the expected answer at once: the number, the ring and, when the target is reached, the blot.
function bump(form) {
  const { button } = partsOf(form);
  button.dataset.state = "open";
  const [number, fraction] = button.querySelector("text")?.childNodes ?? [];
  const target = Number(fraction?.textContent.slice(1)); // "/8"; a percentage has none and waits for the answer
  if (form.dataset.check === "once") return bloom(button);
  if (!target) return;
  const count = Number(number.data) + Number(form.elements.count.value);
  number.data = form.dataset.check === "at_most" ? count : Math.min(count, target);
  for (const segment of [...button.querySelectorAll("path.ink-track")].slice(0, form.elements.count.value)) {
    segment.classList.replace("ink-track", "ink-count");
  }
  if (count >= target && form.dataset.check === "count") bloom(button);
}

function bloom(button) {
  button.ariaPressed = "true";
  button.classList.add("just-done");
}

// Continues the animation of the pressed row in the row that replaced it: the bloom and the rising level.
function carryOn(button, since, levelWas) {
  if (calm.matches) return;
  for (const animation of button.getAnimations({ subtree: true })) animation.currentTime = performance.now() - since;
  const level = button.querySelector(".ink-level");
  const from = Number(levelWas) - Number(heightOf(button));
  if (level && from) {
    level.animate({ transform: [`translateY(${from}px)`, "none"] }, { duration: 420, easing: "cubic-bezier(.2, .8, .2, 1)" });
  }
}

const heightOf = (root) => root.querySelector(".ink-level")?.getAttribute("d").match(/^M8 ([\d.]+)/)[1] ?? 53;

document.addEventListener("click", (event) => {
  const form = event.target.closest("form[data-check] .ink")?.form;
  if (!form) return;
  const press = presses.get(form);
  const { button } = partsOf(form);
  if (press) {
    // The answer has not arrived: another tap on a counted habit counts, one on a finished habit does not.
    event.preventDefault();
    if (form.dataset.check !== "once" && form.dataset.check !== "undo" && button.ariaPressed !== "true") {
      press.taps += 1;
      bump(form);
    }
  } else if (button.ariaPressed === "true" && kept.get(form)?.length) {
    event.preventDefault();
    takeBack(form);
  }
}, true);

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const form = detail.elt;
  if (!form.dataset.check) return;
  presses.set(form, { look: lookOf(form), since: performance.now(), at: new Date().toISOString(), level: heightOf(form), taps: 0 });
  const { button } = partsOf(form);
  if (form.dataset.check === "undo") button.ariaPressed = "false";
  else bump(form);
  setTimeout(() => presses.has(form) && (button.ariaBusy = "true"), 800);
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.requestConfig.elt; // detail.elt is an ancestor when the swap removed the form
  const press = presses.get(form);
  if (press) {
    presses.delete(form);
    partsOf(form).button.ariaBusy = null;
    if (!form.isConnected) answered(partsOf(form).button.id, press);
    else if (detail.xhr.status === 0 && form.dataset.check !== "undo") keep(form, press);
    else fail(form, press);
  }
  if (document.activeElement === document.body && form.dataset?.focus) byId(form.dataset.focus)?.focus();
});

function answered(id, press) {
  const button = byId(id);
  if (!button) return;
  carryOn(button, press.since, press.level);
  // The mood question after a check-in must not open behind the toast and the tab bar.
  button.closest(".habit")?.querySelector(".after")?.scrollIntoView({ block: "nearest" });
  const form = button.form;
  if (press.taps && form?.elements.count) {
    form.elements.count.value *= press.taps;
    document.addEventListener("htmx:afterSettle", () => htmx.trigger(form, "submit"), { once: true });
  }
}

// The ring and the sums come with the answer. Answers to quick taps may arrive in another order: the newest stays.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (Number(target.dataset.at) > Number(fragment.firstElementChild?.dataset.at)) event.preventDefault();
});

// Meanwhile check-ins may have been made in another tab or on another device.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") document.body.dispatchEvent(new Event("stale"));
});

function fail(form, press) {
  restore(form, press.look);
  const { button, meta } = partsOf(form);
  button.dataset.state = "error";
  button.replaceChildren(copyOf("check-failed-ink"));
  meta?.replaceChildren(copyOf("check-failed"));
}

// ── Stored while offline ──────────────────────────────────────────────────────

async function checks(mode, deed) {
  const database = await new Promise((resolve, reject) => {
    const opening = indexedDB.open("wellness", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("checks", { keyPath: "key" });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  return new Promise((resolve, reject) => {
    const transaction = database.transaction("checks", mode);
    const asked = deed(transaction.objectStore("checks"));
    transaction.oncomplete = () => (database.close(), resolve(asked.result));
    transaction.onabort = () => (database.close(), reject(transaction.error));
  });
}

async function mine() {
  const all = await checks("readonly", (store) => store.getAll());
  return all.filter((check) => check.person === person).sort((a, b) => (a.at < b.at ? -1 : 1));
}

async function keep(form, press) {
  const { key, count } = form.elements;
  const check = { key: key.value, count: count.value * (1 + press.taps), at: press.at, url: form.action, person };
  try {
    await checks("readwrite", (store) => store.put(check));
  } catch {
    return fail(form, press);
  }
  showKept(form, check, press.look);
  tellKept();
}

function showKept(form, check, look) {
  kept.set(form, [...(kept.get(form) ?? []), { key: check.key, look }]);
  form.elements.key.value = crypto.randomUUID(); // the next tap is another check-in
  const { button, meta } = partsOf(form);
  button.querySelector(".corner") ?? button.append(copyOf("check-kept-corner"));
  meta?.replaceChildren(copyOf("check-kept"));
}

async function takeBack(form) {
  const last = kept.get(form).pop();
  await checks("readwrite", (store) => store.delete(last.key));
  restore(form, last.look);
  tellKept();
}

async function tellKept() {
  const note = byId("offline");
  const count = (await mine()).length;
  note.hidden = navigator.onLine && !count;
  note.querySelector("[data-kept]").hidden = !count;
  note.querySelector("[data-kept-count]").textContent = count;
}

// Fetches this page again for a current CSRF token: the page may come from the cache or may have been open for days.
// Null when nobody is signed in any more, or another person is.
async function freshPage() {
  const answer = await fetch(location.pathname, { redirect: "manual", headers: { Accept: "text/html" } });
  if (answer.type === "opaqueredirect") globalThis.caches?.delete("pages"); // signed out, perhaps on another device
  if (!answer.ok) return null;
  const { body } = new DOMParser().parseFromString(await answer.text(), "text/html");
  return body.dataset.person === person ? body : null;
}

async function sendKept() {
  const waiting = await mine();
  if (!waiting.length || !navigator.onLine) return;
  const told = { sent: false, refused: false };
  try {
    const page = await freshPage();
    if (!page) return;
    const token = JSON.parse(page.getAttribute("hx-headers"))["X-CSRFToken"];
    for (const { key, count, at, url } of waiting) {
      const answer = await fetch(url, {
        method: "POST",
        redirect: "manual",
        headers: { "X-CSRFToken": token, "HX-Request": "true" },
        body: new URLSearchParams({ key, count, at }),
      });
      const refused = [400, 404, 409, 422].includes(answer.status);
      if (!answer.ok && !refused) break; // signed out, rate-limited or a server error: the check-in stays stored
      await checks("readwrite", (store) => store.delete(key));
      told[refused ? "refused" : "sent"] = true;
    }
  } catch {
    // The connection was lost again; what was not sent is still stored.
  }
  if (told.sent || told.refused) {
    const main = (await freshPage())?.querySelector("#main");
    if (main) {
      byId("main").replaceWith(main);
      htmx.process(main);
    }
    for (const kind of ["sent", "refused"]) if (told[kind]) byId("toasts").append(copyOf(`checks-${kind}`));
  }
  tellKept();
}

async function showAllKept() {
  for (const check of await mine()) {
    const form = [...document.querySelectorAll("form[data-check]")].find((one) => one.action === check.url);
    if (!form || form.dataset.check === "undo") continue;
    const look = lookOf(form);
    bump(form);
    showKept(form, check, look);
  }
}

if (person) {
  navigator.serviceWorker?.register("/sw.js");
}
if (person && byId("offline")) {
  addEventListener("online", sendKept);
  addEventListener("offline", tellKept);
  showAllKept().then(tellKept).then(sendKept);
}
// On a back navigation the browser may show a cached page, from before the taps or before signing out.
if (person && byId("offline") && performance.getEntriesByType("navigation")[0]?.type === "back_forward") location.reload();
// Nobody is signed in: the page stored for the last person must not be shown to the next.
if ("nobody" in document.body.dataset) {
  globalThis.caches?.delete("pages");
  forgetPush();
}

// The offline page leads to Today while a kept one is there; the service worker has deleted it where it may not be shown.
const today = document.querySelector("a[data-kept-today]");
if (today) {
  globalThis.caches?.match(today.href, { cacheName: "pages" }).then((page) => {
    for (const part of document.querySelectorAll("[data-kept-today]")) part.hidden = !page;
  });
}

// Ends the push subscription: without a signed-in person, this device shows no notifications.
async function forgetPush() {
  const registration = await navigator.serviceWorker?.getRegistration();
  const subscription = await registration?.pushManager?.getSubscription();
  await subscription?.unsubscribe();
}

// ── Photo uploads ─────────────────────────────────────────────────────

const partOf = (form, part) => form.querySelector(part);

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt;
  if (!form.dataset.upload) return;
  const tooHeavy = [...partOf(form, "input[type=file]").files].some((file) => file.size > form.dataset.upload);
  if (tooHeavy) {
    event.preventDefault();
    form.reset();
  }
  partOf(form, "[data-too-heavy]").hidden = !tooHeavy;
  partOf(form, "[data-failed]").hidden = true;
  partOf(form, "progress").hidden = tooHeavy;
});

document.addEventListener("htmx:xhr:progress", ({ target, detail }) => {
  const bar = target.dataset.upload && partOf(target, "progress");
  // Everything is sent. How long the server needs to read it is unknown.
  if (bar && detail.loaded < detail.total) bar.value = (100 * detail.loaded) / detail.total;
  else bar?.removeAttribute?.("value");
});

for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(failure, ({ detail: { elt: form } }) => {
    if (!form.dataset.upload) return;
    form.reset();
    partOf(form, "progress").hidden = true;
    partOf(form, "[data-failed]").hidden = false;
  });
}

// ── Toasts, the dialog, small things ─────────────────────────────────────────

function leave(toast) {
  setTimeout(() => (toast.matches(":hover, :focus-within") ? leave(toast) : toast.remove()), 8000);
}

const toasts = byId("toasts");
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) for (const node of addedNodes) if (node.matches?.("[data-leaves]")) leave(node);
}).observe(toasts, { childList: true });
toasts.querySelectorAll("[data-leaves]").forEach(leave);

// The dialog is open while it has content.
const dialog = byId("dialog");
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  // The answer to an amount is the row under the dialog.
  if (dialog?.contains(detail.requestConfig?.elt) && !dialog.contains(detail.target)) dialog.replaceChildren();
  if (dialog?.childElementCount && !dialog.open) dialog.showModal();
  if (!dialog?.open || dialog.childElementCount) return;
  dialog.close();
  // What opened the dialog may have been replaced with its row.
  if (document.activeElement === document.body) byId(detail.requestConfig?.elt?.dataset.focus)?.focus();
});
dialog?.addEventListener("close", () => dialog.replaceChildren());

document.addEventListener("click", (event) => {
  const { target } = event;
  const dismissing = target.closest("[data-dismiss]");
  if (dismissing) {
    event.preventDefault();
    const gone = dismissing.closest(dismissing.dataset.dismiss);
    byId(gone.dataset.focus)?.focus();
    gone.remove();
  }
  if (dialog && (target === dialog || target.closest("#dialog [data-close]"))) {
    event.preventDefault();
    dialog.close();
  }
  const step = target.closest("[data-step]");
  if (step) {
    const input = step.closest(".stepper").querySelector("input");
    step.dataset.step > 0 ? input.stepUp() : input.stepDown();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

// A text that is too long is not sent and never cut: `maxlength` cuts a paste inside an emoji and counts UTF-16 units.
// Counted as on the server (core/text_storage.py): LF, NFC, code points.
document.addEventListener("input", ({ target }) => {
  if (!target.dataset.longest) return;
  const count = [...target.value.trim().normalize("NFC")].length;
  target.setCustomValidity(count > target.dataset.longest ? target.dataset.tooLong : "");
});

// Enter sends a question, Shift+Enter begins a line. The Enter that ends a Hangul syllable (isComposing; 229 in Safari, after
// the composition has ended) does neither, and a question on its way is not sent again.
document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.key !== "Enter" || event.shiftKey || !("send" in (target.dataset ?? {}))) return;
  if (event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  if (target.value.trim()) target.form.requestSubmit();
});
document.addEventListener("submit", (event) => {
  const { target } = event;
  if (!target.querySelector("[data-send]")) return;
  if (target.dataset.sending) event.preventDefault();
  else target.dataset.sending = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
});

// A key that ends an IME composition submits no form and closes no dialog.
document.addEventListener("keydown", (event) => {
  if (event.isComposing && ["Enter", "Escape"].includes(event.key)) {
    event.stopPropagation();
    if (event.key === "Escape") event.preventDefault();
  }
}, true);

const themes = document.querySelector("[data-theme-switch]");
if (themes) themes.querySelector(`[value="${document.documentElement.dataset.theme ?? "auto"}"]`).checked = true;
themes?.addEventListener("change", ({ target: { value } }) => {
  const [chosen, age] = value === "auto" ? ["", 0] : [value, 31536000];
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
  document.cookie = `theme=${chosen}; path=/; max-age=${age}; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
});

for (const input of document.querySelectorAll("[data-timezone]")) {
  input.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
}

// The button "use this device's time zone" fills the field beside it.
for (const button of document.querySelectorAll("[data-use-timezone]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    byId(button.dataset.useTimezone).value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  });
}

// A file that is too big is refused before the upload.
document.addEventListener("submit", (event) => {
  const input = event.target.querySelector("[data-most]");
  const tooBig = input?.files[0]?.size > Number(input?.dataset.most);
  if (input) event.target.querySelector("[data-too-big]").hidden = !tooBig;
  if (tooBig) event.preventDefault();
});

// ── Sign-up: one box for all agreements ─────────────────────────────────────

for (const all of document.querySelectorAll("[data-agree-all]")) {
  const box = all.querySelector("input");
  const each = [...all.closest("form").querySelectorAll(".checks input[type=checkbox]")];
  const compare = () => (box.checked = each.every((one) => one.checked));
  all.hidden = false;
  box.addEventListener("change", () => each.forEach((one) => (one.checked = box.checked)));
  each.forEach((one) => one.addEventListener("change", compare));
  compare();
}
