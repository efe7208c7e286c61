// Shows notices while no page is open. A click goes to an open page of the inbox, else opens what the notice is about.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json();
  } catch (error) {
    // A browser that shows nothing for a push takes the permission back.
  }
  event.waitUntil(
    self.registration.showNotification(told.title || "Caty", {
      body: told.body || "",
      tag: told.tag || "caty",
      renotify: true,
      data: { url: told.url || "/admin/" },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const target = new URL(event.notification.data.url, self.location.origin);
  if (target.origin !== self.location.origin) return; // ours alone
  event.waitUntil(open(target.href));
});

async function open(href) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const same = pages.find((page) => page.url === href);
  if (same) return same.focus();
  const inbox = pages.find((page) => new URL(page.url).pathname.startsWith("/admin/inbox/"));
  if (!inbox) return self.clients.openWindow(href);
  await inbox.focus();
  // Pages that the worker doesn't control yet can't be sent anywhere.
  return inbox.navigate(href).catch(() => self.clients.openWindow(href));
}
