/* What happens while the chat is closed: the teaser with the greeting or a proactive message, what visitors do on the
   page (never what they type), and a look now and then for words of staff. Brought by caty.js; `app` is described there. */
const CSS = `
.teaser{position:fixed;right:var(--right);left:var(--left);bottom:calc(var(--bottom) + 74px);max-width:min(320px,100vw - 40px)}
.on>.teaser{display:none}
.card{position:relative;padding:14px 16px;border-radius:var(--caty-radius);background:var(--caty-background);box-shadow:var(--shadow);animation:rise .35s cubic-bezier(.2,.8,.2,1)}
.who{display:flex;align-items:center;gap:8px;margin-bottom:6px;padding-inline-end:28px;color:var(--caty-muted);font-size:.8125em;font-weight:600}
.face{width:24px;height:24px;border-radius:50%;object-fit:cover;background:var(--caty-primary);color:var(--caty-on-primary);text-align:center;line-height:24px}
.says,.dismiss{padding:0;border:0;background:none}
.says{display:block;width:100%;text-align:start;overflow-wrap:anywhere;white-space:pre-line}
.actions{display:flex;flex-wrap:wrap;gap:8px;margin-top:12px}
.action{min-height:36px;padding:6px 14px;border:1px solid;border-radius:18px;background:none;color:var(--caty-accent);font-size:.875em;font-weight:500;text-decoration:none;transition:background .15s,color .15s}
.action:hover{border-color:var(--caty-primary);background:var(--caty-primary);color:var(--caty-on-primary)}
.dismiss{position:absolute;top:0;inset-inline-end:0;width:44px;height:44px;color:var(--caty-muted)}
.dismiss .icon{width:18px;height:18px}
@keyframes rise{from{opacity:0;transform:translateY(12px)}}
@media (forced-colors:active){.card,.action{border:1px solid}}`;
const FRESH_MS = 30 * 60e3;
const IDLE_MS = 60e3;
const MOST_EVENTS = 20; // of one report; more wait, up to ten reports of them
const REPORT_MS = 10e3;
const STAYED_MS = 4.5e3;
const SHAPES = "input:not([type=search],[type=submit],[type=button],[type=password]),textarea,select";

const now = () => performance.now();
const repeatedly = (fn) => {
  let frame;
  return () => {
    frame ??= requestAnimationFrame(() => {
      frame = null;
      fn();
    });
  };
};

