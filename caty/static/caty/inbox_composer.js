// Writing to the visitor, and notes to colleagues. What is written is kept in the browser until the server has it: a lost
// connection costs nothing, and what was sent twice is stored once.
const { place, act, ask, say, fault } = window.inboxPage;
const form = document.getElementById("composer");
const field = document.getElementById("say");
const options = document.getElementById("canned");
const canned = JSON.parse(document.getElementById("canned-replies").textContent);
const unsentPlace = form.querySelector("[data-unsent]");
const KEPT = `caty.inbox.${place.dataset.open}`, TYPING = 3000;
let typedAt = 0, isMine = false, unsent = [], files = [], chosen = 0;

// --- What is kept ----------------------------------------------------------------------------------------------
const keep = () => {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ text: field.value, kind: kind(), unsent }));
  } catch (error) {} // no storage: the page has it until it is left
};
const kind = () => form.querySelector("[name=kind]:checked").value;
const restore = () => {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT)) || {};
    field.value = kept.text || "";
    if (kept.kind) form.querySelector(`[name=kind][value=${kept.kind === "note" ? "note" : "reply"}]`).checked = true;
    unsent = (kept.unsent || []).map((one) => ({ ...one, why: one.why || place.dataset.saidUnsent }));
  } catch (error) {}
};

