// Keeps the inbox up to date: listens to a stream of hints and asks for news upon each, or asks every two seconds where
// there is no stream. Others hear of it by events on the page's element: inbox:state, inbox:lines; and ask by
// inbox:refresh. What a colleague does goes through `act`, which they find in `inboxPage`.
const place = document.getElementById("inbox");
const { news, stream, open, acts } = place.dataset;
const POLL = 2000, POLL_HIDDEN = 10000, SLOW = 15000, PRESENT = 15000, PAUSE = 1000, STREAM_AGAIN = 60000;
const part = (name) => place.querySelector(`[data-part="${name}"]`);
const lines = place.querySelector("[data-lines]");
const list = lines?.querySelector("ol");
const fault = place.querySelector("[data-fault]");
const told = place.querySelector("[data-told]"), unseen = place.querySelector("[data-unseen]");
const title = document.title;
let last = Number(place.dataset.last) || 0, lastNote = Number(place.dataset.lastNote) || 0;
let hears = false, isStopped = false, timer = 0, askedAt = 0, dueAt = Infinity, source = null, faults = 0;
// What hints were about since news were asked for last: "inbox", "conversation", or all.
const ALL = "all";
let running = null, next = null, wholeAt = 0;
const wanted = new Set();

const say = (element, text) => {
  if (element && element.textContent !== text) element.textContent = text;
  if (element === fault) fault.hidden = !text;
};
const emit = (name, detail) => place.dispatchEvent(new CustomEvent(`inbox:${name}`, { detail }));

// --- Times -----------------------------------------------------------------------------------------------------
const units = (value, unit) =>
  new Intl.NumberFormat(document.documentElement.lang || "en", { style: "unit", unit, unitDisplay: "short" }).format(value);
const showTimes = () => {
  for (const time of place.querySelectorAll("time[data-since]")) {
    const seconds = Math.max(0, (Date.now() - Date.parse(time.dateTime)) / 1000);
    const text = seconds < 90 ? units(Math.floor(seconds / 5) * 5, "second")
      : seconds < 5400 ? units(Math.floor(seconds / 60), "minute") : units(Math.floor(seconds / 3600), "hour");
    time.title ||= time.textContent;
    if (time.textContent !== text) time.textContent = text;
  }
};

// --- What changed ----------------------------------------------------------------------------------------------
const keyOf = (element) => element?.dataset.key || element?.dataset.ref || element?.dataset.tab;
const replace = (name, fresh) => {
  const piece = part(name);
  if (!piece || !fresh || fresh.html === undefined || fresh.mark === piece.dataset.mark) return;
  const focused = piece.contains(document.activeElement) ? keyOf(document.activeElement) : "";
  const { scrollTop } = piece;
  piece.innerHTML = fresh.html;
  piece.dataset.mark = fresh.mark;
  piece.scrollTop = scrollTop;
  if (!focused) return;
  const again = [...piece.querySelectorAll("[data-key], [data-ref], [data-tab]")].find((one) => keyOf(one) === focused);
  (again || piece.querySelector("button, a") || document.getElementById("say"))?.focus({ preventScroll: true });
};
// Who is at the end stays there, whatever grows or shrinks beside it.
let isAtEnd = true;
const noteScroll = () => {
  isAtEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 60;
  if (isAtEnd) unseen.hidden = true;
};
const toEnd = () => {
  lines.scrollTop = lines.scrollHeight;
  noteScroll();
};
const addLines = (fresh) => {
  const parsed = new DOMParser().parseFromString(fresh.lines, "text/html");
  const items = [...parsed.querySelectorAll("li")].filter((item) =>
    item.dataset.note ? Number(item.dataset.note) > lastNote : Number(item.dataset.sequence) > last);
  list.append(...items);
  last = Math.max(last, fresh.last);
  lastNote = Math.max(lastNote, fresh.last_note);
  if (!items.length) return;
  if (isAtEnd) toEnd();
  else unseen.hidden = false;
  emit("lines", { items });
  bePresent();
};
const apply = (fresh) => {
  for (const name of ["tabs", "rows", "head"]) replace(name, fresh[name]);
  if (fresh.tabs) document.title = fresh.attention ? `(${fresh.attention}) ${title}` : title;
  if (open && fresh.head) {
    addLines(fresh);
    say(part("looking"), fresh.looking);
    say(part("typing"), fresh.typing);
    emit("state", { mode: fresh.mode, isMine: fresh.is_mine, owner: fresh.owner });
  }
  showTimes();
};

