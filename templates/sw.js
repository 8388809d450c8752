// The service worker: the shell from the cache, pages from the network, Today also without one.
// Check-ins made offline are kept and sent by the page itself (js/app.js), which knows who is signed in.

const SHELL = "shell-{{ release }}";
const PAGES = "pages";
const TODAY = "{% url "habits:today" %}";
const OFFLINE = "{% url "offline" %}";
const FILES = [
  OFFLINE,
{% for file in files %}  "{% static file %}",
{% endfor %}];

addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll(FILES)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => event.waitUntil(renew()));

// A page that was kept names the files of its release: with new files it is fetched anew.
async function renew() {
  const pages = await caches.open(PAGES);
  if (await pages.match(TODAY)) await fetch(TODAY).then(keep).catch(() => {});
  for (const name of await caches.keys()) if (![SHELL, PAGES].includes(name)) await caches.delete(name);
}

async function keep(answer) {
  if (!answer.ok || answer.redirected) return;
  const pages = await caches.open(PAGES);
  await pages.put(TODAY, answer.clone());
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request, url));
  else if (url.pathname.startsWith("{% get_static_prefix %}")) event.respondWith(file(request));
});

async function page(request, url) {
  try {
    const answer = await fetch(request);
    if (url.pathname === TODAY && !url.search) await keep(answer);
    return answer;
  } catch {
    const kept = url.pathname === TODAY && (await caches.match(TODAY, { cacheName: PAGES }));
    return kept || caches.match(OFFLINE, { cacheName: SHELL });
  }
}

async function file(request) {
  return (await caches.match(request, { cacheName: SHELL })) ?? fetch(request);
}
