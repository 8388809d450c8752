// The switch for this device in the notification settings. The browser asks for permission only here, when a person
// turns it on; the service worker (sw.js) shows the notifications.

const device = document.getElementById("this-device");
const says = document.getElementById("this-device-says");
const tell = (what) => says.replaceChildren(document.getElementById(`push-${what}`).content.cloneNode(true));

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

async function post(url, body) {
  const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  const answer = await fetch(url, {
    method: "POST",
    redirect: "error",
    headers: { "X-CSRFToken": token, "Content-Type": "application/json" },
    body: JSON.stringify({ platform: "web", ...body }),
  });
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
}

// True when the server's key has changed since: the old subscription receives nothing and prevents a new one.
function isStale(subscription) {
  const key = subscription.options?.applicationServerKey;
  return Boolean(key) && new Uint8Array(key).toString() !== bytes(device.dataset.pushKey).toString();
}

async function turnOn() {
  if ((await Notification.requestPermission()) !== "granted") return false;
  const { pushManager } = await navigator.serviceWorker.ready;
  const held = await pushManager.getSubscription();
  if (held && isStale(held)) await held.unsubscribe();
  const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(device.dataset.pushKey) });
  await post(device.dataset.pushUrl, { address: JSON.stringify(subscription), device_model: browserName() });
  return true;
}

async function turnOff() {
  const { pushManager } = await navigator.serviceWorker.ready;
  const subscription = await pushManager.getSubscription();
  if (!subscription) return;
  await post(device.dataset.pushLeaveUrl, { address: subscription.endpoint });
  await subscription.unsubscribe();
}

function browserName() {
  const brand = navigator.userAgentData?.brands.map(({ brand }) => brand).find((name) => !/Not.?A.?Brand|Chromium/i.test(name));
  return [brand, navigator.userAgentData?.platform].filter(Boolean).join(", ").slice(0, 100) || null;
}

async function show() {
  const { pushManager } = await navigator.serviceWorker.ready;
  const held = await pushManager.getSubscription();
  device.checked = Notification.permission === "granted" && Boolean(held) && !isStale(held);
  device.disabled = Notification.permission === "denied";
  tell(device.disabled ? "denied" : device.checked ? "on" : "asks");
}

async function change() {
  device.ariaBusy = "true";
  try {
    await (device.checked ? turnOn() : turnOff());
    await show();
  } catch {
    await show();
    tell("failed");
  }
  device.ariaBusy = null;
}

if (device && "serviceWorker" in navigator && "PushManager" in globalThis) {
  device.addEventListener("change", change);
  show();
} else if (device) {
  tell("missing");
}
