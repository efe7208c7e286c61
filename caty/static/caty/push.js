// “Notify me on this device”: asks the browser, and hands what it gives to the page's own form.
const place = document.getElementById("push");
const form = place.querySelector("form"), button = form.querySelector("button");
const say = (name) => {
  for (const words of place.querySelectorAll("[data-says]")) words.hidden = words.dataset.says !== name;
  button.hidden = name !== "off";
};

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const digest = async (text) => hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));

const look = async () => {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return say("unable");
  if (Notification.permission === "denied") return say("denied");
  const registration = await navigator.serviceWorker.getRegistration("/admin/");
  const known = await registration?.pushManager?.getSubscription();
  const isTold = known && place.dataset.devices.split(" ").includes(await digest(known.endpoint));
  say(isTold ? "on" : "off");
};

const subscribe = async () => {
  const registration = await navigator.serviceWorker.register(place.dataset.worker, { scope: "/admin/" });
  if (await Notification.requestPermission() !== "granted") return say("denied");
  await registration.pushManager.getSubscription().then((old) => old?.unsubscribe()); // perhaps under another key
  await navigator.serviceWorker.ready;
  const made = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytes(place.dataset.key),
  });
  const { endpoint, keys } = made.toJSON();
  form.elements.endpoint.value = endpoint;
  form.elements.p256dh.value = keys.p256dh;
  form.elements.auth.value = keys.auth;
  form.submit();
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  button.disabled = true;
  subscribe().catch(() => say("failed")).finally(() => { button.disabled = false; });
});
look().catch(() => say("unable"));
