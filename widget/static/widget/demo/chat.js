// The demo shop's plain chat: one session a visitor, what they do on the page, questions, answers, contact details.
// It speaks the public widget API and builds every node itself, so that no text can become markup.
const KEY = document.currentScript.dataset.key;
const STORE = "caty-demo";
const TRACK_EVERY_MS = 15_000;
const STAFF_EVERY_MS = 10_000;
const FORM_IDLE_SECONDS = 15;
const FIELDS = {
  name: { label: "Name", type: "text", autocomplete: "name" },
  email: { label: "E-mail", type: "email", autocomplete: "email" },
  phone: { label: "Phone", type: "tel", autocomplete: "tel" },
  company: { label: "Company", type: "text", autocomplete: "organization" },
};
const newId = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
const viewId = newId();

let known = JSON.parse(localStorage.getItem(STORE) ?? "{}");
let config, lastSequence = 0;

class Refused extends Error {}
async function call(name, body, options = {}) {
  const answer = await fetch(`/api/widget/${name}`, {
    method: body ? "POST" : "GET",
    headers: { "X-API-Key": KEY, ...(body && { "Content-Type": "application/json" }) },
    body: body && JSON.stringify(body),
    credentials: "omit",
    ...options,
  });
  const result = await answer.json();
  if (!answer.ok) throw Object.assign(new Refused(result.error), { code: result.code });
  return result;
}

// The page's own server takes a GET without an Origin for a server's and soon says no: then the last one has to do.
async function loadConfig() {
  config = (await call("config").catch((error) => { if (known.config) return known; throw error; })).config;
}

async function startSession() {
  const page = { url: location.href, title: document.title, referrer: document.referrer };
  const started = await call("session", { page, visitor_id: known.visitor_id ?? null });
  known = { visitor_id: started.visitor_id, session_id: started.session_id, config };
  localStorage.setItem(STORE, JSON.stringify(known));
  return started;
}

// A session that has ended is told by NOT_FOUND: start another and say it once more.
async function say(name, body = {}, options = {}) {
  try {
    return await call(name, { session_id: known.session_id, ...body }, options);
  } catch (error) {
    if (error.code !== "NOT_FOUND") throw error;
    await startSession();
    return call(name, { session_id: known.session_id, ...body }, options);
  }
}

function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

const button = (label, onclick) => make("button", { type: "button", onclick }, label);
const isWebAddress = (url) => ["http:", "https:"].includes(new URL(url, location.href).protocol);

const log = make("div", { className: "chat-log", role: "log", "aria-live": "polite", "aria-label": "Conversation", tabIndex: 0 });
const input = make("textarea", { id: "chat-text", rows: 1, maxLength: 4000, placeholder: "Your question" });
const form = make("form", { className: "chat-form" },
  make("label", { htmlFor: "chat-text", className: "unseen" }, "Your message"), input, make("button", { className: "button" }, "Send"));
const title = make("h2", { id: "chat-title" }, "Ask us");
const closer = make("button", { type: "button", "aria-label": "Close the chat", onclick: () => toggle(false) }, "×");
const panel = make("section", { className: "chat-panel", hidden: true, role: "dialog", "aria-labelledby": "chat-title" },
  make("header", { className: "chat-head" }, title, closer), log, form);
const bubble = make("div", { className: "chat-bubble", role: "status", hidden: true });
const opener = make("button", { className: "chat-open", type: "button", "aria-expanded": "false", onclick: () => toggle(true) }, "Ask us anything");

function toggle(open) {
  panel.hidden = !open;
  opener.hidden = open;
  opener.setAttribute("aria-expanded", String(open));
  bubble.hidden = bubble.hidden || open;
  (open ? input : opener).focus({ preventScroll: true });
  log.scrollTop = log.scrollHeight;
}

function add(node) {
  log.append(node);
  log.scrollTop = log.scrollHeight;
  return node;
}
const line = (role, text) => add(make("p", { className: `chat-line ${role}` }, text));

function showAnswer({ content, sources = [], suggested_actions: actions = [] }) {
  const answer = line("assistant", content || "Somebody from the shop is here and will answer you.");
  const links = sources.filter((source) => source.url && isWebAddress(source.url));
  if (links.length) {
    add(make("ul", { className: "chat-sources", "aria-label": "Sources" },
      ...links.map((source) => make("li", {}, "Source: ", make("a", { href: source.url }, source.title)))));
  }
  if (actions.length) add(make("div", { className: "chat-actions" }, ...actions.map(actionNode)));
  log.scrollTop = answer.offsetTop - log.offsetTop; // a long answer is read from its beginning
}

function actionNode({ action, label, url }) {
  if (action === "link" && isWebAddress(url)) return make("a", { href: url }, label);
  const steps = { handoff: askForPerson, lead_form: showLeadForm, dismiss: () => toggle(false) };
  return button(label, steps[action] ?? (() => ask(label)));
}

async function ask(text) {
  line("visitor", text);
  await send({ message: text, client_message_id: newId(), context: { page_url: location.href } });
}

// The same id when it is sent again: whatever got through the first time is not asked twice.
async function send(body) {
  const waiting = line("assistant waiting", "One moment…");
  try {
    showAnswer((await say("message", body)).response);
  } catch (error) {
    const failed = line("assistant error", error instanceof Refused ? error.message : "That did not get through.");
    failed.append(" ", button("Send again", () => { failed.remove(); send(body); }));
  } finally {
    waiting.remove();
  }
}

