// Single keys for what the inbox's buttons do. They are silent while something is typed, with Ctrl, Alt or Meta, while a
// dialog is open, and where somebody has switched them off.
const place = document.getElementById("inbox");
const dialog = document.getElementById("inbox-keys");
const KEPT = "caty.inbox.keys";
const choice = dialog.querySelector("[data-single-keys]");
const kept = (value) => {
  try {
    if (value !== undefined) localStorage.setItem(KEPT, value);
    return localStorage.getItem(KEPT);
  } catch (error) {
    return null; // no storage: on until the page is left
  }
};
choice.checked = kept() !== "off";
choice.addEventListener("change", () => kept(choice.checked ? "on" : "off"));

const showKeys = () => { if (!dialog.open) dialog.showModal(); };
const press = (key) => place.querySelector(`[data-part="head"] [data-key="${key}"]`)?.click();
const write = (kind) => {
  place.querySelector(`#composer [name=kind][value=${kind}]`)?.click();
  document.getElementById("say")?.focus();
};
const go = (step) => {
  const rows = [...place.querySelectorAll("[data-ref]")];
  const current = rows.findIndex((row) => row.hasAttribute("aria-current"));
  const next = rows[current < 0 && step < 0 ? rows.length - 1 : current + step];
  if (next) location.assign(next.href);
};
const KEYS = {
  j: () => go(1),
  k: () => go(-1),
  t: () => press("take"),
  b: () => press("hand_back"),
  e: () => press("end"),
  r: () => write("reply"),
  n: () => write("note"),
  "/": () => { write("reply"); place.querySelector("[data-canned-open]")?.click(); },
  "?": showKeys,
};
document.addEventListener("keydown", (event) => {
  const isTyped = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  if (isTyped || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
  if (!choice.checked || document.querySelector("dialog[open]")) return;
  const does = KEYS[event.key];
  if (!does) return;
  event.preventDefault();
  does();
});
for (const button of place.querySelectorAll("[data-keys]")) button.addEventListener("click", showKeys);