// --- How it looks ----------------------------------------------------------------------------------------------
const dress = () => {
  const isNote = kind() === "note";
  const state = place.querySelector("[data-state]");
  isMine = Boolean(state.dataset.mine);
  const isOver = state.dataset.mode === "ended";
  form.dataset.kind = kind();
  form.querySelector("[data-unable]").hidden = isNote || isMine || isOver;
  form.querySelector("[data-over]").hidden = isNote || !isOver;
  place.querySelector("[data-assigning]")?.toggleAttribute("hidden", isOver);
  form.querySelector("[data-noting]").hidden = !isNote;
  field.setAttribute("aria-label", isNote ? field.dataset.note : field.dataset.reply);
  const button = form.querySelector("[data-send]");
  button.textContent = isNote ? button.dataset.note : button.dataset.reply;
  button.disabled = !isNote && !isMine;
  field.disabled = !isNote && !isMine;
  for (const one of form.querySelectorAll("[data-attach] input")) one.disabled = isNote || !isMine;
  form.querySelector("[data-attach]").hidden = isNote || !isMine;
  form.querySelector("[data-canned-open]").hidden = isNote || !isMine;
};
const grow = () => {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight + 2, 220)}px`;
};
const showUnsent = () => {
  const template = form.querySelector("[data-unsent-line]");
  unsentPlace.replaceChildren(...unsent.map((one) => {
    const line = template.content.firstElementChild.cloneNode(true);
    line.querySelector("[data-why]").textContent = one.isSending ? place.dataset.saidSending : one.why;
    line.querySelector("[data-words]").textContent = one.text;
    for (const button of line.querySelectorAll("button")) button.hidden = one.isSending;
    line.querySelector("[data-again]").addEventListener("click", () => deliver(one));
    line.querySelector("[data-drop]").addEventListener("click", () => drop(one));
    return line;
  }));
  keep();
};

// --- Sending ---------------------------------------------------------------------------------------------------
const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const drop = (one) => {
  unsent = unsent.filter((other) => other !== one);
  showUnsent();
};
const deliver = async (one) => {
  one.isSending = true;
  showUnsent();
  const sent = one.kind === "note" ? { text: one.text } : { text: one.text, client_id: one.id, attachment: one.files.join(" ") };
  const done = await act(one.kind, sent);
  one.isSending = false;
  if (done.ok) {
    await ask();
    drop(one);
    place.dispatchEvent(new CustomEvent("inbox:end"));
    return;
  }
  one.why = `${place.dataset.saidUnsent} ${done.error}`;
  showUnsent();
};
const submit = () => {
  const text = field.value.trim();
  if (field.disabled || (!text && !files.length)) return;
  const one = { id: newId(), kind: kind(), text, files: files.map((file) => file.id), why: "" };
  unsent.push(one);
  field.value = "";
  files = [];
  showFiles();
  closeOptions();
  grow();
  deliver(one);
};
form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
form.addEventListener("change", (event) => {
  if (event.target.name === "kind") { dress(); keep(); field.focus(); }
});
field.addEventListener("input", () => {
  grow();
  keep();
  offer();
  if (kind() === "reply" && isMine && field.value && Date.now() - typedAt > TYPING) {
    typedAt = Date.now();
    act("typing");
  }
});
field.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (!options.hidden && walk(event)) return;
  if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); submit(); }
  if (event.key === "Escape") field.blur();
});

// --- Ready answers ---------------------------------------------------------------------------------------------
const fitting = (beginning) => {
  const asked = beginning.toLowerCase();
  return canned.filter(({ name }) => name.toLowerCase().includes(asked)).slice(0, 30);
};
const offer = () => {
  const typed = /^\/(\S*)$/.exec(field.value);
  if (typed && kind() === "reply") showOptions(fitting(typed[1]));
  else closeOptions();
};
const showOptions = (found) => {
  chosen = 0;
  options.hidden = !found.length;
  options.replaceChildren(...found.map((one, number) => {
    const option = document.createElement("li");
    option.id = `canned-${number}`;
    option.setAttribute("role", "option");
    const name = document.createElement("strong"), text = document.createElement("span");
    name.textContent = `/${one.name}`;
    text.textContent = one.text;
    option.append(name, " ", text);
    option.addEventListener("mousedown", (event) => event.preventDefault());
    option.addEventListener("click", () => use(one.text));
    return option;
  }));
  mark();
};
const mark = () => {
  [...options.children].forEach((option, number) => option.setAttribute("aria-selected", String(number === chosen)));
  if (options.hidden) field.removeAttribute("aria-activedescendant");
  else field.setAttribute("aria-activedescendant", `canned-${chosen}`);
  options.children[chosen]?.scrollIntoView({ block: "nearest" });
};
const closeOptions = () => {
  options.hidden = true;
  options.replaceChildren();
  mark();
};
const walk = (event) => {
  const count = options.children.length;
  if (event.key === "ArrowDown") chosen = (chosen + 1) % count;
  else if (event.key === "ArrowUp") chosen = (chosen + count - 1) % count;
  else if (event.key === "Escape") closeOptions();
  else if (event.key === "Enter" || event.key === "Tab") options.children[chosen].click();
  else return false;
  event.preventDefault();
  mark();
  return true;
};
const use = (text) => {
  const typed = /^\/\S*$/.test(field.value) ? "" : field.value;
  field.value = typed && !typed.endsWith("\n") ? `${typed}\n${text}` : typed + text;
  closeOptions();
  grow();
  keep();
  field.focus();
};
form.querySelector("[data-canned-open]").addEventListener("click", () => {
  if (field.disabled) return;
  field.focus();
  if (!options.hidden) return closeOptions();
  if (!field.value) field.value = "/";
  showOptions(canned.slice(0, 30));
});
field.addEventListener("blur", closeOptions);
place.querySelector('[data-part="suggestion"]').addEventListener("click", (event) => {
  const button = event.target.closest("[data-use]");
  if (!button) return;
  form.querySelector("[name=kind][value=reply]").checked = true;
  dress();
  if (field.disabled) return say(fault, form.querySelector("[data-unable]").textContent);
  use(button.parentElement.querySelector("[data-words]").textContent);
});

// --- Files -----------------------------------------------------------------------------------------------------
const showFiles = () => {
  form.querySelector("[data-files]").replaceChildren(...files.map((file) => {
    const item = document.createElement("li");
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "caty-button";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `× ${file.name}`);
    remove.addEventListener("click", () => { files = files.filter((other) => other !== file); showFiles(); });
    item.append(file.name, " ", remove);
    return item;
  }));
};
const picker = form.querySelector("[data-attach] input");
picker.hasChangeListener = true; // the theme's script would look for a text field beside it
picker.addEventListener("change", async ({ target }) => {
  const picked = [...target.files];
  target.value = "";
  for (const file of picked) {
    const sent = new FormData();
    sent.append("file", file);
    const done = await act("upload", sent);
    say(fault, done.ok ? "" : `${file.name}: ${done.error}`);
    if (done.ok) files.push({ id: done.attachment_id, name: done.name });
    showFiles();
  }
});

place.addEventListener("inbox:state", dress);
restore();
dress();
grow();
showUnsent();