// --- Asking ----------------------------------------------------------------------------------------------------
const isOut = (answer) => answer.redirected || answer.status === 401;
const addressOfNews = () => {
  const query = new URLSearchParams({ tab: place.dataset.tab, page: place.dataset.page });
  for (const name of ["tabs", "rows", "head"]) if (part(name)) query.set(name, part(name).dataset.mark || "");
  if (open) for (const [name, value] of Object.entries({ open, after: last, note: lastNote })) query.set(name, value);
  const what = wanted.size === 1 ? [...wanted][0] : ALL;
  wanted.clear();
  if (what === ALL || Date.now() - wholeAt > SLOW) wholeAt = Date.now();
  else query.set("what", what);
  return `${news}?${query}`;
};
const askOnce = async () => {
  clearTimeout(timer);
  dueAt = Infinity;
  askedAt = Date.now();
  try {
    const answer = await fetch(addressOfNews(), { credentials: "same-origin" });
    if (isOut(answer)) {
      addEventListener("focus", () => location.reload(), { once: true });
      return stop(place.dataset.saidOut);
    }
    if (answer.status === 404) return stop(place.dataset.saidGone);
    if (!answer.ok) throw new Error(String(answer.status));
    apply(await answer.json());
    if (faults) say(fault, "");
    faults = 0;
  } catch (error) {
    wholeAt = 0;
    faults += 1;
    if (faults > 1) say(fault, place.dataset.saidOffline);
  }
  plan();
};
// Ask for what is wanted now, or, while something is being asked, after that. Resolves when the news are shown.
const follow = () => {
  if (running) return (next ||= running.then(() => { next = null; return follow(); }));
  return (running = askOnce().finally(() => { running = null; }));
};
const ask = () => {
  wanted.add(ALL);
  return follow();
};
const pace = () => (document.hidden ? POLL_HIDDEN : hears ? SLOW : POLL);
// Never later than it was to be asked already: a hint that comes while news are on their way is followed after them.
const plan = (wait = pace() * Math.min(8, 1 + faults)) => {
  const at = Date.now() + wait;
  if (isStopped || dueAt <= at) return;
  clearTimeout(timer);
  dueAt = at;
  timer = setTimeout(follow, wait);
};
// Hints that come close together are followed together: the first at once, the others a second later.
// Only what they are about is asked for, and all of it at least every SLOW.
const refresh = (what) => {
  wanted.add(what);
  plan(Math.max(0, askedAt + PAUSE - Date.now()));
};
const stop = (why) => {
  isStopped = true;
  say(fault || told, why);
  clearTimeout(timer);
  beStill();
};

// --- The stream: only while the page is seen, since browsers have few connections to a site ----------------------
const listen = () => {
  if (source || isStopped || document.hidden) return;
  const query = new URLSearchParams({ tab: place.dataset.tab });
  if (open) query.set("open", open);
  source = new EventSource(`${stream}?${query}`);
  source.onopen = () => { hears = true; refresh(ALL); };
  source.addEventListener("changed", ({ data }) => refresh(JSON.parse(data).what));
  source.onerror = () => {
    hears = false;
    if (source?.readyState === EventSource.CLOSED) {
      source = null;
      setTimeout(listen, STREAM_AGAIN);
    }
    plan();
  };
};
const beStill = () => {
  source?.close();
  source = null;
  hears = false;
};

