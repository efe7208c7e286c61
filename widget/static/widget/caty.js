/* Caty on a page: the launcher and the way to the API. Two more files are brought when needed and get `app`, below:
   panel.js fills app.frame (a flex column) with the chat and gives back
   { open(focus), close(), send(text), showProactive(message), update(config), destroy() };
   watch.js is there while it is closed (teaser, what visitors do, words of staff): { note(type, data), destroy() }. */
(() => {
  const waiting = window.Caty;
  if (waiting?.isCaty) return waiting("init");

  const script = [document.currentScript, ...document.scripts].find((one) => /\/widget\.js(\?|$)/.test(one?.src));
  const source = new URL(script?.src ?? location);
  const options = { apiKey: source.searchParams.get("key"), ...script?.dataset };
  let isPreview = "preview" in options;
  let config, starting, renewing, key, life, host, root, stage, frame, launcher, badge, theme, panel, loading, watching;
  let isOpen, wasOpened, place, unread = 0, tries = "";

  // Nodes, never made from text. Props: attributes, on… listeners, `text`; null and false are left out.
  const h = (tag, props, ...children) => {
    const node = /^(svg|path)$/.test(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(props ?? {})) {
      if (value == null || value === false) continue;
      if (name === "text") node.textContent = value;
      else if (typeof value === "function") node.addEventListener(name.slice(2).toLowerCase(), value);
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat().filter((child) => child || child === 0));
    return node;
  };
  const ICONS = {
    chat: "M12 4c5 0 9 3 9 7.5S17 19 12 19q-1.5 0-3-.5l-4.5 2 .8-3.8Q3 14.5 3 11.5C3 7 7 4 12 4Z",
    close: "m6 6 12 12M18 6 6 18", send: "M12 19V5m-6 6 6-6 6 6", new: "M12 5v14M5 12h14", stop: "M7 7h10v10H7Z", link: "M7 17 17 7H8m9 0v9", retry: "M5 9a8 8 0 1 1-1 5M5 4v5h5",
    up: "M7 11v9H4v-9h3l4-7q2 0 2 3l-.5 3H18q2 0 2 2l-2 8H7", down: "M7 13V4H4v9h3l4 7q2 0 2-3l-.5-3H18q2 0 2-2l-2-8H7",
  };
  const icon = (name) => h("svg", { viewBox: "0 0 24 24", class: `icon ${name}`, "aria-hidden": "true" }, h("path", { d: ICONS[name] }));
  const adopt = (css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    return sheet;
  };
  const listen = (target, types, fn, how) =>
    types.split(" ").forEach((type) => target?.addEventListener(type, fn, { signal: life.signal, passive: true, ...how }));
  const quietly = (work) => work.catch(() => {});
  const isMobile = () => !options.target && matchMedia("(max-width:480px),(max-height:480px)").matches;

  // Events go through the document, so that one listener's failure is nobody else's.
  const emit = (name, detail) => document.dispatchEvent(new CustomEvent(`caty:${name}`, { detail }));
  const on = (name, fn) => {
    const heard = ({ detail }) => fn(detail);
    document.addEventListener(`caty:${name}`, heard);
    return () => document.removeEventListener(`caty:${name}`, heard);
  };

  // Kept in memory until it may be stored, and where storage is blocked.
  const memory = {};
  const stored = (name, work) => {
    try {
      return work(/open|draft/.test(name) ? sessionStorage : localStorage, `caty:${key.slice(-8)}:${name}`);
    } catch {
      return null;
    }
  };
  const store = {
    get: (name) => stored(name, (area, at) => JSON.parse(area.getItem(at))) ?? memory[name],
    set(name, value) {
      memory[name] = value;
      if (isPreview || !(wasOpened || name === "consent" || mayTrack())) return;
      stored(name, (area, at) => {
        area.setItem(at, JSON.stringify(value));
        delete memory[name];
      });
    },
    remove(name) {
      delete memory[name];
      stored(name, (area, at) => area.removeItem(at));
    },
    on: (name, fn) => stored(name, (area, at) => listen(window, "storage", (event) => event.key === at && fn(JSON.parse(event.newValue)))),
  };
  const forgetAll = () => {
    Object.keys(memory).forEach(store.remove);
    stored("", (_, at) => [localStorage, sessionStorage].forEach((area) => Object.keys(area).forEach((one) => one.startsWith(at) && area.removeItem(one))));
  };
  const keep = (values) => Object.entries(values).forEach(([name, value]) => store.set(name, value));

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
  const failure = (status, told, retryAfter) => Object.assign(Error(told?.error), { code: "OFFLINE", details: [], ...told, status, retryAfter });
  const call = async (path, body, { signal, stream, idempotencyKey, simple, keepalive } = {}) => {
    if (isPreview) return pretend(stream);
    const headers = simple ? {} : { "Content-Type": "application/json", "X-API-Key": key };
    if (stream) headers.Accept = "text/event-stream";
    if (idempotencyKey) headers["Idempotency-Key"] = idempotencyKey;
    const how = body && { method: "POST", headers, body: JSON.stringify(simple ? { api_key: key, ...body } : body), keepalive };
    const answer = await fetch(`${options.api ?? source.origin}/api/widget/${path}`, { credentials: "omit", signal, ...how }).catch((cause) => {
      throw signal?.aborted ? cause : failure(0, null, 0);
    });
    if (answer.ok) return stream ? answer : answer.json();
    throw failure(answer.status, await answer.json().catch(() => {}), +answer.headers.get("Retry-After"));
  };
  const hasSession = () => !!store.get("session_id") && Date.now() - store.get("heard_at") < 18e5;
  const session = async () => {
    if (!hasSession()) await (renewing ??= startSession().finally(() => (renewing = null)));
    const { enabled, message: content } = config.behavior.greeting;
    return { session_id: store.get("session_id"), visitor_id: store.get("visitor_id"), greeting: enabled ? { content } : null };
  };
  const startSession = async () => {
    store.remove("session_id");
    const track = mayTrack();
    const body = { visitor_id: store.get("visitor_id"), page: track ? page() : null, language: config.texts.language, track };
    const { session_id, visitor_id } = await call("session", body, { simple: true });
    if (!hasSession()) keep({ visitor_id, session_id, heard_at: Date.now() }); // else another tab was quicker
  };
  // Another may have been started meanwhile.
  const dropSession = (id) => id === store.get("session_id") && store.remove("session_id");
  // With the session's id; one is started where there is none. Four tries, but one where the answer is streamed.
  const post = async (path, body, how = {}) => {
    for (let attempt = 1, used, renewed; ; attempt++) {
      try {
        used = (await session()).session_id;
        const answer = await call(path, { session_id: used, ...body }, how);
        store.set("heard_at", Date.now());
        app.heard?.(path, answer);
        return answer;
      } catch (error) {
        const { status, code, message, retryAfter } = error;
        if (code === "NOT_FOUND" && !renewed && !/^(end|feed|proactive\/)/.test(path)) {
          renewed = true;
          dropSession(used);
          continue;
        }
        if (how.stream || attempt > 3 || (status === 429 ? retryAfter > 30 : status > 0 && status < 500) || how.signal?.aborted) {
          if (!how.quiet && code) emit("error", { code, message });
          throw error;
        }
        const ms = retryAfter * 1e3 || 2 ** attempt * (300 + Math.random() * 200);
        await new Promise((done) => (navigator.onLine ? setTimeout(done, ms) : addEventListener("online", done, { once: true })));
      }
    }
  };
  const tell = (path, body) => hasSession() && quietly(post(path, body, { quiet: true }));
  const renew = async () => {
    await tell("end");
    ["session_id", "person_at", "seen"].forEach(store.remove);
    return session();
  };
  const pretend = (stream) => {
    const message = config.behavior.greeting.message;
    const answer = { session_id: key, messages: [], message, response: { content: message } };
    return stream ? Response.json(answer) : answer;
  };

  // What may be noted of a visitor at all.
  const mayTrack = () => {
    const objects = navigator.globalPrivacyControl || navigator.doNotTrack === "1";
    const set = isPreview || objects || options.track === "off" ? "off" : config.behavior.tracking;
    const agreed = store.get("consent");
    return set === "on" && options.consent !== "required" ? agreed !== false : set !== "off" && agreed === true;
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
:host{all:initial!important;position:fixed!important;z-index:var(--caty-z)!important;direction:ltr!important;--caty-z:99990;--caty-radius:18px;--caty-font:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
:host([inline]){position:relative!important;display:block!important;height:100%!important}
*{box-sizing:border-box}
.stage{--right:20px;--left:auto;--bottom:calc(20px + env(safe-area-inset-bottom,0px));--shadow:0 0 0 1px rgb(15 23 42/.06),0 6px 16px -4px rgb(15 23 42/.16),0 20px 48px -12px rgb(15 23 42/.28);font:400 medium/1.5 var(--caty-font);color:var(--caty-text)}
.left{--right:auto;--left:20px}
button,a{font:inherit;color:inherit;cursor:pointer}
:focus-visible{outline:3px solid var(--caty-accent);outline-offset:2px}
.icon{width:1.5em;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round;vertical-align:middle}
.launcher,.frame{position:fixed;right:var(--right);left:var(--left);bottom:var(--bottom)}
.launcher{width:60px;height:60px;padding:0;border:0;border-radius:50%;background:var(--caty-primary);color:var(--caty-on-primary);box-shadow:var(--shadow);transition:transform .2s;animation:pop .3s}
.launcher:hover{transform:scale(1.06)}
.launcher>.icon{position:absolute;inset:0;width:28px;margin:auto;transition:transform .25s,opacity .2s}
.launcher>.close,.on>.launcher>.chat{opacity:0;transform:rotate(-60deg) scale(.6)}
.on>.launcher>.close{opacity:1;transform:none}
.badge{position:absolute;top:-4px;right:-4px;min-width:22px;padding:0 5px;border:2px solid #fff;border-radius:11px;background:#d92d20;color:#fff;font-size:12px;font-weight:600;line-height:18px}
.frame{border-radius:var(--caty-radius);background:var(--caty-background);box-shadow:var(--shadow);bottom:calc(var(--bottom) + 76px);width:min(400px,100vw - 40px);height:min(680px,100dvh - 116px);display:flex;flex-direction:column;overflow:hidden;visibility:hidden;opacity:0;transform:translateY(16px);transition:opacity .18s,transform .26s,visibility 0s .26s}
.on>.frame{visibility:visible;opacity:1;transform:none;transition-delay:0s}
.mobile>.frame{inset:var(--top,0) 0 auto;width:100%;height:var(--height,100dvh);border-radius:0}
.mobile.on>.launcher,.inline>.launcher{display:none}
.inline>.frame{position:absolute;inset:0;width:100%;height:100%}
@keyframes pop{from{opacity:0;transform:scale(.5)}}
@keyframes rise{from{opacity:0;transform:translateY(12px)}}
@media (prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}}
@media (forced-colors:active){.launcher,.frame{border:2px solid}}
@media print{:host{display:none!important}}`;
  // A colour of the page's own is made readable by its lightness: 4.5:1 for words on it, and for itself as words.
  const own = (name) => `@supports (color:lab(from red l a b)){:host{--caty-primary:${options.primaryColor};--caty-on-primary:lab(from var(--caty-primary) calc((49.4 - l)*99) 0 0);--caty-accent:lab(from var(--caty-primary) ${name === "dark" ? "max(l,70)" : "min(l,40)"} a b)}}`;
  const dress = () => {
    const { palettes, theme: usual, position } = config.appearance;
    const name = /^(light|dark|auto)$/.test(options.theme) ? options.theme : usual;
    const rule = (one) => `:host{color-scheme:${one}!important;${Object.entries(palettes[one]).map(([part, value]) => `--caty-${part.replace("_", "-")}:${value}`).join(";")}}${options.primaryColor ? own(one) : ""}`;
    theme.replaceSync(name === "auto" ? `${rule("light")}@media (prefers-color-scheme:dark){${rule("dark")}}` : rule(name));
    stage.className = `stage ${options.position ?? position} ${options.target ? "inline" : ""}`.replace("bottom-", "");
    stage.lang = config.texts.language;
    frame.dir = config.texts.direction;
    Object.assign(app, { config, root, stage, frame, launcher, direction: frame.dir });
    [stage, frame].forEach((node) => node.setAttribute("aria-label", config.persona.name));
    launcher.hidden = options.launcher === "off";
    setUnread(unread);
  };
  const draw = () => {
    const { open: opener, close: closer, unread: news } = config.texts.launcher;
    const { height, offsetTop, scale } = window.visualViewport ?? {};
    const isFull = isMobile();
    launcher.setAttribute("aria-label", isOpen ? closer : opener + (unread ? `. ${news.replace("{count}", unread)}` : ""));
    launcher.setAttribute("aria-expanded", !!isOpen);
    badge.hidden = !unread || isOpen;
    badge.textContent = unread;
    stage.classList.toggle("on", !!isOpen);
    stage.classList.toggle("mobile", isFull);
    frame.setAttribute("aria-modal", !!(isFull && isOpen));
    if (scale > 1.05) return; // zoomed in by hand
    frame.style.setProperty("--height", `${height}px`);
    frame.style.setProperty("--top", `${offsetTop}px`);
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
    adopt(CSS);
    theme = adopt("");
    badge = h("span", { class: "badge", part: "badge" });
    launcher = h("button", { class: "launcher", part: "launcher", type: "button", onclick: toggle }, icon("chat"), icon("close"), badge);
    frame = h("div", { class: "frame", part: "panel", role: "dialog" });
    stage = h("section", {}, frame, launcher);
    root.append(stage);
    // The page would take typing in here for its own shortcuts: seen from outside, the target is no input.
    listen(root, "keydown keyup keypress", (event) => event.stopPropagation());
    listen(frame, "pointerdown keydown", use);
    listen(frame, "keydown", steer, { passive: false });
    listen(launcher, "pointerenter focus touchstart", () => quietly(load()));
    listen(window.visualViewport, "resize scroll", draw);
    listen(window, "resize", draw);
    dress();
    attach();
  };
  // Full screen keeps the focus; beside the page it may leave.
  const steer = (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) close();
    if (event.key !== "Tab" || !isMobile()) return;
    const stops = [...frame.querySelectorAll("a[href],button,input,textarea,[tabindex='0']")].filter((one) => !one.disabled && one.getClientRects().length);
    if (event.shiftKey) stops.reverse();
    if (root.activeElement !== stops[stops.length - 1]) return;
    event.preventDefault();
    stops[0].focus();
  };

  const bring = (address, keepIt) => import(address + tries).then(({ default: mount }) => keepIt(mount(app)));
  const load = () => (loading ??= bring(config.panel_url, (made) => (panel = made)).catch((error) => {
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
    if (frame.contains(root.activeElement)) launcher.focus({ preventScroll: true });
    emit("close");
  };
  const toggle = () => (isOpen ? close() : open());
  const send = async (text) => (await open())?.send(`${text}`);

  const app = {
    h, icon, adopt, isMobile, post, call, session, hasSession, renew, store, page, clean, newId, emit, on, listen, setUnread, mayTrack, tell, open, send, CODE,
    close: () => close(),
    get isOpen() { return isOpen; },
    get panel() { return panel; },
  };
  // Pages that change without being loaded: told by the browser, or seen at the next movement.
  const turned = () => {
    const url = clean(location.href);
    if (url === place) return;
    place = url;
    emit("page", page());
  };
  // Not before the first movement, or when somebody has stayed: most of what it does is for later.
  const watch = () => (watching ??= isPreview || quietly(bring(config.watch_url, (made) => (watching = made))));

  const prepare = async () => {
    key = options.apiKey ?? "preview";
    const lang = options.lang ?? (document.documentElement.lang || navigator.language);
    if (!isPreview) ({ config } = await call(`config?${new URLSearchParams({ key, lang })}`, null, { signal: AbortSignal.timeout?.(1e4) }));
    if (options.greeting) config.behavior.greeting.message = options.greeting;
    life = new AbortController();
    wasOpened = store.get("opened");
    place = clean(location.href);
    app.startedAt = performance.now();
    build();
    listen(window, "pointermove pointerdown keydown scroll popstate", () => {
      turned();
      watch();
    });
    listen(window.navigation, "currententrychange", turned);
    setTimeout(() => life && watch(), 2500);
    emit("ready");
    if (options.target || options.open != null || (store.get("open") && !isMobile())) open({ focus: false });
    return true;
  };
  const start = async () => {
    if (!options.apiKey && !(isPreview && config)) return false;
    return (starting ??= prepare().catch(({ code = "CONFIG", message }) => {
      starting = null;
      emit("error", { code, message });
    }));
  };
  const destroy = () => {
    life?.abort();
    observer.disconnect();
    panel?.destroy();
    watching?.destroy?.();
    host?.remove();
    life = panel = loading = watching = starting = config = isOpen = null;
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
    init: (more = {}) => (life ? configure(more) : start(Object.assign(options, more))),
    theme: (theme) => configure({ theme }),
    lang: (lang) => configure({ lang }),
    show: () => configure({ launcher: "on" }),
    hide: () => configure({ launcher: "off" }),
    page: () => life && turned(),
    track: async (name, props) => (await start()) && (await watch())?.note?.(`${name}`, props),
    reset: async () => {
      await tell("end");
      forgetAll();
      return restart();
    },
    preview: (given) => {
      isPreview = true;
      config = given;
      return life ? configure({}) : start();
    },
  };
  const Caty = (name, ...args) => (commands[name] ?? (() => console.warn(`Caty: no command “${name}”.`)))(...args);
  Caty.isCaty = true;
  window.Caty = Caty;
  window.CatyWidget = { ...commands, sendMessage: send, clearSession: commands.reset };
  waiting?.q?.forEach((one) => Caty(...one));

  document.addEventListener("click", (event) => {
    if (!life || !event.target.closest?.("[data-caty-open]")) return;
    event.preventDefault();
    open();
  });
  if (isPreview) addEventListener("message", ({ data, origin }) => origin === location.origin && data?.type === "caty:preview" && Caty("preview", data.config));
  // Late, so that the page comes first.
  const rest = () => (window.requestIdleCallback ?? setTimeout)(start, { timeout: 2e3 });
  if (document.readyState === "complete") rest();
  else addEventListener("load", rest, { once: true });
})();
