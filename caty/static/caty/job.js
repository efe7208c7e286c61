// Follows long work: fetches the part of the page that changes, and replaces what did change, until it has ended. Then
// the page is loaded anew where it says so.
const place = document.getElementById("job");
const EVERY = Number(place.dataset.every) || 1000, AFTER_A_FAULT = 5000;

// As they were last sent: what a person has opened in them, or written, makes no difference.
const parts = new Map([...place.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part.innerHTML]));

const follow = async () => {
  let wait = EVERY;
  try {
    const answer = await fetch(place.dataset.progress, { credentials: "same-origin" });
    if (answer.redirected) return location.reload(); // logged out meanwhile
    if (!answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of fresh.querySelectorAll("[data-part]")) {
      const { part: name } = part.dataset;
      // What is the same is left alone, or it would be read out again.
      if (parts.get(name) === part.innerHTML) continue;
      parts.set(name, part.innerHTML);
      place.querySelector(`[data-part="${name}"]`).innerHTML = part.innerHTML;
    }
    if (!fresh.querySelector("[data-open]")) {
      if ("reload" in place.dataset) return location.reload();
      return document.getElementById("job-buttons")?.remove();
    }
  } catch (error) {
    wait = AFTER_A_FAULT;
  }
  setTimeout(follow, document.hidden ? wait * 5 : wait);
};
setTimeout(follow, EVERY);
