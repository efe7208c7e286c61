// The chat: caty.js brings it when it is first wanted.

export const ENGLISH = {
  "available": "Answers at once",
  "with_person": "You are talking to {name}",
  "person_called": "Our team has been told",
  "ended": "This conversation has ended",
  "offline": "You are offline",
  "close": "Close chat",
  "new_conversation": "New conversation",
  "new_question": "End this conversation and start a new one?",
  "new_start": "Start a new one",
  "new_keep": "Keep this one",
  "mail_me": "Send it to me by mail",
  "conversation": "Conversation",
  "newest": "Newest message",
  "you": "You",
  "write": "Write a message",
  "send": "Send message",
  "stop": "Stop the answer",
  "stopped": "Stopped",
  "characters_left": "Characters left: {count}",
  "typing": "{name} is writing…",
  "ai_notice": "Answers are written by AI and may contain mistakes.",
  "new_tab": "opens in a new tab",
  "sources": "Sources",
  "up": "This helped",
  "down": "This did not help",
  "failed": "That did not get through.",
  "try_again": "Try again",
  "queued": "You are offline. This will be sent when you are back.",
  "limited": "Please wait a moment. Next try in {seconds} s.",
  "limited_later": "That was a lot for now. Please try again later.",
  "name": "Name",
  "email": "E-mail",
  "phone": "Phone",
  "company": "Company",
  "optional": "optional",
  "lead_send": "Send my details",
  "cancel": "Not now",
  "privacy": "Privacy notice",
  "need_contact": "Enter an e-mail address or a phone number.",
  "bad_email": "Enter a valid e-mail address.",
  "bad_phone": "Enter a valid phone number.",
  "need_consent": "Tick this box to agree.",
  "need_value": "Fill this in.",
  "handoff_title": "Where can our team reach you?"
};

const LONGEST = 4000;
const TRIES = 4;
const SILENCE_MS = 40_000; // the server says something every 15 s
const WATCH_MS = 30 * 60_000; // for a person who was asked for
const ACTIVE_MS = 10 * 60_000; // since the visitor did anything
const POLL_SECONDS = 20;
const PAGE = 100;
const KEPT = 50;
const PASSING = ["RATE_LIMITED", "SERVER_ERROR", "UNAVAILABLE", "OFFLINE"];
const WRONG = { email: "bad_email", phone: "bad_phone", consent: "need_consent" };
const AUTOCOMPLETE = { name: "name", email: "email", phone: "tel", company: "organization" };

const ICONS = {
  close: "m6 6 12 12M18 6 6 18",
  send: "M12 19V5m-6 6 6-6 6 6",
  new: "M12 5v14M5 12h14",
  stop: "M7 7h10v10H7Z",
  link: "M7 17 17 7H8m9 0v9",
  retry: "M5 9a8 8 0 1 1-1 5M5 4v5h5",
  up: "M7 11v9H4v-9h3l4-7q2 0 2 3l-.5 3H18q2 0 2 2l-2 8H7",
  down: "M7 13V4H4v9h3l4 7q2 0 2-3l-.5-3H18q2 0 2-2l-2-8H7",
};

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function safeAddress(url) {
  try {
    const { href, protocol } = new URL(url, location.href);
    return url && /^(https?|mailto|tel):$/.test(protocol) ? href : "";
  } catch {
    return "";
  }
}

const KINDS = Object.entries({
  pre: /^\s*```/, h3: /^#{1,6}\s/, blockquote: /^\s*>/, ul: /^\s*[-*+•]\s/, ol: /^\s*\d{1,9}[.)]\s/, p: /\S/,
});
const kindOf = (line) => KINDS.find(([, start]) => start.test(line))?.[0] ?? "";

// Each alternative ends at its own mark, so the time is linear in any text.
const INLINE = new RegExp(
  [
    /\\(?<escaped>[!-/:-@[-`{-~])/,
    /`(?<code>[^`\n]+)(?:`|$)/,
    /\[(?<label>[^[\]\n]+)\]\((?<target>[^\s()]+)\)/,
    /\*\*(?<strong>\*?[^*\s](?:[^*\n]|\*(?!\*))*\*?)(?:\*\*|$)/,
    /(?<mark>\*|\b_)(?<em>[^*_\s](?:[^*_\n]*[^*_\s])?)\k<mark>(?!\w)/,
    /\b(?<page>https?:\/\/[^\s<>"`]*[^\s<>"`.,:;!?'*_)\]}])/,
    /\b(?<mail>[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+)\b/,
  ].map(({ source }) => source).join("|"),
  "g",
);

function blocksOf(text) {
  const blocks = [];
  let kind = "";
  let isAfterBlank;
  for (const line of text.split(/\r?\n/)) {
    const next = kindOf(line);
    const isInList = kind.endsWith("l") && (!next || /^\s\s/.test(line));
    if (kind && (kind === "pre" || next === kind || isInList || (next === "p" && !isAfterBlank))) {
      blocks[blocks.length - 1] += `\n${line}`;
      if (kind === "pre" && next === kind) kind = "";
    } else {
      if (next) blocks.push(line);
      kind = next === "h3" ? "" : next;
    }
    isAfterBlank = !next;
  }
  return blocks;
}

function itemsOf(lines, kind) {
  const width = lines[0].match(/^\s*\S+\s/)[0].length;
  const items = [];
  for (const line of lines) {
    const indent = line.search(/\S|$/);
    if (kindOf(line) === kind && indent < width) items.push(line.replace(/^\s*\S+\s+/, ""));
    else items[items.length - 1] += `\n${line.slice(Math.min(indent, width))}`;
  }
  return items;
}

