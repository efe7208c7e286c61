/* Caty on a page: the launcher, the way to the API, and what happens while the chat is closed. panel.js is brought when
   the chat is wanted and gets `app`, below: it fills app.frame (a flex column) with the chat and gives back
   { open(focus), close(), send(text), showProactive(message), update(config), destroy() }. Where a person was asked for
   it is brought unasked, and looks for their words. */
(() => {
  const waiting = window.Caty;
  if (waiting?.isCaty) return waiting("init");

  const script = [document.currentScript, ...document.scripts].find((one) => /\/widget\.js(\?|$)/.test(one?.src));
  const source = new URL(script?.src ?? location);
  const options = { apiKey: source.searchParams.get("key"), ...script?.dataset };
  // The way back from a mail: nobody else is to find it in the address.
  const [address, token] = location.href.split("#caty-resume=");
  if (token) history.replaceState(history.state, "", address);
  let isPreview = "preview" in options;
  let config, starting, renewing, key, life, host, root, stage, frame, launcher, badge, theme, teaser, panel, loading, note;
  let isOpen = false, wasOpened, place, unread = 0, tries = "";

  // Nodes, never made from text. Props: attributes and on… listeners; null, false and empty children are left out.
  const h = (tag, props, ...children) => {
    const node = /^(svg|path)$/.test(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const name in props) {
      const value = props[name];
      if (typeof value === "function") node[name] = value;
      else if ((value ?? false) !== false) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat().filter(Boolean));
    return node;
  };
  const icon = (name, d) => h("svg", { viewBox: "0 0 24 24", class: name, "aria-hidden": "true" }, h("path", { d }));
  const cross = () => icon("close", "m6 6 12 12M18 6 6 18");
  const adopt = (css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    return sheet;
  };
  const listen = (target, types, fn, how) =>
    types.split(" ").forEach((type) => target?.addEventListener(type, fn, { signal: life.signal, passive: true, ...how }));
  const isMobile = () => !options.target && matchMedia("(max-width:480px),(max-height:480px)").matches;

  // Events go through the document, so that one listener's failure is nobody else's.
  const emit = (name, detail) => document.dispatchEvent(new CustomEvent(`caty:${name}`, { detail }));
  const on = (name, fn) => {
    const heard = ({ detail }) => fn(detail);
    document.addEventListener(`caty:${name}`, heard);
    return () => document.removeEventListener(`caty:${name}`, heard);
  };

  // Kept in memory until it may be stored, and where storage is blocked.
  let memory = {};
  const stored = (name, work) => {
    try {
      return work(/open|draft/.test(name) ? sessionStorage : localStorage, `caty:${key.slice(-8)}:${name}`);
    } catch {
      return null;
    }
  };
  const store = {
    get: (name) => stored(name, (area, at) => JSON.parse(area.getItem(at))) ?? memory[name],
    set: (name, value) => {
      memory[name] = value;
      if (isPreview || !(wasOpened || name === "consent" || mayTrack())) return;
      stored(name, (area, at) => {
        area.setItem(at, JSON.stringify(value));
        delete memory[name];
      });
    },
    remove: (name) => {
      delete memory[name];
      stored(name, (area, at) => area.removeItem(at));
    },
  };
  const forgetAll = () => {
    memory = {};
    stored("", (_, at) => [localStorage, sessionStorage].forEach((area) => Object.keys(area).forEach((one) => one.startsWith(at) && area.removeItem(one))));
  };
  const keep = (values) => {
    for (const name in values) store.set(name, values[name]);
  };

  // The page without what is nobody's business: fragments, telling parameters, long codes, e-mail addresses.
  const CODE = /(?=\w*\d)\w{24,}|[^\s/?=&]+(@|%40)[^\s/?=&]+/g;
  const clean = (address) => {
    if (!/^http/.test(address)) return "";
    const { origin, pathname, searchParams, hash } = new URL(address);
    [...searchParams.keys()].forEach((name) => /token|key|secret|pass|auth|code|sess|sig|mail|phone|name|otp|jwt|user/i.test(name) && searchParams.delete(name));
    return `${origin + pathname}?${searchParams}${/^#!?\//.test(hash) ? hash : ""}`.replace(/\?(?=#|$)/, "").replace(CODE, "…").slice(0, 999);
  };
  const page = () => ({ url: clean(location.href), title: document.title.slice(0, 200), referrer: clean(document.referrer) });

  // A failed call throws { code, message, details, status (0: no connection), retryAfter (seconds) }.
  const newId = () => crypto.getRandomValues(new Uint32Array(4)).join("-");
  const failure = (status, told, retryAfter) => Object.assign(Error(told?.error), { code: "OFFLINE", ...told, status, retryAfter });
  const api = () => options.api ?? source.origin;
  const call = async (path, body, { stream, simple, headers: more, ...how } = {}) => {
    const headers = simple ? {} : { "Content-Type": "application/json", "X-API-Key": key, ...more };
    if (body) Object.assign(how, { method: "POST", headers, body: JSON.stringify(simple ? { api_key: key, ...body } : body) });
    const answer = await fetch(`${api()}/api/widget/${path}`, { credentials: "omit", ...how }).catch((cause) => {
      throw how.signal?.aborted ? cause : failure(0);
    });
    if (answer.ok) return stream ? answer : answer.json();
    throw failure(answer.status, await answer.json().catch(() => {}), +answer.headers.get("Retry-After"));
  };
  const hasSession = () => store.get("session_id") && Date.now() - store.get("heard_at") < 18e5;
  const session = async () => {
    if (!hasSession()) await (renewing ??= startSession().finally(() => (renewing = null)));
    return { session_id: store.get("session_id") };
  };
  const enter = ({ session_id, visitor_id }) => keep({ visitor_id, session_id, heard_at: Date.now() });
  const startSession = async () => {
    store.remove("session_id");
    const track = mayTrack();
    const body = { visitor_id: store.get("visitor_id"), page: track ? page() : null, language: config.texts.language, track };
    const found = await call("session", body, { simple: true });
    if (!hasSession()) enter(found); // else another tab was quicker
  };
  // Another may have been started meanwhile.
  const dropSession = (id) => id === store.get("session_id") && store.remove("session_id");
  // With the session's id; one is started where there is none. Four tries, but one where the answer is streamed.
  const post = async (path, body, how = {}) => {
    for (let attempt = 1, used, renewed; ; attempt++) {
      try {
        used = await session();
        const answer = await call(path, { ...used, ...body }, how);
        store.set("heard_at", Date.now());
        return answer;
      } catch (error) {
        const { status, code, retryAfter } = error;
        if (code === "NOT_FOUND" && !renewed && !/^(end|feed|sat|tra|ty|proactive\/)/.test(path)) {
          renewed = true;
          dropSession(used?.session_id);
          continue;
        }
        if (how.stream || attempt > 3 || (status === 429 ? retryAfter > 30 : status > 0 && status < 500) || how.signal?.aborted) throw error;
        const ms = retryAfter * 1e3 || 2 ** attempt * (300 + Math.random() * 200);
        await new Promise((done) => (navigator.onLine ? setTimeout(done, ms) : addEventListener("online", done, { once: true })));
      }
    }
  };
  const tell = (path, body) => hasSession() && post(path, body).catch(() => {});

  // What may be noted of a visitor at all.
  const mayTrack = () => {
    const { tracking } = config.behavior;
    if (navigator.globalPrivacyControl || navigator.doNotTrack === "1" || options.track === "off" || tracking === "off") return false;
    return store.get("consent") ?? (tracking === "on" && options.consent !== "required");
  };
  const consent = async (granted) => {
    if (!(await start())) return;
    tell("consent", { granted });
    if (!granted && !wasOpened) forgetAll();
    store.set("consent", granted);
    if (granted) keep({ ...memory });
    emit("consent", granted);
  };

  const CSS = `
:host{all:initial!important;position:fixed!important;z-index:var(--caty-z)!important;direction:ltr!important;--caty-z:99990;--caty-radius:18px;--caty-font:system-ui,sans-serif}
:host([inline]){position:relative!important;display:block!important;height:100%!important}
*{box-sizing:border-box}
.stage{--right:20px;--left:auto;--bottom:calc(20px + env(safe-area-inset-bottom,0px));--shadow:0 0 0 1px #0f172a0f,0 6px 16px -4px #0f172a29,0 20px 48px -12px #0f172a47;font:400 medium/1.5 var(--caty-font);color:var(--caty-text)}
.left{--right:auto;--left:20px}
button,a{font:inherit;color:inherit;cursor:pointer}
:focus-visible{outline:3px solid var(--caty-accent);outline-offset:2px}
svg{fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round;vertical-align:middle}
.launcher,.frame,.teaser{position:fixed;right:var(--right);left:var(--left);bottom:var(--bottom)}
.launcher,.says,.dismiss{padding:0;border:0;background:none}
.launcher,.face,.action:hover{border-color:var(--caty-primary);background:var(--caty-primary);color:var(--caty-on-primary)}
.frame,.card{border-radius:var(--caty-radius);background:var(--caty-background);box-shadow:var(--shadow)}
.launcher{width:60px;height:60px;border-radius:50%;box-shadow:var(--shadow);transition:transform .2s;animation:pop .3s}
.launcher:hover{transform:scale(1.06)}
.launcher>svg{position:absolute;inset:0;width:28px;margin:auto;transition:transform .25s,opacity .2s}
.launcher>.close,.on>.launcher>.chat{opacity:0;transform:rotate(-60deg) scale(.6)}
.on>.launcher>.close{opacity:1;transform:none}
.badge{position:absolute;top:-4px;right:-4px;min-width:22px;padding:0 5px;border:2px solid #fff;border-radius:11px;background:#d92d20;color:#fff;font:600 12px/18px var(--caty-font)}
.frame{bottom:calc(var(--bottom) + 76px);width:min(400px,100vw - 40px);height:min(680px,100dvh - 116px);display:flex;flex-direction:column;overflow:hidden;visibility:hidden;opacity:0;transform:translateY(16px);transition:opacity .18s,transform .26s,visibility 0s .26s}
.on>.frame{visibility:visible;opacity:1;transform:none;transition-delay:0s}
.mobile>.frame{inset:var(--top,0) 0 auto;width:100%;height:var(--height,100dvh);border-radius:0}
.inline>.frame{position:absolute;inset:0;width:100%;height:100%}
.mobile.on>.launcher,.inline>.launcher,.on>.teaser{display:none}
.teaser{bottom:calc(var(--bottom) + 74px);max-width:min(320px,100vw - 40px)}
.card{position:relative;padding:14px 16px;animation:rise .35s}
.who{display:flex;align-items:center;gap:8px;margin-bottom:6px;padding-inline-end:28px;color:var(--caty-muted);font-size:.8125em;font-weight:600}
.face{width:24px;height:24px;border-radius:50%;object-fit:cover;text-align:center;line-height:24px}
.says{display:block;width:100%;text-align:start;overflow-wrap:anywhere;white-space:pre-line}
.actions{display:flex;flex-wrap:wrap;gap:8px;margin-top:12px}
.action{min-height:36px;padding:6px 14px;border:1px solid;border-radius:18px;background:none;color:var(--caty-accent);font-size:.875em;font-weight:500;text-decoration:none;transition:.15s}
.dismiss{position:absolute;top:0;inset-inline-end:0;width:44px;height:44px;color:var(--caty-muted)}
.dismiss>svg{width:18px}
@keyframes pop{from{opacity:0;transform:scale(.5)}}
@keyframes rise{from{opacity:0;transform:translateY(12px)}}
@media (prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}}
@media (forced-colors:active){.launcher,.frame,.card{border:2px solid}}
@media print{:host{display:none!important}}`;
  // A colour of the page's own is made readable by its lightness: 4.5:1 for words on it, and for itself as words.
  const own = (name) => `@supports (color:lab(from red l a b)){:host{--caty-primary:${options.primaryColor};--caty-on-primary:lab(from var(--caty-primary) calc((49.4 - l)*99) 0 0);--caty-accent:lab(from var(--caty-primary) ${name === "dark" ? "max(l,70)" : "min(l,40)"} a b)}}`;
  const dress = () => {
    const { palettes, theme: usual } = config.appearance;
    const [light, dark] = ["light", "dark"].map((one) => `:host{color-scheme:${one}!important;${Object.entries(palettes[one]).map(([part, value]) => `--caty-${part.replace("_", "-")}:${value}`).join(";")}}${options.primaryColor ? own(one) : ""}`);
    const themes = { light, dark, auto: `${light}@media (prefers-color-scheme:dark){${dark}}` };
    theme.replaceSync(CSS + (themes[options.theme] ?? themes[usual]));
    stage.lang = config.texts.language;
    frame.dir = teaser.dir = config.texts.direction;
    Object.assign(app, { config, key, root, frame, isPreview });
    [stage, frame].forEach((node) => node.setAttribute("aria-label", config.persona.name));
    launcher.hidden = options.launcher === "off";
    setUnread(unread);
  };
  const draw = () => {
    stage.className = `stage ${options.position ?? config.appearance.position} ${options.target ? "inline" : ""} ${isMobile() ? "mobile" : ""} ${isOpen ? "on" : ""}`.replace("bottom-", "");
    const { open: opener, close: closer, unread: news } = config.texts.launcher;
    launcher.setAttribute("aria-label", isOpen ? closer : opener + (unread ? `. ${news.replace("{count}", unread)}` : ""));
    launcher.setAttribute("aria-expanded", isOpen);
    badge.hidden = !unread || isOpen;
    badge.textContent = unread;
  };
  const setUnread = (count) => {
    unread = count;
    draw();
  };
  // Page changes that swap the body take the host element along; caches of pages bring empty copies back.
  const attach = () => {
    [document.documentElement, document.body].forEach((node) => observer.observe(node, { childList: true }));
    if (host.isConnected) return;
    document.querySelectorAll("caty-widget").forEach((copy) => copy.remove());
    (options.target ? document.querySelector(options.target) : document.body)?.append(host);
    if (isOpen) panel?.open(false);
  };
  const observer = new MutationObserver(attach);
  const build = () => {
    host = h("caty-widget", { inline: !!options.target });
    root = host.attachShadow({ mode: "open" });
    theme = adopt("");
    badge = h("span", { class: "badge", part: "badge" });
    launcher = h("button", { class: "launcher", part: "launcher", onclick: toggle }, icon("chat", "m9 18.5-4.5 2 .8-3.8a9 7.5 0 1 1 3.7 1.8Z"), cross(), badge);
    frame = h("div", { class: "frame", part: "panel", role: "dialog" });
    teaser = h("div", { class: "teaser", part: "teaser", role: "status" }); // there before its words, so that they are heard
    stage = h("section", {}, frame, launcher, teaser);
    root.append(stage);
    // The page would take typing in here for its own shortcuts: seen from outside, the target is no input.
    listen(root, "keydown keyup keypress", (event) => event.stopPropagation());
    listen(frame, "pointerdown keydown", use);
    listen(launcher, "pointerenter focus touchstart", () => load().catch(() => {}));
    listen(window, "resize", draw);
    dress();
    attach();
  };
  const load = () => (loading ??= import(config.panel_url + tries).then(({ default: mount }) => (panel = mount(app))).catch((error) => {
    loading = null;
    tries += "?"; // browsers remember an address that failed
    throw error;
  }));
  // Only what visitors open themselves allows for storing; a chat that opens by itself waits for their first touch.
  const use = () => {
    if (!isOpen || wasOpened) return;
    wasOpened = true;
    keep({ ...memory, opened: true });
  };
  const open = async ({ focus = true } = {}) => {
    if (!(await start())) return null;
    if (isOpen) return load();
    isOpen = true;
    if (focus) use();
    keep({ open: true, greeted: true });
    setUnread(0);
    try {
      await load();
      if (isOpen) {
        panel.open(focus);
        emit("open");
      }
    } catch {
      emit("error", { code: "PANEL" });
      close();
    }
    return panel;
  };
  const close = () => {
    if (!isOpen || options.target) return;
    isOpen = false;
    store.remove("open");
    panel?.close();
    draw();
    giveBack(frame);
    emit("close");
  };
  const giveBack = (node) => node.contains(root.activeElement) && launcher.focus({ preventScroll: true });
  const toggle = () => (isOpen ? close() : open());
  const send = async (text) => (await open())?.send(`${text}`);

  const app = { h, icon, api, adopt, isMobile, post, session, hasSession, store, page, newId, emit, setUnread, tell, close };
  // Pages that change without being loaded: told by the browser, or seen at the next movement.
  const turned = () => {
    const url = clean(location.href);
    if (url === place) return;
    place = url;
    emit("page", page());
  };

  // What happens while the chat is closed: the teaser with the greeting or a proactive message, what visitors do on the
  // page (never what they type), and a look now and then for words of staff.
  const now = () => performance.now();
  const SIGNS = { idle_seconds: "idle", form_idle_seconds: "form_abandonment", on_exit_intent: "exit_intent" };
  const watch = () => {
    const { signal } = life;
    const { greeting, proactive, quick_replies } = config.behavior;
    const expected = new Set(proactive.events);
    let said = {}, held, typedUntil = 0, timer, measuring, events = [], near = [], left = 0, lastActive = now();
    // Of the page that is looked at: `view` is what is told of it, `awaited` what may still come of it.
    let view, awaited, reportAt, shownMs, since, sentMs, formAt;
    const later = (fn, ms) => setTimeout(() => signal.aborted || fn(), ms);

    // The teaser. It never takes the focus.
    const clear = () => {
      const shown = said;
      said = {};
      if (!isOpen) giveBack(teaser);
      teaser.replaceChildren();
      return shown;
    };
    const dismiss = () => {
      const { message_id } = clear();
      if (!message_id) return;
      setUnread(unread - 1);
      tell("proactive/dismissed", { message_id });
    };
    const actionNode = ({ label: text, action, url: href }) => {
      if (action === "link") return /^(https?:|\/)/.test(href) && h("a", { class: "action", href }, text);
      return h("button", { class: "action", onclick: { dismiss, message: () => send(text) }[action] ?? open }, text);
    };
    const tease = (message) => {
      if (isOpen || said.message_id || launcher.hidden) return;
      const { name, avatar_url: src } = message.author ?? config.persona;
      const { says, dismiss: away } = config.texts.launcher;
      const actions = message.suggested_actions?.map(actionNode);
      said = message;
      teaser.replaceChildren(h("div", { class: "card" },
        h("div", { class: "who" },
          src ? h("img", { class: "face", src, alt: "" }) : h("span", { class: "face", "aria-hidden": "true" }, [...name][0]),
          says.replace("{name}", name)),
        h("button", { class: "says", dir: "auto", onclick: open }, message.content),
        actions?.length > 0 && h("div", { class: "actions" }, actions),
        h("button", { class: "dismiss", "aria-label": away, onclick: dismiss }, cross())));
      if (message.message_id) setUnread(unread + 1);
      emit("teaser", message);
    };
    const greet = () => {
      if (held || isOpen || said.content || store.get("greeted")) return;
      const starters = isMobile() ? [] : quick_replies; // they would cover half a phone
      held = { content: greeting.message, suggested_actions: starters.map((label) => ({ label, action: "message" })) };
      store.set("greeted", true);
      heed();
    };

    // What visitors do, in page views: totals, and events that are each known by an id.
    note = (type, data = null) => {
      if (!view || !mayTrack()) return;
      events.push({ type, data, timestamp: new Date().toISOString(), event_id: newId(), page_url: view.page_url });
      events.splice(0, events.length - 200); // ten reports of 20
      if (expected.delete(type) || events.length >= 20) flush(false, true);
    };
    const visibleMs = () => Math.round(shownMs + now() - (since ?? now()));
    const look = () => {
      const { url, title } = page();
      awaited = [{ on_exit_intent: true }, { idle_seconds: 60 }, { form_idle_seconds: 15 },
        ...proactive.rules.filter((rule) => url.toLowerCase().includes(rule.url_contains))];
      view = { page_view_id: newId(), page_url: url, scrollDepth: 0, clickCount: 0 };
      shownMs = sentMs = 0;
      since = document.hidden ? null : now();
      formAt = Infinity;
      note("page_view", { title });
      reportAt = now() + 5e3;
      heed();
      measureSoon();
    };
    const begin = () => !view && mayTrack() && look();
    // The first report starts the session, which is worth it only when somebody has stayed for a moment. To the last one of
    // a page nobody would hear the answer.
    const flush = async (isLast, isUrgent) => {
      if (!view || !mayTrack() || Date.now() < store.get("quiet_until")) return;
      const timeOnPage = visibleMs();
      if (!isUrgent && !events.length && timeOnPage - sentMs <= (isLast ? 200 : Math.max(9e3, sentMs / 4))) return;
      if (!hasSession() && (isLast || (!isUrgent && timeOnPage < 4500))) return;
      const batch = events.splice(0, 20);
      const metrics = { ...view, timeOnPage, page_title: page().title };
      let leftBefore, session_id;
      sentMs = timeOnPage;
      try {
        if (!isLast) await session();
        session_id = store.get("session_id");
        leftBefore = left;
        const answer = await call("track", { session_id, events: batch, metrics, chat_open: isOpen || isLast }, { simple: true, keepalive: true });
        store.set("heard_at", Date.now());
        const { message: content, ...more } = answer.proactive;
        if (content) {
          held = { ...more, content };
          heed();
        }
      } catch (error) {
        const { status, retryAfter } = error;
        // Told that there are too many, nothing is begun unasked for as long as that lasts, here and on the next pages.
        if (retryAfter || status === 429) store.set("quiet_until", Date.now() + (retryAfter || 3600) * 1e3);
        if (status === 404 && !panel) dropSession(session_id); // a panel may still show what has ended
        // A page that is being left hears of failure, while what it sent goes on its way.
        if (status ? status === 404 || status >= 500 : !(leftBefore < left)) events.unshift(...batch);
      }
    };
    // Speaking first: the server decides. It is told at once when all holds that a rule asks of the browser. Each rule once
    // a page view, and so what is noted without a rule. One timer; while nobody is there, only for what a rule waits for.
    const heed = (on_exit_intent = false) => {
      clearTimeout(timer);
      timer = 0;
      if (signal.aborted || document.hidden) return;
      if (now() >= typedUntil && held) held = tease(held); // not to who is elsewhere or in the middle of typing
      if (!view) return;
      const idle_seconds = (now() - lastActive) / 1e3;
      const seen = {
        idle_seconds, form_idle_seconds: (now() - formAt) / 1e3, visible_seconds: visibleMs() / 1e3,
        scroll_percent: view.scrollDepth, clicks: view.clickCount, on_exit_intent,
      };
      const due = [];
      if (!isOpen && (proactive.mobile_enabled || !isMobile())) awaited = awaited.filter((rule) => Object.keys(seen).some((name) => seen[name] < rule[name]) || !due.push(rule));
      const waits = awaited.flatMap((rule) => Object.keys(seen).map((name) => /seconds/.test(name) && (rule[name] - seen[name]) * 1e3));
      const isTime = now() >= reportAt;
      if (isTime) reportAt = now() + 1e4;
      waits.push(held && typedUntil - now(), idle_seconds < 60 && reportAt - now());
      const ms = Math.min(...waits.filter((one) => one > 0));
      if (ms < Infinity) timer = later(heed, ms + 1);
      for (const name in SIGNS) {
        if (due.some((rule) => rule[name])) note(SIGNS[name], seen[name] > 1 ? { idle_seconds: Math.floor(seen[name]) } : null);
      }
      const isUrgent = due.some((rule) => rule.trigger_type);
      if (isUrgent || isTime) flush(false, isUrgent);
    };
    const stir = () => {
      lastActive = now();
      if (!timer) heed();
    };
    const measureSoon = () => (measuring ??= requestAnimationFrame(measure)); // when the layout is known anyway
    const measure = () => {
      measuring = null;
      if (!view) return;
      const before = view.scrollDepth;
      const depth = Math.min(100, Math.round(((scrollY + innerHeight) * 100) / document.documentElement.scrollHeight));
      view.scrollDepth = Math.max(before, depth);
      if (depth - (depth % 25) > before) note("scroll_depth", depth);
      if (depth > before) heed();
    };
    const click = ({ target, timeStamp, clientX, clientY }) => {
      if (!view || target === host) return;
      view.clickCount += 1;
      near = near.filter(([at, x, y]) => timeStamp - at < 700 && Math.hypot(clientX - x, clientY - y) < 24);
      const what = target.closest("a,button,[data-caty-event]");
      if (what) {
        const text = what.textContent.trim().replace(CODE, "…").slice(0, 60);
        note(what.dataset.catyEvent || "click", { element: what.localName, text, ...(what.href && { url: clean(what.href) }) });
      }
      if (near.push([timeStamp, clientX, clientY]) === 3) note("rage_click");
      heed();
    };
    // A form is left alone once it was sent or the focus has left it.
    const edit = ({ type, target, relatedTarget }) => {
      formAt = Infinity;
      if (type === "input") typedUntil = now() + 1e4;
      if (type === "focusout") {
        if (!relatedTarget) typedUntil = 0;
      } else if (target.form && target.matches("input:not([type=search],[type=password]),textarea,select")) {
        formAt = now();
      }
      heed();
    };
    const leave = ({ clientY }) => clientY > 0 || heed(true);
    const rest = () => {
      shownMs = visibleMs();
      since = null;
      flush(true);
      heed();
    };

    // Words of people are looked for by the panel's side, where a person was asked for or is answering.
    const seek = () => hasSession() && Date.now() - store.get("person_at") < 18e5 && load().catch(() => {});
    app.tease = tease;

    listen(document, "caty:open", () => {
      const shown = clear();
      held = 0;
      if (!shown.message_id) return;
      note("proactive_opened", shown.message_id);
      panel.showProactive(shown);
    });
    listen(document, "caty:page", () => {
      if (!view) return;
      flush(true);
      look();
    });
    listen(document, "caty:consent", ({ detail: granted }) => {
      if (granted) return begin();
      events = [];
      view = null;
      return heed();
    });
    listen(window, "pointermove pointerdown keydown scroll", stir);
    listen(window, "scroll", measureSoon);
    listen(document, "click", click, { capture: true });
    listen(document, "focusin input focusout submit", edit);
    listen(document.documentElement, "mouseleave", leave);
    listen(document, "visibilitychange", () => {
      if (document.hidden) return rest();
      since ??= now();
      stir();
      return seek();
    });
    listen(window, "pagehide", () => {
      rest();
      left += 1;
    });
    begin();
    seek();
    if (greeting.enabled) later(greet, greeting.delay_ms);
  };

  const prepare = async () => {
    key = options.apiKey ?? "preview";
    const lang = options.lang ?? (document.documentElement.lang || navigator.language);
    // `v` goes up when an older panel would not do: browsers may have kept a configuration with its address.
    config ??= (await call(`config?${new URLSearchParams({ key, lang, v: 4 })}`, null, { signal: AbortSignal.timeout?.(1e4) })).config;
    if (options.greeting) config.behavior.greeting.message = options.greeting;
    life = new AbortController();
    wasOpened = store.get("opened");
    if (token) await call("resume", { token }).then(enter, () => {});
    place = clean(location.href);
    build();
    listen(window, "pointermove pointerdown keydown scroll popstate", turned);
    listen(window.navigation, "currententrychange", turned);
    if (!isPreview) watch();
    emit("ready");
    if (token || options.target || options.open != null || (store.get("open") && !isMobile())) open({ focus: !!token });
    return true;
  };
  const start = async () => {
    if (!options.apiKey && !config) return false;
    return (starting ??= prepare().catch(({ code = "CONFIG", message }) => {
      starting = null;
      emit("error", { code, message });
    }));
  };
  const destroy = () => {
    life?.abort();
    observer.disconnect();
    panel?.destroy();
    host?.remove();
    life = panel = loading = note = starting = config = null;
    isOpen = false;
  };
  const restart = async () => {
    const again = isOpen;
    destroy();
    if (await start() && again) open({ focus: false });
  };
  const configure = (more) => {
    Object.assign(options, more);
    if (!life) return;
    if (more.lang) return restart();
    if (more.greeting) config.behavior.greeting.message = more.greeting;
    dress();
    panel?.update(config);
  };
  const commands = {
    open, close, toggle, send, consent, destroy, on, configure,
    set: configure,
    init: (more = {}) => {
      configure(more);
      return start();
    },
    theme: (theme) => configure({ theme }),
    lang: (lang) => configure({ lang }),
    show: () => configure({ launcher: "on" }),
    hide: () => configure({ launcher: "off" }),
    page: () => life && turned(),
    track: async (name, props) => (await start()) && note?.(`${name}`, props),
    reset: async () => {
      await tell("end");
      forgetAll();
      return restart();
    },
    preview: (given) => {
      isPreview = true;
      config = given;
      return commands.init();
    },
  };
  const Caty = window.Caty = (name, ...args) => (commands[name] ?? (() => console.warn(`Caty: no command “${name}”.`)))(...args);
  Caty.isCaty = true;
  window.CatyWidget = { ...commands, sendMessage: send, clearSession: commands.reset };
  waiting?.q?.forEach((one) => Caty(...one));

  document.addEventListener("click", (event) => {
    if (!life || !event.target.closest?.("[data-caty-open]")) return;
    event.preventDefault();
    open();
  });
  // Late, so that the page comes first.
  const rest = () => (window.requestIdleCallback ?? setTimeout)(start, { timeout: 2e3 });
  if (document.readyState === "complete") rest();
  else addEventListener("load", rest, { once: true });
})();
