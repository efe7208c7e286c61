// Copy buttons, and the key put into every line once its owner has typed it. Nothing typed here is sent anywhere.
const page = document.getElementById("installation");
const codes = [...page.querySelectorAll("code[data-copy]")];
const lines = codes.map((code) => code.textContent);
const FORM = /^caty_\w{32}$/;

// Reloading must not make another key.
if (page.dataset.key) history.replaceState(null, "", page.dataset.home);

for (const code of codes) {
  const button = document.createElement("button"), told = document.createElement("span");
  button.type = "button";
  button.className = "caty-button";
  button.textContent = page.dataset.copy;
  button.setAttribute("aria-label", `${page.dataset.copy}: ${code.getAttribute("aria-label")}`);
  told.setAttribute("role", "status");
  told.className = "caty-quiet";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      told.textContent = page.dataset.copied;
    } catch (error) {
      getSelection().selectAllChildren(code);
      told.textContent = page.dataset.marked;
    }
  });
  const row = document.createElement("div");
  row.className = "caty-buttons mt-2";
  row.append(button, told);
  code.parentElement.after(row);
}

const known = document.getElementById("known-key");
known?.addEventListener("input", () => {
  const key = known.value.trim(), fits = FORM.test(key);
  document.getElementById("known-key-told").textContent = key && !fits ? page.dataset.noKey : "";
  codes.forEach((code, place) => {
    code.textContent = fits ? lines[place].replace(page.dataset.placeholder, key) : lines[place];
  });
});