export default function mount(app) {
  const { h, icon, store, listen, post } = app;
  const { behavior, persona, texts } = app.config;
  const { greeting, proactive } = behavior;
  let said, view, timer, waiting, formTimers = [], events = [], unread = 0, left = 0, lastActive = now(), isOver = false;

  // The teaser. It never takes the focus, and its live region is there before its words are.
  app.adopt(CSS);
  const teaser = h("div", { class: "teaser", part: "teaser", role: "status", dir: app.direction });
  app.stage.append(teaser);

  const clear = () => {
    const hadFocus = teaser.contains(app.root.activeElement);
    const shown = said;
    said = null;
    teaser.replaceChildren();
    if (hadFocus && !app.isOpen) app.launcher.focus({ preventScroll: true });
    return shown ?? {};
  };
  const dismiss = () => {
    const { message_id } = clear();
    app.setUnread(unread);
    if (message_id) app.tell("proactive/dismissed", { message_id });
  };
  const actionNode = ({ label: text, action, url }) => {
    if (action === "link") return /^(https?:|\/)/.test(url) && h("a", { class: "action", href: url, text });
    const onclick = { dismiss, message: () => app.send(text) }[action] ?? (() => app.open());
    return h("button", { class: "action", type: "button", text, onclick });
  };
  const tease = (message) => {
    if (app.isOpen || said?.message_id || app.launcher.hidden) return;
    const { name, avatar_url: src } = persona;
    const face = src ? h("img", { class: "face", src, alt: "" }) : h("span", { class: "face", text: [...name][0], "aria-hidden": "true" });
    const actions = message.suggested_actions ?? [];
    said = message;
    teaser.replaceChildren(h("div", { class: "card" },
      h("div", { class: "who" }, face, texts.launcher.says.replace("{name}", name)),
      h("button", { class: "says", type: "button", dir: "auto", text: message.content, onclick: () => app.open() }),
      actions.length > 0 && h("div", { class: "actions" }, actions.map(actionNode)),
      h("button", { class: "dismiss", type: "button", "aria-label": texts.launcher.dismiss, onclick: dismiss }, icon("close"))));
    if (message.message_id) app.setUnread(unread + 1);
    app.emit("teaser", message);
  };
  const propose = (message) => {
    if (!message || isOver) return;
    if (document.hidden) listen(document, "visibilitychange", () => propose(message), { once: true });
    else tease(message);
  };
  const greet = () => {
    if (isOver || said || app.isOpen || store.get("greeted")) return;
    const starters = app.isMobile() ? [] : behavior.quick_replies; // they would cover half a phone
    tease({ content: greeting.message, suggested_actions: starters.map((label) => ({ label, action: "message" })) });
    store.set("greeted", true);
  };

  // Told that there are too many, nothing is begun unasked for as long as that lasts, here and on the next pages.
  const hush = ({ status, retryAfter }) => {
    if (retryAfter || status === 429) store.set("quiet_until", Date.now() + (retryAfter || 3600) * 1e3);
  };
  const isHushed = () => Date.now() < store.get("quiet_until");

  // Speaking first: the server decides. What only a browser can see is watched here, and asked about.
  const ask = async (trigger_type) => {
    if (isHushed()) return;
    await app.session(); // tried once, which `post` would do four times
    const { message } = await post("proactive", { trigger_type, context: { page_url: view.url } }, { quiet: true });
    propose(message && { ...message, trigger_type });
  };
  const rules = (fits) => {
    if (!proactive.enabled || app.isOpen || (app.isMobile() && !proactive.mobile_enabled)) return [];
    const at = (location.pathname + location.search).toLowerCase();
    return proactive.rules.filter((rule) => fits(rule) && at.includes(rule.url_contains.toLowerCase()));
  };

  // What visitors do, in page views: totals, and events that are each known by an id.
  const visibleMs = () => Math.round(view.ms + (view.since == null ? 0 : now() - view.since));
  const note = (type, data = null) => {
    if (!view || !app.mayTrack()) return;
    events.push({ type, data, timestamp: new Date().toISOString(), event_id: app.newId(), page_url: view.url });
    events.splice(0, events.length - 10 * MOST_EVENTS);
    if (events.length >= MOST_EVENTS) flush();
    tick();
  };
  const look = (since) => {
    const { url, title } = app.page();
    view = { id: app.newId(), url, ms: 0, since: document.hidden ? null : since, scroll: 0, clicks: 0, sentMs: 0, near: [] };
    note("page_view", { title });
    measure();
  };
  const begin = (since) => {
    if (!view && app.mayTrack()) look(since);
  };
  const hasNews = (ms, isLast) => events.length > 0 || ms - view.sentMs > (isLast ? 200 : Math.max(REPORT_MS - 1e3, view.sentMs / 4));
  // The first report starts the session, which is worth it only when somebody has stayed for a moment.
  const flush = async (isLast) => {
    if (!view || !app.mayTrack() || isHushed()) return;
    const ms = visibleMs();
    if (!hasNews(ms, isLast) || (!app.hasSession() && (isLast || ms < STAYED_MS))) return;
    const batch = events.splice(0, MOST_EVENTS);
    const metrics = { timeOnPage: ms, scrollDepth: view.scroll, clickCount: view.clicks, page_view_id: view.id, page_url: view.url, page_title: app.page().title };
    view.sentMs = ms;
    let leftBefore;
    try {
      const session_id = isLast ? store.get("session_id") : (await app.session()).session_id;
      leftBefore = left;
      const answer = await app.call("track", { session_id, events: batch, metrics, chat_open: !!app.isOpen }, { simple: true, keepalive: true });
      store.set("heard_at", Date.now());
      const { should_trigger, suggested_actions, message: content, ...about } = answer.proactive;
      if (app.isOpen) return;
      if (should_trigger && suggested_actions) propose({ ...about, content, suggested_actions });
      else if (should_trigger) await ask(about.trigger_type);
    } catch (error) {
      const { status } = error;
      hush(error);
      if (status === 404) store.remove("session_id");
      // A page that is being left hears of failure, while what it sent goes on its way.
      if (status ? status === 404 || status >= 500 : !(leftBefore < left)) events.unshift(...batch);
    }
  };
  // One timer, and none while nobody is there.
  const tick = () => {
    if (timer || isOver || document.hidden || view.isIdle) return;
    timer = setTimeout(() => {
      timer = null;
      if (!view || isOver) return;
      if (now() - lastActive > IDLE_MS) {
        view.isIdle = true;
        note("idle");
      }
      flush();
      tick();
    }, app.hasSession() ? REPORT_MS : REPORT_MS / 2);
  };
  const stir = () => {
    lastActive = now();
    if (!view) return;
    view.isIdle = false;
    tick();
  };
  const measure = () => {
    if (!view) return;
    const depth = Math.min(100, Math.round(((scrollY + innerHeight) / document.documentElement.scrollHeight) * 100));
    const reached = Math.floor(depth / 25) > Math.floor(view.scroll / 25);
    view.scroll = Math.max(view.scroll, depth);
    if (reached) note("scroll_depth", depth);
  };
  const click = ({ target, timeStamp, clientX, clientY }) => {
    if (!view || target.localName === "caty-widget") return;
    view.clicks += 1;
    view.near = view.near.filter(([at, x, y]) => timeStamp - at < 700 && Math.hypot(clientX - x, clientY - y) < 24);
    const what = target.closest("a,button,[data-caty-event]");
    if (what) {
      const text = what.textContent.trim().replace(app.CODE, "…").slice(0, 60);
      note(what.dataset.catyEvent || "click", { element: what.localName, text, ...(what.href && { url: app.clean(what.href) }) });
    }
    if (view.near.push([timeStamp, clientX, clientY]) === 3) note("rage_click");
  };
  // A form is known by its id. It is left alone once it was sent or the focus has left it.
  const edit = ({ target, type }) => {
    formTimers.forEach(clearTimeout);
    const { form } = target;
    if (!view || !form || !target.matches(SHAPES) || type === "focusout") return;
    if (view.form !== form) note("form_focus", { form: form.id });
    view.form = form;
    const watched = rules((rule) => rule.form_idle_seconds != null);
    formTimers = (watched.length ? watched : [{ form_idle_seconds: 15 }]).map((rule) => setTimeout(() => {
      if (isOver) return;
      note("form_abandonment", { idle_seconds: rule.form_idle_seconds, form: form.id });
      if (rule.trigger_type) ask(rule.trigger_type).catch(hush);
    }, rule.form_idle_seconds * 1e3));
  };
  const leave = ({ clientY }) => {
    if (clientY > 0 || !view || view.isLeft) return;
    view.isLeft = true;
    note("exit_intent");
    rules((rule) => rule.on_exit_intent).forEach((rule) => ask(rule.trigger_type).catch(hush));
  };
  const rest = () => {
    if (!view) return;
    view.ms = visibleMs();
    view.since = null;
    flush(true);
  };
  const turnVisible = () => {
    if (document.hidden) return rest();
    if (view) {
      view.since ??= now();
      tick();
    }
    return wait();
  };

  // Words of staff, where a person was asked for or is answering.
  app.heard = (path, { mode, last_sequence, response }) => {
    if (path === "handoff" || mode === "person" || /human|none/.test(response?.answered_by)) store.set("person_at", Date.now());
    if (app.isOpen && last_sequence) store.set("seen", last_sequence);
    if (path === "lead") app.emit("lead");
  };
  const wait = (ms = document.hidden ? 60e3 : 20e3) => {
    clearTimeout(waiting);
    if (isOver || app.isOpen || !app.hasSession() || !(Date.now() - store.get("person_at") < FRESH_MS)) return;
    waiting = setTimeout(async () => {
      const { messages } = await post("messages", { after: store.get("seen") ?? 0 }, { quiet: true }).catch(() => ({ messages: [] }));
      const news = messages.filter((message) => message.role === "staff");
      if (isOver || app.isOpen) return;
      if (news.length > unread) {
        unread = news.length;
        app.setUnread(unread);
        app.emit("message", news.pop());
      }
      wait();
    }, ms);
  };

  const heard = [
    app.on("open", () => {
      const shown = clear();
      unread = 0;
      if (shown.message_id) app.panel.showProactive(shown);
    }),
    app.on("close", () => wait()),
    app.on("page", () => {
      formTimers.forEach(clearTimeout);
      if (view) {
        flush(true);
        look(now());
      }
    }),
    app.on("consent", (granted) => {
      if (granted) return begin(now());
      events = [];
      view = null;
      return null;
    }),
  ];
  listen(window, "pointermove pointerdown keydown", stir);
  const measureSoon = repeatedly(measure);
  listen(window, "scroll", () => {
    stir();
    measureSoon();
  });
  listen(document, "click", click, { capture: true });
  listen(document, "focusin input focusout", edit);
  listen(document, "submit", () => formTimers.forEach(clearTimeout));
  listen(document.documentElement, "mouseleave", leave);
  listen(document, "visibilitychange", turnVisible);
  listen(window, "pagehide", () => {
    rest();
    left += 1;
  });
  begin(app.startedAt);
  wait(500);
  if (greeting.enabled) setTimeout(greet, greeting.delay_ms - now() + app.startedAt);

  return {
    note,
    destroy() {
      isOver = true;
      [timer, waiting, ...formTimers].forEach(clearTimeout);
      heard.forEach((off) => off());
    },
  };
}