async function askForPerson() {
  try {
    line("assistant", (await say("handoff")).message);
    if (config.lead_form.enabled) showLeadForm();
  } catch (error) {
    line("assistant error", error.message);
  }
}

function showLeadForm() {
  const rows = config.lead_form.fields.map((name) => {
    const { label, ...attributes } = FIELDS[name];
    return make("p", {}, make("label", {}, label, make("input", { name, ...attributes })));
  });
  if (config.consent.required) rows.push(make("p", {}, make("label", {}, make("input", { type: "checkbox", name: "consent" }), " ", config.consent.text)));
  const problem = make("p", { className: "error", role: "alert" });
  const node = make("form", { className: "chat-lead", "aria-label": "Your details", noValidate: true },
    make("p", {}, config.lead_form.title), ...rows, problem, make("button", { className: "button" }, "Send my details"));
  node.onsubmit = (event) => { event.preventDefault(); sendLead(node, problem); };
  add(node).querySelector("input").focus();
}

async function sendLead(node, problem) {
  const { consent, ...given } = Object.fromEntries([...new FormData(node)].filter(([, value]) => value.trim()));
  try {
    const answer = await say("lead", { ...given, consent: Boolean(consent) });
    node.remove();
    line("assistant", answer.message);
    input.focus();
  } catch (error) {
    problem.textContent = error.message;
  }
}

async function catchUp(roles) {
  const { messages } = await say("messages", { after: lastSequence, limit: 100 });
  for (const message of messages) {
    lastSequence = message.sequence;
    if (!roles.includes(message.role)) continue;
    if (message.role === "visitor") line("visitor", message.content);
    else showAnswer(message.role === "proactive" ? { content: message.content } : message);
  }
}

const seen = { time: 0, since: document.hidden ? null : Date.now(), scroll: 0, clicks: 0 };
let events = [], idle;
const note = (type, data = null) =>
  events.push({ type, data, timestamp: new Date().toISOString(), event_id: newId(), page_url: location.href });

function countTime() {
  if (seen.since) seen.time += Date.now() - seen.since;
  seen.since = document.hidden ? null : Date.now();
}

function watchScroll() {
  const depth = Math.min(100, Math.round(((scrollY + innerHeight) / document.documentElement.scrollHeight) * 100));
  if (Math.floor(depth / 25) > Math.floor(seen.scroll / 25)) note("scroll_depth", depth);
  seen.scroll = Math.max(seen.scroll, depth);
}

async function track(keepalive = false) {
  countTime();
  const metrics = { timeOnPage: seen.time, scrollDepth: seen.scroll, clickCount: seen.clicks,
    page_view_id: viewId, page_url: location.href, page_title: document.title };
  const sent = events.splice(0, 50);
  try {
    const { proactive } = await say("track", { events: sent, metrics }, { keepalive });
    if (proactive.should_trigger) await showProactive(proactive);
  } catch {
    events = [...sent, ...events].slice(0, 200); // kept for the next round; the server knows each by its id
  }
}

async function showProactive({ trigger_type: trigger, message_id: id }) {
  const { message } = await say("proactive", { trigger_type: trigger, context: { page_url: location.href } });
  if (!message || !panel.hidden) return;
  const dismiss = () => { bubble.hidden = true; say("proactive/dismissed", { message_id: id }); };
  const accept = () => { line("assistant", message.content); toggle(true); };
  bubble.replaceChildren(make("p", {}, message.content), make("div", { className: "chat-actions" },
    ...message.suggested_actions.map(({ label, action }) => button(label, action === "dismiss" ? dismiss : accept))));
  bubble.hidden = false;
}

function watch() {
  addEventListener("scroll", watchScroll, { passive: true });
  addEventListener("click", () => { seen.clicks += 1; }, { passive: true });
  document.addEventListener("visibilitychange", () => { if (document.hidden) track(true); else countTime(); });
  document.documentElement.addEventListener("mouseleave", ({ clientY }) => {
    if (clientY <= 0) { note("exit_intent"); track(); }
  });
  const shopForm = document.querySelector("main form");
  const rest = () => { note("form_abandonment", { idle_seconds: FORM_IDLE_SECONDS }); track(); };
  const wait = () => { clearTimeout(idle); idle = setTimeout(rest, FORM_IDLE_SECONDS * 1000); };
  for (const type of ["focusin", "input"]) shopForm?.addEventListener(type, wait);
  shopForm?.addEventListener("submit", () => clearTimeout(idle));
  watchScroll();
  setTimeout(track, TRACK_EVERY_MS / 2);
  setInterval(track, TRACK_EVERY_MS);
  setInterval(() => { if (!panel.hidden) catchUp(["staff"]).catch(() => {}); }, STAFF_EVERY_MS);
}

async function begin() {
  await loadConfig();
  const { greeting } = await startSession();
  title.textContent = config.persona.name;
  if (greeting) line("assistant", greeting.content);
  await catchUp(["visitor", "assistant", "proactive", "staff"]);
  const submit = () => { const text = input.value.trim(); input.value = ""; if (text) ask(text); };
  form.onsubmit = (event) => { event.preventDefault(); submit(); };
  input.onkeydown = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
  };
  panel.onkeydown = (event) => { if (event.key === "Escape") toggle(false); };
  document.body.append(make("div", { className: "chat" }, bubble, panel, opener));
  watch();
}

begin();
