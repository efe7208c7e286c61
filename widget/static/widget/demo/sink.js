// Keeps the list of received webhooks fresh. Without it the page shows what was there when it was loaded.
const list = document.getElementById("sink-list");
const news = document.getElementById("sink-news");
const EVERY_MS = 3000;

const newest = (part) => part.querySelector("[data-received]")?.dataset.received ?? "";

async function refresh() {
  try {
    const answer = await fetch(list.dataset.url, { cache: "no-store" });
    if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html").body);
    news.hidden = !answer.ok;
  } catch {
    // The server is being restarted: the next round will tell.
  }
  setTimeout(refresh, EVERY_MS);
}

// The list is replaced only when something came or went, so that an opened detail and the reader's focus stay.
function show(fresh) {
  if (newest(fresh) === newest(list)) return;
  const event = fresh.querySelector(".webhook h2")?.textContent;
  news.textContent = event ? `Just arrived: ${event}` : "";
  list.replaceChildren(...fresh.childNodes);
}

setTimeout(refresh, EVERY_MS);
