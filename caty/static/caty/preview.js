// Lets the real widget, in a frame of our own, follow the form. The server says what would be shown; nothing is saved.
const preview = document.getElementById("preview");
const form = document.getElementById(preview.dataset.form || "tenant_form");
const frame = preview.querySelector("iframe"), stage = preview.querySelector(".caty-stage");
const told = preview.querySelector("[role=status]");
const SIZES = { desktop: [600, 680], phone: [390, 700] };
const AROUND = 350; // pixels of the window's height that the rest of the page takes
const view = { dark: null, phone: false, open: true };
let config = null, asking = null, timer, pictureUrl = "", isLoaded = false;

// Unfold's own script would look for a text field beside each of these.
for (const input of form.querySelectorAll("input[type=file]")) input.hasChangeListener = true;

const picture = () => form.querySelector("[name=persona-0-picture]");

// A picture that was chosen and not yet sent is shown from this browser alone.
const chosenPicture = (url) => {
  URL.revokeObjectURL(pictureUrl);
  const file = picture()?.files[0];
  if (file) return (pictureUrl = URL.createObjectURL(file));
  return form.querySelector("[name=persona-0-picture-clear]")?.checked ? "" : url;
};

const isDark = () => view.dark ?? (config.appearance.theme === "dark" ||
  (config.appearance.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches));

const show = () => {
  if (!config || !isLoaded) return;
  const shown = structuredClone(config);
  shown.appearance.theme = isDark() ? "dark" : "light";
  shown.persona.avatar_url = chosenPicture(config.persona.avatar_url);
  frame.contentDocument.documentElement.classList.toggle("dark", isDark());
  frame.contentWindow.Caty("preview", shown);
  if (view.open) frame.contentWindow.Caty("open", { focus: false }); // the form is being typed in
  else frame.contentWindow.Caty("close");
  preview.querySelector("[data-toggle=dark]").setAttribute("aria-pressed", isDark());
};

const say = (problems, notes) => {
  told.replaceChildren(...problems.map(({ field, error, color }) => {
    const line = document.createElement("p"), label = document.querySelector(`label[for=id_${field}]`);
    line.className = "caty-note is-bad";
    line.append(label ? `${label.textContent.replace("*", "").trim()}: ${error} ` : `${error} `);
    if (color) {
      const use = document.createElement("button");
      use.type = "button";
      use.className = "caty-button";
      use.textContent = preview.dataset.use.replace("%(color)s", color);
      use.addEventListener("click", () => {
        for (const input of form.querySelectorAll(`[name=${field}]`)) {
          input.value = color;
          input.dispatchEvent(new Event("input", { bubbles: true }));
        }
      });
      line.append(use);
    }
    return line;
  }), ...notes.map((note) => Object.assign(document.createElement("p"), { className: "caty-note", textContent: note })));
};

const ask = async () => {
  asking?.abort();
  asking = new AbortController();
  const body = new FormData(form);
  for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
  try {
    const response = await fetch(preview.dataset.config, { method: "POST", body, signal: asking.signal });
    if (!response.ok) throw new Error(response.statusText);
    const answer = await response.json();
    config = answer.config;
    say(answer.problems, answer.notes);
    show();
  } catch (error) {
    if (error.name !== "AbortError") told.textContent = preview.dataset.failed;
  }
};

const fit = () => {
  const [width, height] = SIZES[view.phone ? "phone" : "desktop"];
  const scale = Math.min(1, stage.clientWidth / width, Math.max(0.5, (innerHeight - AROUND) / height));
  frame.style.width = `${width}px`;
  frame.style.height = `${height}px`;
  frame.style.transform = `scale(${scale})`;
  frame.style.left = `${Math.max(0, (stage.clientWidth - width * scale) / 2)}px`;
  stage.style.height = `${height * scale}px`;
};

const follow = () => {
  clearTimeout(timer);
  timer = setTimeout(ask, 250);
};

for (const button of preview.querySelectorAll("[data-toggle]")) {
  button.addEventListener("click", () => {
    const name = button.dataset.toggle;
    view[name] = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", view[name]);
    fit();
    show();
  });
}
form.addEventListener("input", follow);
form.addEventListener("change", follow);
new ResizeObserver(fit).observe(stage);
addEventListener("resize", fit);

const loaded = () => {
  isLoaded = true;
  show();
};
frame.addEventListener("load", loaded);
// The frame may have been there before this script was.
if (frame.contentDocument?.readyState === "complete" && frame.contentWindow.Caty) loaded();
ask();
