{% get_current_language as LANGUAGE_CODE %}// The service worker: static files from the cache, pages from the network; Today also works offline.
// Check-ins made offline are stored and sent by the page (js/app.js), which knows who is signed in.

const SHELL = "shell-{{ release }}";
const PAGES = "pages";
const TODAY = "{% url "habits:today" %}";
// A kept page is shown for three days: what it says is old by then, and the session may have ended elsewhere.
const LONGEST = 3 * 24 * 60 * 60 * 1000;
const OFFLINE = "{% url "offline" %}";
const HELP = "{% url "coaching:help" %}";
const CATEGORIES = "{% url "category-colors" %}";
const FILES = [
  OFFLINE,
  HELP,
  CATEGORIES,
{% for file in files %}  "{% static file %}",
{% endfor %}];

addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll(FILES)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => event.waitUntil(renew()));

// A stored page links the files of its release, so it is fetched again with a new release.
async function renew() {
  const pages = await caches.open(PAGES);
  if (await pages.match(TODAY)) await fetch(TODAY).then(settle).then(keep).catch(() => {});
  for (const name of await caches.keys()) if (![SHELL, PAGES].includes(name)) await caches.delete(name);
}

async function keep(answer) {
  if (!answer.ok || answer.redirected || !answer.headers.get("Kept-For")) return;
  const headers = new Headers(answer.headers);
  headers.delete("Content-Encoding");
  headers.set("Kept-At", Date.now());
  const pages = await caches.open(PAGES);
  await pages.put(TODAY, new Response(await answer.clone().blob(), { headers }));
}

// Each page says whose it is (wellness/security_headers.py): the kept page of another person, or of a session that has
// ended, is deleted. A redirect says nothing; the page it leads to does.
async function settle(answer) {
  const pages = await caches.open(PAGES);
  const page = answer.ok && (await pages.match(TODAY));
  if (page && page.headers.get("Kept-For") !== answer.headers.get("Kept-For")) await pages.delete(TODAY);
  return answer;
}

async function kept() {
  const pages = await caches.open(PAGES);
  const page = await pages.match(TODAY);
  if (page && Date.now() - page.headers.get("Kept-At") < LONGEST) return page;
  await pages.delete(TODAY);
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request, url));
  else if (url.pathname.startsWith("{% get_static_prefix %}")) event.respondWith(file(request));
  else if (url.pathname === CATEGORIES) event.respondWith(fetch(request).catch(() => caches.match(CATEGORIES, { cacheName: SHELL })));
});

async function page(request, url) {
  try {
    const answer = await fetch(request).then(settle);
    if (url.pathname === TODAY && !url.search) await keep(answer);
    return answer;
  } catch {
    if (url.pathname === HELP) return caches.match(HELP, { cacheName: SHELL });
    const today = await kept();
    return (url.pathname === TODAY && today) || caches.match(OFFLINE, { cacheName: SHELL });
  }
}

async function file(request) {
  return (await caches.match(request, { cacheName: SHELL })) ?? fetch(request);
}

// ── Notifications ───────────────────────────────────────────────────────────
// A push message carries only an id; the text is fetched here as the signed-in person.

const TELL = (id) => `{% url "notifications:inbox" %}deliveries/${id}/`;
const ICON = "{% static "img/icon-192.png" %}";
const UNTOLD = { title: "WellnessAI", body: "{% translate "새 알림이 있어요. 열어서 확인해 보세요." %}", url: "{% url "notifications:inbox" %}" };

addEventListener("push", (event) => {
  const { id } = event.data?.json() ?? {};
  if (id) event.waitUntil(announce(id));
});

async function announce(id) {
  let told = UNTOLD;
  try {
    const answer = await fetch(TELL(id), { redirect: "error", headers: { Accept: "application/json" } });
    if (answer.ok) told = await answer.json();
  } catch {
    // Signed out, or no connection: the text is in the inbox.
  }
  const { title, body, stop, ...rest } = told;
  await registration.showNotification(title, {
    body,
    tag: id, // the same notification is shown once
    icon: ICON,
    badge: ICON,
    lang: "{{ LANGUAGE_CODE }}",
    data: { id, stop: stop?.url, ...rest },
    actions: stop ? [{ action: "stop", title: stop.title }] : [],
  });
  if (told.csrf) await report(id, "shown", told.csrf);
}

const report = (id, what, csrf) =>
  fetch(`${TELL(id)}${what}/`, { method: "POST", redirect: "error", headers: { "X-CSRFToken": csrf } }).catch(() => {});

addEventListener("notificationclick", (event) => {
  const { notification, action } = event;
  const { id, url, csrf, stop } = notification.data;
  notification.close();
  if (action === "stop") return event.waitUntil(fetch(stop, { method: "POST" }));
  event.waitUntil(Promise.all([csrf && report(id, "clicked", csrf), open(url)]));
});

async function open(path) {
  // Browsers drop tabs, so "/<tab>/host" is another site: only addresses of our own are opened.
  const { origin, href } = new URL(path, location.origin);
  const url = origin === location.origin ? href.slice(origin.length) : UNTOLD.url;
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((one) => new URL(one.url).pathname === url) ?? pages.find((one) => one.visibilityState === "visible");
  if (!page) return clients.openWindow(url);
  await page.focus();
  if (new URL(page.url).pathname !== url) await page.navigate(url).catch(() => clients.openWindow(url));
}

// The push service gave this browser a new address: the server stores it in place of the old one.
addEventListener("pushsubscriptionchange", (event) => event.waitUntil(resubscribe(event)));

async function resubscribe({ oldSubscription, newSubscription }) {
  const options = oldSubscription?.options;
  const subscription = newSubscription ?? (options && (await registration.pushManager.subscribe(options)));
  if (!subscription) return;
  const { csrf } = await (await fetch("{% url "notifications:devices" %}", { redirect: "error" })).json();
  await fetch("{% url "notifications:devices" %}", {
    method: "POST",
    redirect: "error",
    headers: { "X-CSRFToken": csrf, "Content-Type": "application/json" },
    body: JSON.stringify({ platform: "web", address: JSON.stringify(subscription), replaces: oldSubscription?.endpoint }),
  });
}