// --- What a colleague does -------------------------------------------------------------------------------------
const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";
const send = (action, sent = {}, options = {}) => {
  const body = sent instanceof FormData ? sent : new URLSearchParams(sent);
  return fetch(acts + action, { method: "POST", body, headers: { "X-CSRFToken": token() }, credentials: "same-origin", ...options });
};
// Gives {ok} with what came, or {error, code} where it wasn't done; never fails.
const act = async (action, sent) => {
  try {
    const answer = await send(action, sent);
    if (isOut(answer)) return { error: place.dataset.saidOut, code: "OUT" };
    const body = await answer.json().catch(() => ({ error: place.dataset.saidFault, code: String(answer.status) }));
    return body;
  } catch (error) {
    return { error: place.dataset.saidLost, code: "OFFLINE" };
  }
};
const confirmation = (words) => new Promise((resolve) => {
  const dialog = document.getElementById("inbox-confirm");
  dialog.querySelector("[data-words]").textContent = words;
  dialog.returnValue = "";
  dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  dialog.showModal();
});
const perform = async (action, words) => {
  if (words && !(await confirmation(words))) return;
  const done = await act(action);
  say(fault, done.ok ? "" : done.error);
  if (done.code === "TAKEN" && done.owner && action === "take") {
    say(fault, "");
    await perform("insist", place.dataset.saidInsist.replaceAll("NAME", done.owner));
  }
  await ask();
  if (done.ok && ["take", "insist"].includes(action)) document.getElementById("say")?.focus();
};
part("head")?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button) perform(button.dataset.act, button.dataset.confirm);
});
place.querySelector("[data-assign]")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const done = await act("assign", { to: new FormData(event.target).get("to") });
  say(fault, done.ok ? "" : done.error);
  ask();
});

// --- Being there -----------------------------------------------------------------------------------------------
let presentTimer = 0;
const lastSeen = () => {
  const bottom = lines.getBoundingClientRect().bottom;
  const seen = [...list.querySelectorAll("[data-sequence]")].filter((item) => item.getBoundingClientRect().top < bottom);
  return seen.length ? Number(seen.at(-1).dataset.sequence) : 0;
};
const tellPresent = async () => {
  clearTimeout(presentTimer);
  presentTimer = setTimeout(tellPresent, PRESENT);
  if (!document.hidden) await send("present", { read: lastSeen() }).catch(() => {});
};
const bePresent = () => {
  if (!("mayLook" in place.dataset)) return;
  clearTimeout(presentTimer);
  presentTimer = setTimeout(tellPresent, 300);
};
if (open) {
  toEnd();
  bePresent();
  addEventListener("focus", bePresent);
  lines.addEventListener("scroll", noteScroll);
  lines.addEventListener("scrollend", bePresent);
  new ResizeObserver(() => { if (isAtEnd) toEnd(); }).observe(lines);
  unseen.addEventListener("click", () => { toEnd(); lines.focus(); });
  place.addEventListener("inbox:end", toEnd);
  addEventListener("pagehide", () => { if ("mayLook" in place.dataset) send("left", {}, { keepalive: true }).catch(() => {}); });
}

// --- The visitor's side ----------------------------------------------------------------------------------------
const suggestion = part("suggestion");
const suggest = async () => {
  const answer = await fetch(suggestion.dataset.url, { credentials: "same-origin" }).catch(() => null);
  if (answer?.ok && !answer.redirected) suggestion.innerHTML = await answer.text();
};
if (suggestion) {
  suggest();
  place.addEventListener("inbox:lines", ({ detail }) => {
    if (detail.items.some((item) => item.matches(".is-visitor, .is-staff"))) suggest();
  });
  let mode = part("head").querySelector("[data-state]").dataset.mode;
  place.addEventListener("inbox:state", ({ detail }) => { if (detail.mode !== mode) { mode = detail.mode; suggest(); } });
}
place.querySelector("[data-side]")?.addEventListener("click", ({ currentTarget }) => {
  const isShown = place.classList.toggle("shows-side");
  currentTarget.setAttribute("aria-expanded", String(isShown));
  if (isShown) document.getElementById("inbox-side").scrollIntoView({ block: "nearest" });
});

window.inboxPage = { place, act, ask, say, fault, perform };
place.addEventListener("inbox:refresh", () => refresh(ALL));
document.addEventListener("visibilitychange", () => {
  if (document.hidden) { beStill(); plan(); } else { listen(); refresh(ALL); if (open) bePresent(); }
});
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
document.title = Number(place.dataset.attention) ? `(${place.dataset.attention}) ${title}` : title;
showTimes();
setInterval(showTimes, 5000);
listen();
plan();
