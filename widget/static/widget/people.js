// What only a talk with people needs: files, how it was, the conversation by mail. panel.js brings it when there is one,
// and hands over itself. It gives back { refresh(), files(line), take(), tease(line), askMail(close) }.

export const ENGLISH = {
  "attach": "Attach a picture or PDF",
  "uploading": "Uploading {name}",
  "remove": "Remove {name}",
  "attached": "{name} is attached",
  "too_large": "This file is larger than 5 MB.",
  "too_many": "At most 5 files go with one message.",
  "not_taken": "This file can't be sent. Choose a picture or a PDF.",
  "how_was_it": "How was this conversation?",
  "good": "Good",
  "okay": "Okay",
  "bad": "Not good",
  "rated": "Thank you for telling us.",
  "mail_send": "Send",
  "mail_sent": "It is on its way to you.",
  "done": "Done"
};

const MOST_BYTES = 5 * 2 ** 20;
const MOST = 5;
const TYPING_MS = 3000;
const LOOK_MS = 15_000;
const TEASED = 200; // characters
const TAKEN = "image/jpeg,image/png,image/webp,image/gif,application/pdf";
const FACE = "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18ZM9 9.5v.5M15 9.5v.5M8 ";
const FACES = { good: "14a5 5 0 0 0 8 0", okay: "15h8", bad: "16a5 5 0 0 1 8 0" };
const CLIP = "m20.5 11.5-8.4 8.4a5.6 5.6 0 0 1-8-8l8.5-8.4a3.7 3.7 0 0 1 5.3 5.3L9.5 17.2a1.9 1.9 0 0 1-2.7-2.7l7.8-7.7";
const SHEET = "M6 3h8l4 4v14H6ZM14 3v4h4M9 12h6M9 16h6";
const CROSS = "m6 6 12 12M18 6 6 18";

const STYLE = `
.clip{flex:none;color:var(--caty-muted)}
.tray{display:flex;flex-wrap:wrap;gap:8px;max-height:150px;margin:6px 16px 0;overflow-y:auto}
.tray:empty{display:none}
.tray li{display:flex;align-items:center;gap:8px;max-width:100%;padding-inline-start:12px;border:1px solid var(--caty-line);border-radius:14px;font-size:13px}
.tray span{white-space:nowrap}
.tray .name{min-width:5em;overflow:hidden;text-overflow:ellipsis}
.tray .wrong{font-weight:600;white-space:normal}
.tray button{display:flex;align-items:center;justify-content:center;flex:none;width:32px;height:36px;border-radius:14px}
.panel .tray svg{width:16px}
.tray progress{width:60px;height:6px;accent-color:var(--caty-accent)}
.files{display:flex;flex-wrap:wrap;gap:8px;margin-top:6px}
.visitor .files{justify-content:end}
.bubble[hidden]~.below>.files{margin-top:0}
.files a{display:flex;align-items:center;gap:6px;min-height:44px;padding:0 14px;border:1px solid var(--caty-line);border-radius:14px;overflow-wrap:anywhere}
.files a.picture{padding:0}
.files img{display:block;width:160px;height:120px;border-radius:13px;object-fit:cover}
.panel [aria-pressed=true].chip{background:var(--caty-primary);color:var(--caty-on-primary)}
.panel [aria-pressed].chip{gap:6px}
.panel [aria-pressed] .face path{fill:none}
.panel .chips+p{margin-top:8px}
.letter{display:flex;flex-wrap:wrap;gap:8px;width:100%}
.letter .field{width:100%;margin:0}
`;