/** A function that draws Markdown into a node, out of nodes alone: no text can become markup. */
function painter(h, link) {
  const mark = ({ escaped, code, label, target, strong, em, page, mail }, all, isLinked) => {
    if (escaped) return escaped;
    if (code) return h("code", {}, code);
    if (strong || em) return h(strong ? "strong" : "em", {}, inline(strong || em, isLinked));
    const url = target || page || `mailto:${mail}`;
    return (!isLinked && link(url, "", label ? inline(label, true) : all)) || label || all;
  };
  const inline = (text, isLinked) => {
    const parts = [];
    let from = 0;
    const plain = (to) => text.slice(from, to).split("\n").forEach((line, at) => parts.push(at > 0 && h("br"), line));
    for (const { index, 0: all, groups } of text.matchAll(INLINE)) {
      plain(index);
      parts.push(mark(groups, all, isLinked));
      from = index + all.length;
    }
    plain();
    return parts;
  };
  const block = (source, depth) => {
    const lines = source.split("\n");
    const kind = depth > 3 ? "p" : kindOf(lines[0]);
    const within = (text) => blocksOf(text).map((part) => block(part, depth + 1));
    if (kind === "pre") {
      if (lines.length > 1 && kindOf(lines[lines.length - 1]) === kind) lines.pop();
      return h("pre", { tabindex: "0" }, h("code", {}, lines.slice(1).join("\n")));
    }
    if (kind === "blockquote") return h(kind, {}, within(source.replace(/^\s*> ?/gm, "")));
    if (!kind.endsWith("l")) return h(kind, {}, inline(kind === "h3" ? source.replace(/^#+\s+/, "") : source));
    const start = kind === "ol" && parseInt(source.trim(), 10);
    return h(kind, { start }, itemsOf(lines, kind).map((item) => h("li", {}, within(item))));
  };
  return (node, text) => {
    const before = node.sources || [];
    node.sources = blocksOf(text);
    node.sources.forEach((source, at) => {
      if (at >= before.length) node.append(block(source, 0));
      else if (source !== before[at]) node.children[at].replaceWith(block(source, 0));
    });
    while (node.children.length > node.sources.length) node.lastChild.remove();
  };
}

async function* readEvents(body, heard) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (let part; !(part = await reader.read()).done; heard()) {
    const frames = (rest + decoder.decode(part.value, { stream: true })).split("\n\n");
    rest = frames.pop();
    for (const frame of frames) {
      const [, event, data] = /^event: (.*)\ndata: (.*)/m.exec(frame) || [];
      if (event) yield { event, data: JSON.parse(data) };
    }
  }
}

class Panel {
  constructor(app) {
    const gone = new AbortController();
    const { signal } = gone;
    const look = () => this.ready.then(() => this.keepUp());
    const stir = () => {
      const wasAway = Date.now() > this.watchUntil;
      this.watch();
      if (wasAway) look();
    };
    for (const type of ["pointermove", "pointerdown", "keydown", "wheel"]) addEventListener(type, stir, { signal, passive: true, capture: true });
    Object.assign(this, { app, gone, outbox: [], flights: new Set(), turns: 0 });
    if (app.isPreview) app.post = app.session = this.pretend.bind(this);
    app.frame.addEventListener("keydown", (event) => this.steer(event), { signal });
    addEventListener("resize", () => this.fit(), { signal });
    for (const type of ["resize", "scroll"]) window.visualViewport?.addEventListener(type, () => this.fit(), { signal });
    app.adopt(STYLE);
    this.forget();
    for (const name of ["online", "offline"]) addEventListener(name, look, { signal });
    document.addEventListener("visibilitychange", look, { signal });
    const hear = ({ key, newValue }) => {
      if (!key?.endsWith(`${(app.key ?? "").slice(-8)}:news`)) return;
      if (JSON.parse(newValue)?.isNew) this.forget();
      this.poll();
    };
    addEventListener("storage", hear, { signal });
    this.ready = this.update(app.config);
    if (this.isPersonAsked()) this.ready.then(() => this.people());
  }

  forget() {
    Object.assign(this, { lines: [], last: 0, session: "", mode: "assistant", isAnswering: false, isRestored: false, asks: false });
    if (this.list) this.show();
  }

  async update(config) {
    const { url, own, language = config.language } = config.texts || {};
    const pack = url && (await fetch(url, { credentials: "omit" }).then((answer) => answer.json()).catch(() => null));
    Object.assign(this, { config, language, texts: { ...ENGLISH, ...this.more, ...pack, ...own } });
    this.paint = painter(this.app.h, this.link.bind(this));
    this.build();
  }

  /** What only a talk with people needs, and what leads to one by mail. */
  people() {
    return (this.coming ??= import(this.config.people_url).then(({ ENGLISH: more, default: mount }) => {
      Object.assign(this, { more, texts: { ...more, ...this.texts } });
      this.side = mount(this);
      this.lines.forEach((line) => this.draw(line));
      this.refresh();
      return this.side;
    }).catch(() => (this.coming = null)));
  }

  t(key, values) {
    return this.texts[key].replace(/\{(\w+)\}/g, (all, name) => values?.[name] ?? all);
  }

  link(url, kind, ...label) {
    const href = safeAddress(url);
    const target = /^http/.test(href) && "_blank";
    if (!href) return null;
    const notice = target && this.app.h("span", { class: "unseen" }, ` (${this.t("new_tab")})`);
    return this.app.h("a", { class: kind, href, target, rel: "noopener", dir: "auto" }, ...label, notice);
  }

  icon(name) {
    return this.app.icon(name, ICONS[name]);
  }

  button(kind, label, onclick, icon) {
    const props = icon && { "aria-label": label, title: label };
    const type = onclick ? "button" : "submit";
    return this.app.h("button", { type, class: kind, dir: "auto", onclick, ...props }, icon ? this.icon(icon) : label);
  }

  avatar({ name, avatar_url: src } = this.config.persona) {
    const { h } = this.app;
    const initial = h("span", { class: "avatar", "aria-hidden": "true" }, [...name][0]);
    const image = src && h("img", { class: "avatar", src, alt: "", onerror: () => image.replaceWith(initial) });
    return image || initial;
  }

  build() {
    const { app, config } = this;
    const { h } = app;
    const { greeting, quick_replies: starters = [] } = config.behavior;
    const unseen = (role) => h("div", { class: "unseen", role });
    const actions = starters.map((label) => ({ label, action: "message" }));
    const hello = this.greeting || greeting.message;
    this.hello = greeting.enabled && { role: "assistant", content: hello, suggested_actions: actions };
    this.list = h("ol", { role: "list" });
    this.scroller = h("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": this.t("conversation"), onscroll: () => this.noteScroll() }, this.list);
    this.typing = h("li", { class: "line assistant typing", "aria-hidden": "true" }, h("i"), h("div", { class: "bubble" }, h("i"), h("i"), h("i")));
    this.newest = this.button("round newest", this.t("newest"), () => this.goToEnd(), "send");
    this.notice = h("p", { class: "notice" }, this.t("ai_notice"));
    this.question = h("div", { class: "ask", hidden: true });
    [this.log, this.status, this.alarm] = ["log", "status", "alert"].map(unseen);
    const before = this.panel;
    this.panel = h("div", { class: "panel", dir: app.frame.dir, lang: this.language },
      this.head(), this.question, this.scroller, h("div", { class: "edge" }, this.newest), this.composer(), this.alarm, this.notice, this.log, this.status);
    if (before) before.replaceWith(this.panel);
    else app.frame.append(this.panel);
    if (!this.isRestored && app.hasSession()) Object.assign(this, app.store.get("transcript"));
    this.show();
  }

  show() {
    this.list.replaceChildren(...[this.hello, ...this.lines].filter(Boolean).map((line) => this.view(line)));
    this.refresh();
    this.goToEnd();
  }

  head() {
    const { h } = this.app;
    this.state = h("p", { class: "state" });
    this.title = h("h2", { tabindex: "-1" });
    this.role = h("p");
    this.face = h("i");
    this.whom = "";
    return h("header", {}, this.face, h("div", { class: "whom" }, this.title, this.role, this.state),
      this.button("round", this.t("new_conversation"), () => this.askForNew(), "new"),
      this.button("round", this.t("close"), () => this.app.close(), "close"));
  }

  composer() {
    const { h, store } = this.app;
    const label = this.t("write");
    const value = this.input ? this.input.value : store.get("draft") || "";
    this.count = h("p", { id: "caty-count" });
    this.input = h("textarea", { id: "caty-text", rows: "1", maxlength: LONGEST, placeholder: label, enterkeyhint: "send", dir: "auto", "aria-describedby": "caty-count", oninput: () => this.typed(), onkeydown: (event) => this.pressed(event) }, value);
    this.sender = this.button("go", this.t("send"), () => this.submitInput(), "send");
    this.stopper = this.button("go", this.t("stop"), () => this.stop(), "stop");
    return h("div", { class: "write" }, h("label", { class: "unseen", for: "caty-text" }, label), this.input, this.count, this.stopper, this.sender);
  }

  typed() {
    const { style, value } = this.input;
    style.height = "auto";
    style.height = `${this.input.scrollHeight}px`;
    this.count.textContent = value.length > LONGEST * 0.9 ? this.t("characters_left", { count: LONGEST - value.length }) : "";
    this.app.store.set("draft", value);
    this.refresh();
  }

  pressed(event) {
    // 229: in Safari a composition ends before its last key is told.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.submitInput();
  }

  submitInput() {
    const { value } = this.input;
    this.input.value = "";
    this.typed();
    this.say(value);
    this.focus(this.input);
  }

  /** On a phone the keyboard would cover the text. */
  focus(node = this.app.isMobile() ? this.title : this.input) {
    node.focus({ preventScroll: true });
  }

  refresh() {
    const isPerson = this.mode === "person";
    const busy = [...this.flights].filter(({ line, isStopped }) => !line.note && !isStopped);
    const isTyping = isPerson ? this.isTyping : busy.some(({ answer }) => !answer) || (this.isAnswering && !this.flights.size);
    const { business, persona } = this.config;
    const whom = isPerson ? this.person || business : persona;
    const state = isPerson ? "with_person" : this.mode === "ended" ? "ended" : this.isPersonAsked() ? "person_called" : "available";
    this.meet(whom);
    const told = this.t(navigator.onLine ? state : "offline", whom);
    if (this.state.textContent !== told) {
      this.state.textContent = told;
      if (state !== "available") this.log.append(this.app.h("p", {}, told));
    }
    this.notice.hidden = isPerson;
    if (!isTyping) this.typing.remove();
    else if (this.list.lastChild !== this.typing) this.list.append(this.typing);
    const said = isTyping ? this.t("typing", whom) : "";
    if (this.status.textContent !== said) this.status.textContent = said;
    this.sender.hidden = busy.length > 0 && !this.input.value.trim();
    if (!this.sender.hidden && this.app.root.activeElement === this.stopper) this.focus();
    this.stopper.hidden = !this.sender.hidden;
    this.side?.refresh();
  }

  /** The one who answers, at the head and beside the dots. */
  meet(whom) {
    const known = JSON.stringify(whom);
    if (this.whom === known) return;
    this.whom = known;
    this.title.textContent = whom.name;
    this.role.textContent = whom.role ?? this.config.business.name;
    this.face.replaceWith((this.face = this.avatar(whom)));
    this.typing.firstChild.replaceWith(this.avatar(whom));
  }

  view(line) {
    const { h } = this.app;
    const { role, author } = line;
    const who = { visitor: { name: this.t("you") }, staff: author || this.config.business }[role] || this.config.persona;
    line.bubble = h("div", { class: "bubble", dir: "auto" });
    line.below = h("div", { class: "below" });
    line.timestamp ||= new Date().toISOString();
    const at = new Date(line.timestamp).toLocaleString(this.language, { dateStyle: "medium", timeStyle: "short" });
    const when = line !== this.hello && h("time", { class: "unseen", datetime: line.timestamp }, at);
    if (when) line.bubble.title = at;
    line.node = h("li", { class: `line ${role}` }, role !== "visitor" && this.avatar(who),
      h("div", { class: "said" }, h("p", { class: role === "staff" ? "author" : "unseen" }, who.name), line.bubble, when, line.below));
    line.shown = line.press = null;
    this.draw(line);
    return line.node;
  }

  draw(line) {
    const { content, role, state } = line;
    if (role === "visitor") line.bubble.textContent = content;
    else this.paint(line.bubble, content);
    line.bubble.hidden = !content;
    line.bubble.classList.toggle("growing", state === "partial");
    const { sources, suggested_actions, message_id, note } = line;
    const told = [...(sources || []), ...(suggested_actions || [])].map(({ title, label, action, url }) => [title, label, action, url || ""]);
    const below = JSON.stringify([told, message_id, note || "", state || "", this.side && line.attachments]);
    line.press?.(line.rating);
    if (line.shown === below) return; // nobody loses the button they are about to press
    line.shown = below;
    line.below.replaceChildren(...[this.side?.files(line), this.sources(line), this.actions(line), this.rating(line), this.note(line)].filter(Boolean));
  }

  sources({ sources }) {
    const { h } = this.app;
    const item = ({ title, url }) => h("li", { dir: "auto" }, this.link(url, "", this.icon("link"), title || url) || title);
    return sources?.length > 0 && h("div", { class: "sources" }, this.t("sources"), h("ul", { role: "list" }, sources.map(item)));
  }

  actions(line) {
    const { handoff, lead_form: lead } = this.config;
    const steps = {
      handoff: handoff.enabled && (() => this.callPerson()),
      lead_form: lead.enabled && (() => this.showForm(lead.title, lead.fields)),
      dismiss: () => this.dismiss(line),
      message: (label) => {
        this.say(label);
        this.focus();
      },
    };
    const draw = ({ label, action, url }) =>
      action === "link" ? this.link(url, "chip", label) : steps[action] && this.button("chip", label, () => steps[action](label));
    const drawn = (line.suggested_actions || []).map(draw).filter(Boolean);
    return drawn.length > 0 && this.app.h("div", { class: "chips", part: "actions" }, drawn);
  }

  rating(line) {
    const { message_id, answered_by: by } = line;
    if (!this.config.behavior.feedback || !message_id || !/ai|know/.test(by)) return null;
    const rate = (rating) => {
      press(rating);
      this.remember();
      const fail = () => {
        press("");
        this.alert("failed");
      };
      this.app.post("feedback", { message_id, rating }).catch(fail);
    };
    const thumbs = ["up", "down"].map((value) =>
      this.button("thumb", this.t(value), () => rate(value === line.rating ? "" : value), value));
    const press = (rating) => {
      line.rating = rating;
      ["up", "down"].forEach((value, at) => thumbs[at].setAttribute("aria-pressed", value === rating));
    };
    line.press = press;
    press(line.rating);
    return this.app.h("div", { class: "thumbs" }, thumbs);
  }

  note(line) {
    const { h } = this.app;
    const again = line.state === "failed" && this.button("again", [this.icon("retry"), this.t("try_again")], () => {
      this.launch(line);
      this.focus();
    });
    return line.note && h("p", { class: "note" }, line.note, again);
  }

  place(line, at = this.lines.length) {
    this.lines.splice(at, 0, line);
    const node = this.view(line);
    const after = this.lines[at + 1];
    if (after) after.node.before(node);
    else this.list.append(node);
    this.alarm.textContent = "";
    this.refresh();
    return line;
  }

  drop(line) {
    line.node.remove();
    this.lines = this.lines.filter((one) => one !== line);
  }

  /** A failure with a `note` is seen at its line already. */
  alert(key, note) {
    this.alarm.className = note ? "unseen" : "alarm";
    this.alarm.textContent = note || this.t(key);
  }

  /** A finished line is read out once. */
  announce(line) {
    const { role, content, message_id, bubble } = line;
    if (this.log.children.length > 4) this.log.firstChild.remove();
    this.log.append(this.app.h("p", {}, `${bubble.previousSibling.textContent}: ${bubble.textContent}`));
    if (!this.isOpen) {
      this.app.setUnread((this.unread += 1));
      this.side?.tease(line);
    }
    this.app.emit("message", { role, content, message_id });
    this.follow(line);
  }

  noteScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.isAtEnd = scrollHeight - scrollTop - clientHeight < 60;
    this.newest.hidden = this.isAtEnd;
    if (this.isAtEnd && scrollTop > this.ownTop) this.passed = this.lines[this.lines.length - 1];
  }

  scrollTo(top) {
    this.scroller.scrollTop = top;
    this.ownTop = this.scroller.scrollTop;
    this.noteScroll(); // no event comes where nothing had to move
  }

  goToEnd() {
    if (this.app.root.activeElement === this.newest) this.focus();
    this.passed = this.lines[this.lines.length - 1];
    this.scrollTo(this.scroller.scrollHeight);
  }

  /** A long answer is read from its beginning, unless one went on to its end; who reads elsewhere stays there. */
  follow(line) {
    if (this.isAtEnd) this.scrollTo(line === this.passed ? this.scroller.scrollHeight : line.node.offsetTop - 12);
  }

  say(text) {
    const content = text.trim().slice(0, LONGEST);
    const attachments = this.side?.take();
    if (!content && !attachments?.length) return;
    const line = this.place({ role: "visitor", content, attachments, client_message_id: this.app.newId() });
    this.app.emit("message", { role: "visitor", content });
    this.launch(line);
    this.goToEnd();
  }

  launch(line) {
    if (this.mode === "ended") this.mode = "assistant";
    this.settle(line, "sending");
    this.outbox.push(line);
    this.remember();
    this.pump();
  }

  /** The server answers one message while one more waits. */
  pump() {
    while (this.flights.size < 2 && this.outbox.length) this.deliver(this.outbox.shift());
    this.refresh();
  }

  settle(line, state, note = "") {
    Object.assign(line, { state, note });
    this.draw(line);
    if (note) this.alert("", note);
    this.refresh();
  }

  async deliver(line) {
    const flight = { line };
    this.flights.add(flight);
    this.turns += 1;
    for (let attempt = 1; attempt; attempt++) {
      try {
        await this.ask(flight, attempt);
        this.settle(line);
        break;
      } catch (error) {
        if (flight.answer) this.drop(flight.answer);
        flight.answer = null;
        if (flight.isStopped) this.settle(line);
        if (flight.isStopped || !(await this.pause(line, error, attempt))) break;
      }
    }
    this.flights.delete(flight);
    this.turns += 1;
    if (this.gone.signal.aborted) return;
    this.remember(true);
    this.pump();
    if (this.isElsewhere()) this.isStale = true;
    this.keepUp();
  }

  /** Waits until another try is worth it; false where none is. */
  async pause(line, { code, retryAfter }, attempt) {
    const seconds = retryAfter || 5;
    const isLimited = code === "RATE_LIMITED";
    const isFinal = attempt >= TRIES || seconds > 60 || (code?.length && !PASSING.includes(code));
    if (!navigator.onLine) {
      this.settle(line, "sending", this.t("queued"));
      await new Promise((done) => addEventListener("online", done, { once: true }));
    } else if (isFinal) {
      this.settle(line, "failed", this.t(isLimited ? "limited_later" : "failed"));
      return false;
    } else {
      this.settle(line, "sending", isLimited ? this.t("limited", { seconds }) : "");
      await sleep(isLimited ? seconds * 1000 : 250 * 2 ** attempt);
    }
    this.settle(line, "sending");
    return !this.gone.signal.aborted;
  }

  /** One try. The last ones don't stream: some networks let none pass. */
  async ask(flight, attempt) {
    const { content: message, client_message_id, attachments } = flight.line;
    const body = { message, client_message_id, attachment_ids: attachments?.map((one) => one.attachment_id), context: { page_url: this.app.page().url } };
    const control = (flight.control = new AbortController());
    let timer;
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => control.abort(), SILENCE_MS);
    };
    heard();
    try {
      const stream = attempt < 3;
      const headers = stream && { Accept: "text/event-stream" };
      const answer = await this.app.post("message", body, { signal: control.signal, stream, headers }).catch((error) => {
        if (error.status >= 0) this.app.emit("error", { code: error.code, message: error.message });
        throw error;
      });
      if (!answer.body) return this.finish(flight, answer);
      if (!/event-stream/.test(answer.headers.get("Content-Type"))) return this.finish(flight, await answer.json());
      for await (const { event, data } of readEvents(answer.body, heard)) {
        if (event === "delta") this.grow(flight, data.content);
        if (event === "done") return this.finish(flight, data);
        if (event === "error") throw data;
      }
    } finally {
      clearTimeout(timer);
    }
    throw new Error("cut");
  }

  grow(flight, words) {
    if (flight.isStopped || this.mode === "person") return;
    if (!flight.answer) {
      flight.answer = this.place({ role: "assistant", content: "", state: "partial" });
      this.remember(true);
      this.refresh();
    }
    const { answer } = flight;
    answer.content += words;
    cancelAnimationFrame(answer.frame);
    answer.frame = requestAnimationFrame(() => {
      this.draw(answer);
      this.follow(answer);
    });
  }

  finish(flight, { response }) {
    const known = this.lines.find(({ message_id: id }) => id && id === response.message_id);
    const isTold = known && known !== flight.answer; // a poll was quicker
    if (flight.answer && (isTold || !response.content)) this.drop(flight.answer);
    if (response.answered_by === "none") this.mode = "person";
    if (/human|none/.test(response.answered_by)) this.notePerson();
    if (!response.content) return;
    const line = known || flight.answer || this.place({ role: "assistant", content: "" });
    Object.assign(line, response, { state: "" });
    cancelAnimationFrame(line.frame);
    this.draw(line);
    if (!isTold) this.announce(line);
  }

  /** The server may finish the answer, unseen. */
  stop() {
    for (const flight of this.flights) {
      const line = flight.answer || this.place({ role: "assistant", content: "" });
      Object.assign(flight, { isStopped: true, answer: null });
      flight.control.abort();
      this.settle(line, "stopped", this.t("stopped"));
    }
  }

  /** Words of staff are looked for from now on, on the next pages too and while the chat is closed. */
  notePerson() {
    this.app.store.set("person_at", Date.now());
  }

  isPersonAsked() {
    return Date.now() - this.app.store.get("person_at") < WATCH_MS;
  }

  /** Keeps the last lines for the next page; tells other tabs that there is news. */
  remember(isNews, isNew) {
    const { lines, session, app } = this;
    const kept = lines.filter(({ state }) => !/partial|stopped/.test(state)).slice(-KEPT);
    app.store.set("transcript", { session, lines: kept.map(({ node, bubble, below, shown, press, ...line }) => line) });
    if (isNews) app.store.set("news", { at: Date.now(), isNew });
  }

  watch() {
    this.watchUntil = Date.now() + (this.mode === "person" || this.isPersonAsked() ? WATCH_MS : ACTIVE_MS);
  }

  /** Gets what is new, and waits for more while the visitor is there: a person may speak at any time. */
  async keepUp() {
    const isIdle = () => this.gone.signal.aborted || document.hidden || !this.isOpen || !navigator.onLine;
    this.refresh();
    this.wake?.();
    if (this.isKeepingUp) return;
    this.isKeepingUp = true;
    // While a person is called, one may come in the middle of an answer.
    const isWorth = () => this.mode !== "ended" && (!this.flights.size || this.mode === "waiting") && Date.now() < this.watchUntil;
    for (let failures = 0, recent = 0; !isIdle() && (this.isStale || isWorth());) {
      const wait = this.isStale ? 0 : POLL_SECONDS;
      const seen = this.seen();
      this.isStale = false;
      let pause = 0;
      try {
        const began = Date.now();
        await this.sync(wait);
        const took = Date.now() - began;
        failures = 0;
        // Some in a row may come at once, as people talk; in the long run it is one every two seconds.
        recent = Math.max(recent - took / 2000, 0) + 1;
        if (wait) pause = recent > 6 ? 2 : 0.2;
        // Nothing, and before its time: the server has no place for one more who waits.
        if (wait && !this.isStale && seen === this.seen() && took < wait * 500) pause = POLL_SECONDS;
      } catch ({ status }) {
        if (status > 0 && status < 500 && status !== 429) break; // refused: asking again won't help
        this.isStale = true;
        pause = Math.min(5 * 2 ** failures++, 60);
      }
      if (pause) await Promise.race([sleep(pause * 1000), new Promise((done) => (this.wake = done))]);
    }
    this.isKeepingUp = false;
  }

  seen() {
    return `${this.last} ${this.mode} ${!!this.isTyping} ${this.person?.name}`;
  }

  /** Whether another conversation has begun than this one. */
  isElsewhere(session = this.session) {
    const current = this.app.store.get("session_id");
    return !!current && current !== session;
  }

  async sync(wait) {
    const { session_id } = await this.app.session();
    if (session_id !== this.session) {
      const isOther = this.session;
      Object.assign(this, { session: session_id, last: 0, asks: false });
      if (isOther) {
        this.lines = this.lines.filter(({ state, sequence }) => state || !sequence); // what is new is of this one
        this.show();
      }
    }
    for (let page = 0, count = PAGE; page < 10 && count === PAGE; page++) {
      const { turns } = this;
      const found = await this.app.post("messages", { after: this.last, limit: PAGE, wait, mode: this.mode, typing: !!this.isTyping, person: this.person?.name || "" }, { signal: this.gone.signal });
      // What was asked of a conversation that has been left meanwhile is not told in the new one.
      if (this.isElsewhere(session_id)) return void (this.isStale = true);
      // An answer of this tab's own is known by its stream; looked at meanwhile, it may be over by now.
      found.is_answering &&= turns === this.turns && !this.flights.size;
      this.merge(found);
      count = found.messages.length;
    }
    if (!this.isRestored) this.resume();
    this.remember();
  }

  /** Sends what the last page couldn't. */
  resume() {
    const known = [...this.outbox, ...[...this.flights].map(({ line }) => line)];
    this.isRestored = true;
    if (this.isAtEnd) this.goToEnd();
    this.lines.filter((line) => line.state === "sending" && !known.includes(line)).forEach((line) => this.launch(line));
  }

  merge({ messages, mode = "assistant", is_answering: isAnswering, last_sequence, person, is_typing: isTyping, asks_satisfaction: asks }) {
    const isLive = /^[wp]/.test(mode);
    if (this.isOpen && last_sequence) this.app.store.set("seen", last_sequence);
    if (isLive) this.notePerson();
    else if (this.mode !== mode) this.app.store.remove("person_at");
    for (const flight of this.flights) {
      if (mode !== "person" || !flight.answer) continue;
      this.drop(flight.answer); // what is left of it is for the person's eyes
      flight.answer = null;
    }
    for (const said of messages) {
      const line = this.find(said);
      this.last = said.sequence;
      if (line) this.correct(line, said);
      else this.insert(said);
    }
    Object.assign(this, { mode, isAnswering, person, isTyping, asks });
    if (isLive || asks || mode === "ended" || this.lines.some(({ attachments }) => attachments?.length)) this.people();
    if (messages.length) this.watch();
    this.refresh();
  }

  find({ message_id: id, client_message_id: own, role }) {
    const isSame = (line) => line.message_id === id || (own && line.client_message_id === own);
    const isUnnamed = ({ message_id: known, state }) => role === "assistant" && !known && /partial|stopped/.test(state);
    return this.lines.find(isSame) || this.lines.find(isUnnamed);
  }

  correct(line, said) {
    // What was asked before a thumb was pressed knows nothing of it.
    const rating = line.rating ?? said.rating;
    Object.assign(line, said, { rating }, line.state === "stopped" ? { content: line.content } : { state: "", note: "" });
    this.draw(line);
  }

  insert(said) {
    let at = this.lines.length;
    while (at && !(this.lines[at - 1].sequence < said.sequence)) at--;
    const line = this.place(said, at);
    if (this.isRestored && said.role !== "visitor") this.announce(line);
  }

  /** Where the business wants it, details are asked for first; who leaves none is handed over all the same. */
  async callPerson(isAsked) {
    const { enabled, before_handoff: isFirst, fields } = this.config.lead_form;
    if (enabled && isFirst && !isAsked && !this.app.store.get("left")) {
      return this.showForm(this.t("handoff_title"), fields, () => this.callPerson(true));
    }
    try {
      const { is_available: isThere } = await this.app.post("handoff", { reason: "user_request" });
      this.notePerson();
      await this.sync(0);
      if (isThere || isAsked) this.focus();
      else this.showForm(this.t("handoff_title"), ["email"]);
      this.remember(true);
      this.keepUp();
    } catch {
      this.alert("failed");
    }
  }

  tell(content) {
    this.announce(this.place({ role: "assistant", content, sequence: this.last }));
    this.remember();
  }

  dismiss(line) {
    line.suggested_actions = [];
    this.draw(line);
    this.remember();
    this.focus();
    const { role, message_id } = line;
    if (role === "proactive") this.app.post("proactive/dismissed", { message_id }).catch(() => {});
  }

  showForm(title, names, andThen) {
    const { h } = this.app;
    const { consent, lead_form: { required = [] } } = this.config;
    const isEither = names.includes("email") && names.includes("phone");
    const rows = names.map((name) => {
      const autocomplete = AUTOCOMPLETE[name];
      const isContact = name in WRONG;
      const pattern = name === "phone" && "(\\D*\\d){5,}\\D*";
      const isRequired = required.includes(name) || (isContact && !isEither);
      const hint = !isContact && !isRequired && h("span", {}, ` (${this.t("optional")})`);
      return this.row(name, [this.t(name), hint], { autocomplete, pattern, type: isContact ? autocomplete : "text", required: isRequired });
    });
    const privacy = [consent.text, " ", this.link(consent.url, "", this.t("privacy"))];
    if (consent.required) rows.push(this.row("consent", privacy, { type: "checkbox", required: true }));
    this.form?.remove();
    const form = h("form", { class: "form", novalidate: true, "aria-label": title, onsubmit: (event) => this.submit(event, form, andThen) },
      h("p", { class: "title", dir: "auto" }, title), rows,
      h("div", { class: "chips" }, this.button("main", this.t("lead_send")), this.button("chip", this.t("cancel"), () => this.closeForm(andThen))));
    this.form = h("li", { class: "line" }, form);
    this.list.append(this.form);
    this.isAtEnd = true;
    this.follow({ node: this.form });
    this.focus(form.elements[0]);
  }

  closeForm(andThen) {
    this.form.remove();
    this.focus();
    andThen?.();
  }

  row(name, label, props) {
    const { h } = this.app;
    const id = `caty-${name}`;
    const error = h("p", { class: "error", id: `${id}-error` });
    const input = h("input", { id, name, "aria-describedby": error.id, ...props, oninput: () => input.complain("") });
    input.complain = (text) => {
      error.textContent = text;
      input.setAttribute("aria-invalid", !!text);
    };
    return h("div", { class: `field ${props.type}` }, h("label", { for: id, dir: "auto" }, label), input, error);
  }

  /** Shows what is wrong, {field: key}, and goes there; false where nothing is. */
  complain(form, wrong) {
    const inputs = [...form.elements].filter(({ name }) => wrong[name]);
    inputs.forEach((input) => input.complain(this.t(wrong[input.name])));
    inputs[0]?.focus();
    return inputs.length > 0;
  }

  /** The same details keep their key: pressed twice, they are one lead. */
  async submit(event, form, andThen) {
    event.preventDefault();
    const body = {};
    const wrong = {};
    for (const { name, type, value, validity, checked } of form.elements) {
      if (name && !validity.valid) wrong[name] = WRONG[name] ?? "need_value";
      if (name && value.trim()) body[name] = type === "checkbox" ? checked : value.trim();
    }
    if (!body.email && !body.phone && form.elements.phone && form.elements.email) wrong.email = "need_contact";
    if (this.isSubmitting || this.complain(form, wrong)) return;
    const words = JSON.stringify(body);
    if (this.submitted?.words !== words) {
      const idempotencyKey = this.app.newId(); // by itself, for a caty.js of a week ago
      this.submitted = { words, idempotencyKey, headers: { "Idempotency-Key": idempotencyKey } };
    }
    this.isSubmitting = true;
    try {
      const { message } = await this.app.post("lead", body, this.submitted);
      this.app.emit("lead");
      this.app.store.set("left", true);
      this.closeForm();
      this.tell(message);
      andThen?.();
    } catch ({ code, details = [] }) {
      const told = details.map(({ field }) => [field, WRONG[field]]);
      if (!this.complain(form, Object.fromEntries(told))) this.alert(code === "RATE_LIMITED" ? "limited_later" : "failed");
    }
    this.isSubmitting = false;
  }

  askForNew() {
    const close = () => {
      this.question.hidden = true;
      this.focus();
    };
    if (!this.lines.length) return close();
    const start = this.button("main", this.t("new_start"), () => this.startNew());
    const letter = this.mode !== "ended" && this.button("chip", this.t("mail_me"), () => this.people().then((side) => side?.askMail(close)));
    this.question.replaceChildren(this.app.h("p", {}, this.t("new_question")),
      this.app.h("div", { class: "chips" }, start, this.button("chip", this.t("new_keep"), close), letter));
    this.question.onkeydown = (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault(); // it closes the question, not the panel
      close();
    };
    this.question.hidden = false;
    return start.focus();
  }

  async startNew() {
    this.question.hidden = true;
    this.outbox = [];
    this.stop();
    try {
      const { app } = this;
      await app.tell("end");
      ["session_id", "person_at", "seen", "left"].forEach(app.store.remove);
      this.forget(); // what is written from now on is of the new one
      const { session_id } = await app.session();
      Object.assign(this, { session: session_id, isRestored: true });
      this.remember(true, true);
      this.focus();
    } catch {
      this.alert("failed");
    }
  }

  /** On a phone the chat covers the page, and the keyboard takes from what is seen. */
  fit() {
    const { frame, isMobile } = this.app;
    const { height, offsetTop, scale } = window.visualViewport ?? {};
    frame.setAttribute("aria-modal", !!this.isOpen && isMobile());
    if (!(scale <= 1.05)) return; // zoomed in by hand
    frame.style.setProperty("--height", `${height}px`);
    frame.style.setProperty("--top", `${offsetTop}px`);
  }

  /** Full screen keeps the focus; beside the page it may leave. */
  steer(event) {
    const { app } = this;
    if (event.key === "Escape" && !event.defaultPrevented) app.close();
    if (event.key !== "Tab" || !app.isMobile()) return;
    const stops = [...app.frame.querySelectorAll("a[href],button,input,textarea,[tabindex='0']")].filter((one) => !one.disabled && one.getClientRects().length);
    if (event.shiftKey) stops.reverse();
    if (app.root.activeElement !== stops[stops.length - 1]) return;
    event.preventDefault();
    stops[0].focus();
  }

  /** In the admin's preview nobody is asked. */
  async pretend(path, body, { stream } = {}) {
    const { message } = this.config.behavior.greeting;
    const answer = { session_id: "preview", messages: [], message, response: { content: message } };
    return stream ? Response.json(answer) : answer;
  }

  async open(isFocused) {
    Object.assign(this, { isOpen: true, isStale: true, unread: 0 });
    this.fit();
    this.watch();
    await this.ready;
    this.goToEnd();
    this.typed();
    if (isFocused) this.focus();
    this.keepUp();
  }

  close() {
    this.isOpen = false;
    this.fit();
  }

  async send(text) {
    await this.ready;
    this.say(`${text}`);
  }

  async showProactive({ message_id, content, suggested_actions }) {
    await this.ready;
    if (!this.lines.some((line) => line.message_id === message_id)) {
      this.announce(this.place({ role: "proactive", message_id, content, suggested_actions }));
    }
  }

  greet(text) {
    this.greeting = text;
    if (this.panel) this.build();
  }

  async poll() {
    await this.ready;
    this.isStale = true;
    await this.keepUp();
  }

  destroy() {
    this.gone.abort();
    this.flights.forEach(({ control }) => control.abort());
    this.panel?.remove();
  }
}

