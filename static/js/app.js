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
  const { innerHTML: ink, ariaPressed: pressed, ariaLabel: label } = button;
  return { ink, pressed, label, state: button.dataset.state, meta: meta?.innerHTML };
}

function restore(form, look) {
  const { button, meta } = partsOf(form);
  button.innerHTML = look.ink;
  button.ariaPressed = look.pressed;
  button.ariaLabel = look.label;
  if (look.state) button.dataset.state = look.state;
  button.classList.remove("just-done");
  if (meta) meta.innerHTML = look.meta;
}

// Shows the expected answer at once: the number, the ring and, when the target is reached, the blot.
function bump(form, by = form.elements.count.value) {
  const { button } = partsOf(form);
  button.dataset.state = "open";
  const [number, fraction] = button.querySelector("text")?.childNodes ?? [];
  const target = Number(fraction?.textContent.slice(1)); // "/8"; a percentage has none and waits for the answer
  if (form.dataset.check === "once") return bloom(button);
  if (!target) return;
  const count = Number(number.data) + Number(by);
  number.data = form.dataset.check === "at_most" ? count : Math.min(count, target);
  for (const segment of [...button.querySelectorAll("path.ink-track")].slice(0, by)) {
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
  } else if (kept.get(form)?.length && (form.dataset.check === "undo" || button.ariaPressed === "true")) {
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
    else if (UNANSWERED.has(detail.xhr.status)) keep(form, press).then(() => signIn(detail.xhr));
    else fail(form, press);
  }
  if (document.activeElement === document.body && form.dataset?.focus) byId(form.dataset.focus)?.focus();
});

// No connection, no session, no cookies, too many at once, no server: the press is kept and sent later.
const UNANSWERED = new Set([0, 401, 403, 429, 500, 502, 503, 504]);

// htmx would leave for the login at once, before the press is kept.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (presses.has(requestConfig.elt) && UNANSWERED.has(xhr.status)) event.preventDefault();
});

// Signed out: to the login. A token that is not valid any more: this page again, or the login where it needs one.
function signIn(xhr) {
  const login = xhr.status === 401 && xhr.getResponseHeader("HX-Redirect");
  if (login) location.assign(login);
  else if (xhr.status === 403) location.reload();
}

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
  if (document.visibilityState !== "visible") return;
  document.body.dispatchEvent(new Event("stale"));
  if (person) sendKept();
});

function fail(form, press) {
  restore(form, press.look);
  const { button, meta } = partsOf(form);
  button.dataset.state = "error";
  button.replaceChildren(copyOf("check-failed-ink"));
  meta?.replaceChildren(copyOf("check-failed"));
}

// While something is kept it is tried again after 5, 10, 20 … seconds, at most every five minutes.
const FIRST_PAUSE = 5000;
let pause = FIRST_PAUSE;
let retrying;


// ── Stored while offline ──────────────────────────────────────────────────────