/** The side of people in this panel. */
export default function mount(panel) {
  const { app } = panel;
  const { h } = app;
  const { signal } = panel.gone;
  const t = panel.t.bind(panel);
  let waiting = []; // files chosen and not sent yet: { file, item, shown, request }
  let shown, clip, tray, picker, survey, surveyed, typedAt = 0;

  const isLive = () => /^[wp]/.test(panel.mode);
  const isAllowed = () => isLive() && panel.config.behavior.attachments;
  const button = (kind, label, name, d, onclick) =>
    h("button", { type: "button", class: kind, "aria-label": label, title: label, onclick }, app.icon(name, d));
  const size = (bytes) =>
    new Intl.NumberFormat(panel.language, { style: "unit", unit: "kilobyte", maximumFractionDigits: 0 }).format(Math.ceil(bytes / 1000));

  const build = () => {
    shown = panel.panel;
    picker = h("input", { type: "file", accept: TAKEN, multiple: true, hidden: true, onchange: () => {
      add(picker.files);
      picker.value = "";
    } });
    clip = button("round clip", t("attach"), "clip", CLIP, () => picker.click());
    tray = h("ul", { class: "tray", role: "list" }, waiting.map(({ item }) => item));
    panel.input.parentNode.prepend(clip, picker);
    panel.input.parentNode.before(tray);
  };

  const refresh = () => {
    if (shown !== panel.panel) build();
    const isFocused = app.root.activeElement === clip;
    clip.hidden = !isAllowed();
    if (clip.hidden && isFocused) panel.focus();
    if (clip.hidden) waiting.splice(0).forEach(drop);
    if (survey && (isLive() || surveyed !== panel.session)) survey = survey.remove();
    if (panel.asks && !survey) ask();
    else if (survey && !survey.isConnected) panel.list.append(survey);
  };

  // Files.
  const add = (files) => {
    for (const file of files) {
      if (waiting.length >= MOST) {
        panel.alert("too_many");
        break;
      }
      upload(file);
    }
  };

  const drop = (one) => {
    one.request?.abort();
    one.item.remove();
  };

  const remove = (one) => {
    drop(one);
    waiting = waiting.filter((other) => other !== one);
    panel.alarm.textContent = "";
    panel.focus();
  };

  const fail = (one, key) => {
    one.state.replaceWith((one.state = h("span", { class: "wrong" }, t(key))));
    panel.alert("", `${one.file.name}: ${t(key)}`);
  };

  const upload = async (file) => {
    const { name } = file;
    const one = { file, state: h("progress", { max: "1", value: "0", "aria-label": t("uploading", { name }) }) };
    one.item = h("li", {}, h("span", { class: "name", dir: "auto" }, name), one.state,
      button("", t("remove", { name }), "close", CROSS, () => remove(one)));
    waiting.push(one);
    tray.append(one.item);
    if (file.size > MOST_BYTES) return fail(one, "too_large");
    try {
      const { session_id } = await app.session();
      one.shown = await send(one, session_id);
      one.state.replaceWith((one.state = h("span", {}, size(one.shown.size))));
      panel.log.append(h("p", {}, t("attached", { name })));
    } catch (key) {
      if (waiting.includes(one)) fail(one, typeof key === "string" ? key : "failed");
    }
    return null;
  };

  /** By XMLHttpRequest: only it tells how far it is. Rejects with the key of a text. */
  const send = (one, session_id) => new Promise((done, refuse) => {
    const request = (one.request = new XMLHttpRequest());
    const form = new FormData();
    form.append("session_id", session_id);
    form.append("file", one.file, one.file.name);
    request.open("POST", `${app.api?.() ?? new URL(panel.config.people_url).origin}/api/widget/attachment`);
    request.setRequestHeader("X-API-Key", app.key);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => (one.state.value = loaded / total);
    request.onload = () => {
      const { status, response } = request;
      if (status === 200) done(response.attachment);
      else refuse({ 400: "not_taken", 413: "too_large", 429: "limited_later" }[status] ?? "failed");
    };
    request.onerror = request.onabort = () => refuse("failed");
    request.send(form);
  });

  /** What is ready to go with the next message; the rest stays. */
  const take = () => {
    const ready = waiting.filter((one) => one.shown);
    ready.forEach(({ item }) => item.remove());
    waiting = waiting.filter((one) => !one.shown);
    return ready.map((one) => one.shown);
  };

  const files = ({ attachments }) => {
    const draw = ({ name, url, size: bytes, content_type: type }) => /^image/.test(type)
      ? panel.link(url, "picture", h("img", { src: url, alt: name, loading: "lazy" }))
      : panel.link(url, "", app.icon("sheet", SHEET), `${name} (${size(bytes)})`);
    return attachments?.length > 0 && h("ul", { class: "files", role: "list" }, attachments.map((one) => h("li", {}, draw(one))));
  };

  // How it was: one tap, and another one changes it.
  const ask = () => {
    const title = t("how_was_it");
    const thanks = h("p", { class: "unseen", role: "status" });
    const chips = Object.entries(FACES).map(([rating, face]) =>
      h("button", { type: "button", class: "chip", "aria-pressed": "false", onclick: ({ currentTarget: pressed }) => rate(rating, pressed) },
        app.icon("face", FACE + face), t(rating)));
    const rate = async (rating, pressed) => {
      try {
        await app.post("satisfaction", { session_id: panel.session, rating });
        chips.forEach((chip) => chip.setAttribute("aria-pressed", chip === pressed));
        thanks.className = "";
        thanks.textContent = t("rated");
        if (panel.isAtEnd) panel.goToEnd();
      } catch {
        panel.alert("failed");
      }
    };
    survey = h("li", { class: "line" }, h("div", { class: "form", role: "group", "aria-label": title },
      h("p", { class: "title", dir: "auto" }, title), h("div", { class: "chips" }, chips), thanks));
    surveyed = panel.session;
    panel.list.append(survey);
    panel.log.append(h("p", {}, title));
    panel.follow({ node: survey });
  };

  // The conversation by mail. Where an address is known, none is asked for.
  const askMail = (close) => {
    const { question } = panel;
    const cancel = panel.button("chip", t("cancel"), close);
    const finish = () => {
      const ok = panel.button("main", t("done"), close);
      question.replaceChildren(h("p", { role: "status" }, t("mail_sent")), ok);
      ok.focus();
    };
    const form = (wrong) => {
      const row = panel.row("letter", t("email"), { type: "email", autocomplete: "email", required: true });
      const input = row.querySelector("input");
      const asked = h("form", { class: "letter", novalidate: true, onsubmit: (event) => {
        event.preventDefault();
        if (input.validity.valid) post({ email: input.value.trim() });
        else panel.complain(asked, { letter: "bad_email" });
      } }, row, panel.button("main", t("mail_send")), cancel);
      question.replaceChildren(asked);
      input.focus();
      if (wrong) panel.complain(asked, { letter: wrong });
    };
    const post = async (body) => {
      try {
        await app.post("transcript", body);
        finish();
      } catch ({ code, details }) {
        if (code === "VALIDATION_ERROR" || details) form(body.email && "bad_email");
        else panel.alert(code === "RATE_LIMITED" ? "limited_later" : "failed");
      }
    };
    if (app.store.get("left")) post({});
    else form();
  };

  // While the chat is closed: a look now and then for words of colleagues, told by the badge and the teaser. Not on a page
  // that nobody sees: there a mail has to tell of them.
  let looking, told = 0; // the sequence number of what was told last
  const mayLook = () => app.tease && !panel.isOpen && !document.hidden && app.hasSession() && panel.isPersonAsked();
  const lookOut = (ms = LOOK_MS) => {
    clearTimeout(looking);
    // A poll that began while the chat was open tells by itself.
    if (mayLook()) looking = setTimeout(() => (panel.isKeepingUp ? lookOut() : mayLook() && look()), ms);
  };
  const tease = ({ role, author, content, attachments }) =>
    role === "staff" && app.tease?.({ author, content: content.slice(0, TEASED) || attachments[0].name });
  const look = async () => {
    const asked = app.post("messages", { after: Math.max(app.store.get("seen") ?? 0, panel.last, told) }, { signal });
    const { messages, mode } = await asked.catch(() => ({ messages: [] }));
    if (/^[wp]/.test(mode)) panel.notePerson();
    const words = messages.filter(({ role }) => role === "staff");
    if (signal.aborted || panel.isOpen) return;
    if (words.length) {
      const last = words[words.length - 1];
      told = last.sequence;
      app.setUnread(Number(app.root.querySelector("[part=badge]").textContent) + words.length);
      tease(last);
      app.emit("message", last);
    }
    lookOut();
  };
  const heard = () => {
    told = panel.isOpen ? 0 : told;
    lookOut(500);
  };
  ["visibilitychange", "caty:open", "caty:close"].forEach((name) => document.addEventListener(name, heard, { signal }));
  lookOut(500);

  const typed = ({ target }) => {
    if (target !== panel.input || !target.value.trim() || !isLive() || Date.now() - typedAt < TYPING_MS) return;
    typedAt = Date.now();
    app.post("typing").catch(() => {});
  };
  const pasted = (event) => {
    const { files: found } = event.clipboardData ?? {};
    if (!found?.length || !isAllowed()) return;
    event.preventDefault();
    add(found);
  };

  app.adopt(STYLE);
  app.frame.addEventListener("input", typed, { signal });
  app.frame.addEventListener("paste", pasted, { signal });
  return { refresh, files, take, tease, askMail };
}