const STYLE = `
.panel{position:relative;flex:1;display:flex;flex-direction:column;min-height:0;overflow:hidden;font-size:15px}
:where(.panel *){margin:0;padding:0;border:0 solid transparent;background:none;color:inherit;font:inherit}
.panel svg{flex:none;width:20px;height:20px}
.panel [hidden]{display:none}
[role=list]{list-style:none}
.panel a,.chip,.again,.thumb:is(:hover,[aria-pressed=true]){color:var(--caty-accent);text-underline-offset:2px}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
header,.panel .avatar,.visitor .bubble,.main,.go{background:var(--caty-primary);color:var(--caty-on-primary)}
.author,.notice,.sources,.note,.thumb,.field span,#caty-count,textarea::placeholder{color:var(--caty-muted);opacity:1}
h3,strong,label,.title,.error,.again,.chip,.main,.avatar,.author{font-weight:600}
header,.go,.round,.thumb,.avatar,.chip,.main,.again,.sources a{display:flex;align-items:center;flex:none}
.go,.round,.thumb,.avatar{justify-content:center;width:44px;height:44px;border-radius:50%}
header{padding:max(14px,env(safe-area-inset-top)) 10px 14px}
header :focus-visible{outline-color:var(--caty-on-primary);outline-offset:-5px}
h2:focus,.panel textarea{outline:0}
.panel header .avatar{margin-inline:6px 12px;background:var(--caty-on-primary);color:var(--caty-primary);font-size:19px}
.line .avatar{width:28px;height:28px;object-fit:cover}
.whom{flex:1;min-width:0;font-size:13px;line-height:1.3}
.whom>*{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
h2{font-size:17px;font-weight:650}
.state::before{content:"";display:inline-block;width:8px;height:8px;margin-inline-end:6px;border-radius:50%;background:currentColor}
.round:hover{background:color-mix(in srgb,currentColor 14%,transparent)}
.ask{display:flex;flex-wrap:wrap;gap:8px;padding:14px 16px;background:var(--caty-surface)}
.ask p{width:100%}
.scroll{position:relative;flex:1;padding:2px 16px 12px;overflow:hidden auto;overscroll-behavior:contain}
.scroll:focus-visible{outline-offset:-3px}
.line{display:flex;gap:8px;animation:rise .25s}
.line{margin-top:18px}
.assistant+.assistant,.staff+.staff,.visitor+.visitor{margin-top:6px}
.assistant+.assistant>.avatar,.staff+.staff>.avatar{visibility:hidden}
.said{flex:1;min-width:0;display:flex;flex-direction:column;align-items:start;padding-inline-end:28px}
.visitor .said{align-items:end;padding-inline:44px 0}
.author,.notice,#caty-count{font-size:12px}
.staff+.staff .author{display:none}
.bubble{max-width:100%;padding:9px 14px;border-width:1px;border-radius:18px;border-start-start-radius:5px;background:var(--caty-surface);overflow-wrap:anywhere}
.visitor .bubble{border-radius:18px;border-start-end-radius:5px;white-space:pre-wrap}
.bubble>*+*{margin-top:8px}
.bubble :is(ul,ol){padding-inline-start:22px}
em{font-style:italic}
blockquote{padding-inline-start:12px;border-inline-start:3px solid var(--caty-line)}
code{font-family:monospace}
pre{padding:10px 12px;overflow-x:auto;border-radius:10px;background:var(--caty-background);overflow-wrap:normal}
.growing>:last-child::after{content:" ●";color:var(--caty-muted)}
.typing .bubble{display:flex;gap:5px;padding:15px 16px}
.typing i{width:7px;height:7px;border-radius:50%;background:var(--caty-muted);animation:caty-dot 1.2s infinite}
.typing i:nth-child(2){animation-delay:.15s}
.typing i:nth-child(3){animation-delay:.3s}
.below{max-width:100%;font-size:13px}
.sources,.note{margin-top:8px}
.sources a{gap:6px;min-height:28px}
.visitor .below{text-align:end}
.again{margin-inline-start:auto;gap:6px;min-height:44px}
.panel :is(.sources,.again,.thumb) svg{width:16px}
.chips{display:flex;flex-wrap:wrap;gap:8px;margin-top:10px}
.line:not(:last-child) .said button.chip{display:none}
.chip,.main{min-height:44px;max-width:100%;padding:6px 16px;border:1px solid;border-radius:22px;font-size:14px;line-height:1.3;text-align:start;text-decoration:none}
.main{border:0}
.chip:hover{background:var(--caty-surface)}
.thumbs{display:flex;margin:0 -12px -10px}
[aria-pressed=true] path{fill:currentColor}
.form{flex:1;min-width:0;padding:16px;border-width:1px;border-radius:18px;background:var(--caty-surface)}
.field{display:grid;gap:4px;margin-top:12px;font-size:14px}
.field span{font-weight:400}
input{width:100%;min-height:44px;padding:8px 12px;border:1px solid var(--caty-line);border-radius:10px;background:var(--caty-background);font-size:16px;text-align:start}
[aria-invalid=true]{box-shadow:0 0 0 2px}
.checkbox{grid-template-columns:24px 1fr;gap:4px 10px}
.checkbox input{grid-area:1/1;height:24px;min-height:0;accent-color:var(--caty-primary)}
.checkbox label{font-weight:400}
.checkbox .error{grid-column:2}
.error:not(:empty)::before{content:"! "}
.edge{position:relative}
.newest{position:absolute;bottom:4px;inset-inline-end:16px;background:var(--caty-background);box-shadow:0 0 0 1px var(--caty-line),0 2px 8px rgb(0 0 0/.2);color:var(--caty-accent);transform:rotate(180deg)}
.write{position:relative;display:flex;align-items:end;margin:6px 12px max(8px,env(safe-area-inset-bottom));padding:3px;border:1px solid var(--caty-line);border-radius:26px}
.write:focus-within{outline:2px solid var(--caty-accent);outline-offset:-1px}
textarea{flex:1;min-width:0;max-height:140px;padding:10px 14px;resize:none;font-size:16px;line-height:22px;text-align:start}
#caty-count{position:absolute;inset:-22px 20px auto;background:var(--caty-background);text-align:end}
#caty-count:empty,.alarm:empty{display:none}
.notice,.alarm{padding:0 16px 8px;text-align:center}
@keyframes caty-dot{30%{transform:translateY(-5px)}60%{transform:none}}
@media (max-height:440px){.whom p{display:none}.panel header{padding-block:2px}}
`;

/** The chat in `app.frame`; what `app` is stands in caty.js. */
export default function mount(app) {
  return new Panel(app);
}