async function checks(mode, request) {
  const database = await new Promise((resolve, reject) => {
    const opening = indexedDB.open("wellness", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("checks", { keyPath: "key" });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  return new Promise((resolve, reject) => {
    const transaction = database.transaction("checks", mode);
    const pending = request(transaction.objectStore("checks"));
    transaction.oncomplete = () => (database.close(), resolve(pending.result));
    transaction.onabort = () => (database.close(), reject(transaction.error));
  });
}

async function mine() {
  const all = await checks("readonly", (store) => store.getAll());
  return all.filter((check) => check.person === person).sort((a, b) => (a.at < b.at ? -1 : 1));
}

async function keep(form, press) {
  const { key, count } = form.elements;
  const undo = form.dataset.check === "undo";
  const check = { key: undo ? crypto.randomUUID() : key.value, at: press.at, url: form.action, person, undo };
  if (!undo) check.count = count.value * (1 + press.taps);
  try {
    await checks("readwrite", (store) => store.put(check));
  } catch {
    return fail(form, press);
  }
  showKept(form, check, press.look);
  tellKept();
  retryLater();
}

function showKept(form, check, look) {
  kept.set(form, [...(kept.get(form) ?? []), { key: check.key, look }]);
  if (!check.undo) form.elements.key.value = crypto.randomUUID(); // the next tap is another check-in
  const { button, meta } = partsOf(form);
  button.ariaLabel = `${button.ariaLabel.split(",")[0]}, ${byId("check-kept").content.textContent.trim()}`;
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
  if (!note) return;
  const count = (await mine()).length;
  note.querySelector("[data-off]").hidden = !navigator.onLine;
  note.querySelector("[data-away]").hidden = navigator.onLine;
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

// "sent", "refused", or "later": signed out, rate-limited, a server error.
async function send({ key, count, at, url, undo }, token) {
  const answer = await fetch(url, {
    method: "POST",
    redirect: "manual",
    headers: { "X-CSRFToken": token, "HX-Request": "true" },
    body: new URLSearchParams(undo ? {} : { key, count, at }),
  });
  return answer.ok ? "sent" : [400, 404, 409, 422].includes(answer.status) ? "refused" : "later";
}

async function sendAll(waiting, told) {
  const page = await freshPage();
  if (!page) return;
  const token = JSON.parse(page.getAttribute("hx-headers"))["X-CSRFToken"];
  for (const check of waiting) {
    const forget = () => checks("readwrite", (store) => store.delete(check.key));
    // An undo has no key: sent twice it would undo another check-in. So it is forgotten before it is sent.
    if (check.undo) await forget();
    const outcome = await send(check, token);
    if (outcome === "later") return check.undo && checks("readwrite", (store) => store.put(check));
    await forget();
    told.add(outcome);
  }
}

let sending = false;
async function sendKept() {
  const waiting = await mine();
  if (!waiting.length || !navigator.onLine || sending) return;
  const told = new Set();
  sending = true;
  // The connection may be lost again: what was not sent is still stored.
  await sendAll(waiting, told).catch(() => {});
  sending = false;
  if (told.size) await showSent(told);
  tellKept();
  if ((await mine()).length) retryLater();
  else pause = FIRST_PAUSE;
}

async function showSent(told) {
  const main = byId("offline") && (await freshPage().catch(() => null))?.querySelector("#main");
  if (main) {
    byId("main").replaceWith(main);
    htmx.process(main);
    drawTimers();
  }
  for (const outcome of told) if (byId(`checks-${outcome}`)) byId("toasts").append(copyOf(`checks-${outcome}`));
}

function retryLater() {
  clearTimeout(retrying);
  retrying = setTimeout(sendKept, pause);
  pause = Math.min(2 * pause, 300000);
}

async function showAllKept() {
  for (const check of await mine()) showInRow(check);
}

// Shows a kept check-in in its row, where the page has one.
function showInRow(check) {
  const form = [...document.querySelectorAll("form[data-check]")].find((one) => one.action === check.url);
  if (!form) return;
  const look = lookOf(form);
  if (check.undo) partsOf(form).button.ariaPressed = "false";
  else bump(form, check.count);
  showKept(form, check, look);
}

// Kept presses are sent from any page; Today and the page of a habit show them.
if (person) {
  navigator.serviceWorker?.register("/sw.js");
  addEventListener("online", sendKept);
  addEventListener("offline", tellKept);
  showAllKept().then(tellKept).then(sendKept);
}
// On a back navigation the browser may show a cached page, from before the taps or before signing out.
if (person && byId("offline") && performance.getEntriesByType("navigation")[0]?.type === "back_forward") location.reload();
// Nobody is signed in: the page stored for the last person must not be shown to the next.
if ("nobody" in document.body.dataset) {
  globalThis.caches?.delete("pages");
  forgetTimers();
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

// The chosen one of a row that scrolls is in sight.
for (const chip of document.querySelectorAll(".scroll-x > [aria-current]")) chip.scrollIntoView({ block: "nearest", inline: "center" });

// ── The timer ────────────────────────────────────────────────────────────────

// Of each running timer the browser keeps the instant of its start: it goes on while the page is closed or the device
// sleeps. What was timed is confirmed, and then is a check-in like any other, kept until it is sent.
const MINUTE = 60000;
const MOST_MINUTES = 240;
const TIMERS = `timers:${person}`;

function timers() {
  try {
    return JSON.parse(localStorage.getItem(TIMERS)) ?? {};
  } catch {
    return {};
  }
}

// Without `timer` it is forgotten.
function setTimer(id, timer) {
  const all = timers();
  if (timer) all[id] = timer;
  else delete all[id];
  localStorage.setItem(TIMERS, JSON.stringify(all));
  drawTimers();
}

function forgetTimers() {
  Object.keys(localStorage).filter((key) => key.startsWith("timers:")).forEach((key) => localStorage.removeItem(key));
}

// A device whose clock was set back has timed nothing yet.
const elapsed = ({ since, until }) => Math.max(0, (until ?? Date.now()) - since);
const isOverMost = (timer) => elapsed(timer) > MOST_MINUTES * MINUTE;
const isOverNight = ({ since, until }) => new Date(since).toDateString() !== new Date(until ?? Date.now()).toDateString();

function clockText(timer) {
  const seconds = Math.floor(Math.min(elapsed(timer), MOST_MINUTES * MINUTE) / 1000);
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, "0"));
  return [...(seconds < 3600 ? [] : [Math.floor(seconds / 3600)]), ...parts].join(":");
}

function drawTimers() {
  const place = byId("timers");
  if (!place) return;
  const running = timers();
  place.querySelectorAll("[data-id]").forEach((bar) => bar.dataset.id in running || bar.remove());
  for (const [id, timer] of Object.entries(running)) drawTimer(place, id, timer);
  place.hidden = !place.childElementCount;
}

function drawTimer(place, id, timer) {
  const bar = place.querySelector(`[data-id="${CSS.escape(id)}"]`) ?? newBar(place, id, timer);
  bar.querySelector("[data-clock]").textContent = clockText(timer);
  const asks = Boolean(timer.until);
  if (bar.querySelector("[data-ask]").hidden !== asks) return;
  bar.querySelector("[data-running]").hidden = asks;
  bar.querySelector("[data-ask]").hidden = !asks;
  if (asks) ask(bar, timer);
}

function newBar(place, id, timer) {
  place.append(copyOf("timer"));
  const bar = place.lastElementChild;
  bar.dataset.id = id;
  bar.setAttribute("aria-label", timer.name);
  for (const name of bar.querySelectorAll("[data-name]")) name.textContent = timer.name;
  return bar;
}

// The minutes to confirm. Nothing is suggested where the timer cannot know: over night, and beyond its maximum.
function ask(bar, timer) {
  const isLong = isOverNight(timer) || isOverMost(timer);
  bar.querySelector("[data-long]").hidden = !isLong;
  bar.querySelector("[data-minutes]").hidden = timer.once;
  const input = bar.querySelector("input");
  input.value = isLong ? "" : Math.max(1, Math.round(elapsed(timer) / MINUTE));
  (timer.once ? bar.querySelector("form button") : input).focus();
}

async function saveTimed(bar, timer) {
  const minutes = Number(bar.querySelector("input").value);
  const wrong = !timer.once && !(Number.isInteger(minutes) && minutes >= 1 && minutes <= 1440);
  bar.querySelector("[data-wrong]").hidden = !wrong;
  if (wrong) return;
  // What began yesterday counts for the day on which it was done.
  const at = isOverNight(timer) ? Math.min(timer.since + (timer.once ? 0 : minutes * MINUTE), timer.until) : timer.until;
  const check = { key: timer.key, at: new Date(at).toISOString(), url: timer.url, person, undo: false };
  check.count = String(timer.once ? 1 : minutes);
  try {
    await checks("readwrite", (store) => store.put(check));
  } catch {
    bar.querySelector("[data-failed]").replaceChildren(copyOf("check-failed"));
    return;
  }
  setTimer(bar.dataset.id);
  await sendKept();
  if ((await mine()).some((one) => one.key === check.key)) {
    showInRow(check);
    tellKept();
    retryLater();
  }
}

document.addEventListener("click", ({ target }) => {
  const starts = target.closest("[data-start]")?.closest("[data-timer]");
  if (starts) {
    const { timer: id, name, url, today: home, once } = starts.dataset;
    const key = crypto.randomUUID();
    if (!timers()[id]) setTimer(id, { name, url: new URL(url, location).href, since: Date.now(), key, once: once === "" });
    if (byId("timers")) dialog?.close();
    else location.assign(home);
  }
  const bar = target.closest(".timer[data-id]");
  const timer = bar && timers()[bar.dataset.id];
  if (!timer) return;
  if (target.closest("[data-stop]")) setTimer(bar.dataset.id, { ...timer, until: Date.now() });
  // The time in which it asked is not counted.
  if (target.closest("[data-resume]")) {
    setTimer(bar.dataset.id, { ...timer, since: timer.since + Date.now() - timer.until, until: undefined });
  }
  if (target.closest("[data-discard]")) setTimer(bar.dataset.id);
});
document.addEventListener("submit", (event) => {
  const bar = event.target.closest(".timer[data-id]");
  if (!bar) return;
  event.preventDefault();
  saveTimed(bar, timers()[bar.dataset.id]);
});

// A habit is timed once at a time: while it is, its menu does not offer it.
function offerTimers() {
  for (const offer of document.querySelectorAll("[data-timer]")) offer.hidden = !person || offer.dataset.timer in timers();
}
if (person) {
  document.addEventListener("htmx:afterSettle", () => (offerTimers(), drawTimers()));
  addEventListener("storage", drawTimers);
  setInterval(drawTimers, 1000);
  offerTimers();
  drawTimers();
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

// One is shown at a time (components.css); the time of the next begins when the first has left.
const toasts = byId("toasts");
const leaving = new WeakSet();
function leaveFirst() {
  const first = toasts.querySelector(":scope > *");
  if (!first?.matches("[data-leaves]") || leaving.has(first)) return;
  leaving.add(first);
  leave(first);
}
new MutationObserver(leaveFirst).observe(toasts, { childList: true });
leaveFirst();

const moments = byId("moment");
new MutationObserver(() => moments.querySelectorAll("[data-leaves]").forEach(leave)).observe(moments, { childList: true });

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

// What is wrong in a refused form is in sight, also where its button is far below.
function showWrong(part) {
  const wrong = part.querySelector('[aria-invalid="true"]');
  wrong?.focus();
  wrong?.scrollIntoView({ block: "center" });
}
showWrong(document);
document.addEventListener("htmx:afterSettle", ({ detail: { xhr, target } }) => {
  if (xhr?.status === 422) showWrong(target);
});

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
  const step = target.closest("[data-step], [data-fill]");
  if (step) {
    const input = step.closest("[data-amount], .stepper").querySelector("input");
    if (step.dataset.fill) input.value = step.dataset.fill;
    else input.stepUp(Number(step.dataset.step));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

// A text that is too long is not sent and never cut: `maxlength` cuts a paste inside an emoji and counts UTF-16 units.
// Counted as on the server (core/text_storage.py): LF, NFC, code points.
document.addEventListener("input", ({ target }) => {
  if (!target.dataset.longest) return;
  const count = [...target.value.trim().normalize("NFC")].length;
  const wrong = count > target.dataset.longest ? target.dataset.tooLong : "";
  target.setCustomValidity(wrong);
  if (!wrong) target.parentElement.querySelector("[data-too-long-told]")?.remove();
});
document.addEventListener("submit", (event) => {
  const long = [...event.target.elements].find((one) => one.dataset.longest && one.validity.customError);
  if (!long) return;
  event.preventDefault();
  event.stopPropagation();
  if (!long.parentElement.querySelector("[data-too-long-told]")) {
    const told = Object.assign(document.createElement("p"), { className: "wrong", textContent: long.validationMessage });
    told.dataset.tooLongTold = "";
    told.setAttribute("role", "alert");
    long.after(told);
  }
  long.focus();
}, true);

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

// The button "use this device's time zone" chooses it in the field above, which may list it by another name only.
for (const button of document.querySelectorAll("[data-use-timezone]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const field = byId(button.dataset.useTimezone);
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    field.value = zone;
    if (field.value !== zone) field.add(new Option(zone, zone, true, true));
  });
}

// Controls that need this script are shown by it: print, share, copy.
const pictureFile = (parts = []) => new File(parts, "wellnessai.png", { type: "image/png" });
for (const control of document.querySelectorAll("[data-script]")) {
  const { share, sharePicture } = control.dataset;
  control.hidden = (share && !navigator.share) || (sharePicture && !navigator.canShare?.({ files: [pictureFile()] }));
}
document.addEventListener("click", async ({ target }) => {
  const { print: prints, share, sharePicture, copy } =
    target.closest("[data-print], [data-share], [data-share-picture], [data-copy]")?.dataset ?? {};
  if (prints === "") print();
  // Closing the share sheet is no error.
  if (share) navigator.share({ url: share, title: document.title }).catch(() => {});
  if (sharePicture) {
    const files = [pictureFile([await (await fetch(sharePicture)).blob()])];
    await navigator.share({ files, title: document.title }).catch(() => {});
  }
  if (!copy) return;
  await navigator.clipboard.writeText(copy);
  byId("toasts").append(copyOf("copied"));
});

// ── Times, days and files in the page's words: the browser would use its own language ──

const language = document.documentElement.lang;
// As the server writes them: core/formats.
const CLOCK = language === "ko" ? { hour: "numeric", minute: "2-digit" } : { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const DAY = { year: "numeric", month: language === "ko" ? "long" : "short", day: "numeric" };
const IN_WORDS = {
  time: (value) => new Date(`2000-01-01T${value}`).toLocaleTimeString(language, CLOCK),
  date: (value) => new Date(`${value}T00:00`).toLocaleDateString(language, DAY),
};

// The words lie over the input; while it is edited with keys the browser's own text shows (components.css).
function sayInWords(input) {
  const words = input.nextElementSibling;
  words.textContent = input.value ? IN_WORDS[input.type](input.value) : input.dataset.empty;
  words.classList.toggle("quiet", !input.value);
}

function dressInputs() {
  for (const input of document.querySelectorAll(":not(.worded) > input[data-empty]")) {
    const place = Object.assign(document.createElement("span"), { className: "worded" });
    const words = document.createElement("span");
    words.ariaHidden = "true";
    input.replaceWith(place);
    place.append(input, words);
    sayInWords(input);
  }
}
dressInputs();
document.addEventListener("htmx:afterSettle", dressInputs);
document.addEventListener("input", ({ target }) => target.parentElement?.matches(".worded") && sayInWords(target));
document.addEventListener("change", ({ target }) => {
  const name = target.type === "file" && target.parentElement.querySelector("[data-file-name]");
  if (name && target.files.length) name.textContent = target.files[0].name;
});

// A file that is too big is refused before the upload.
document.addEventListener("submit", (event) => {
  const input = event.target.querySelector("[data-most]");
  const tooBig = input?.files[0]?.size > Number(input?.dataset.most);
  if (input) event.target.querySelector("[data-too-big]").hidden = !tooBig;
  if (tooBig) event.preventDefault();
});

// ── The year map: arrows move from day to day, and the text of the day is said ──

// The texts of the days say how they were. Their dates are added when somebody comes to the map.
function addDates(map) {
  const svg = map.querySelector("[data-from]");
  if (!svg) return;
  const form = new Intl.DateTimeFormat(document.documentElement.lang, { month: "long", day: "numeric", timeZone: "UTC" });
  const first = Date.parse(svg.dataset.from);
  svg.querySelectorAll("title").forEach((title, n) => {
    title.textContent = `${form.format(first + n * 24 * 60 * MINUTE)} ${title.textContent}`;
  });
  delete svg.dataset.from;
}
for (const comes of ["pointerover", "focusin"]) {
  document.addEventListener(comes, ({ target }) => {
    const map = target.closest?.(".year-map");
    if (map) addDates(map);
  });
}

const STEPS = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -7, ArrowRight: 7 };
document.addEventListener("keydown", (event) => {
  const map = event.target.closest?.(".year-map");
  const step = STEPS[event.key];
  if (!map || !step) return;
  event.preventDefault();
  const days = [...map.querySelectorAll("svg > g > g")];
  const at = days.findIndex((day) => day.classList.contains("is-at"));
  const next = days[at < 0 ? days.length - 1 : Math.max(0, Math.min(days.length - 1, at + step))];
  days[at]?.classList.remove("is-at");
  next.classList.add("is-at");
  next.scrollIntoView({ block: "nearest", inline: "center" });
  map.parentElement.querySelector("[data-cell-text]").textContent = next.querySelector("title").textContent;
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
