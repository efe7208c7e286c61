// Adapts each condition of a rule to what it asks for: the comparisons that fit, and a number, a text or a choice.
const kinds = JSON.parse(document.getElementById("condition-kinds").textContent);

const field = (row, name) => row.querySelector(`[name$="-${name}"]`);
const option = ([value, text]) => new Option(text, value);

const adapt = (row, isFresh) => {
  const kind = kinds[field(row, "kind")?.value];
  const operator = field(row, "operator"), value = field(row, "value");
  if (!kind || !operator || !value) return;
  const chosen = operator.value;
  operator.replaceChildren(...kind.operators.map(option));
  operator.value = kind.operators.some(([one]) => one === chosen) ? chosen : kind.operators[0][0];
  if (isFresh) value.value = "";
  value.type = kind.takes === "number" ? "number" : "text";
  value.min = 0;
  value.hidden = !kind.takes || kind.choices.length > 0;
  row.querySelectorAll(".condition-choice, .condition-hint").forEach((one) => one.remove());
  if (kind.choices.length) value.after(choiceFor(kind, value, operator));
  if (kind.hint) value.after(hintFor(kind));
};

const choiceFor = (kind, value, operator) => {
  const choice = operator.cloneNode(false);
  choice.removeAttribute("name");
  choice.removeAttribute("id");
  choice.classList.add("condition-choice");
  choice.setAttribute("aria-label", value.getAttribute("aria-label"));
  choice.replaceChildren(...kind.choices.map(option));
  choice.value = kind.choices.some(([one]) => one === value.value) ? value.value : kind.choices[0][0];
  value.value = choice.value;
  choice.addEventListener("change", () => (value.value = choice.value));
  return choice;
};

const hintFor = (kind) => {
  const hint = document.createElement("span");
  hint.className = "condition-hint caty-quiet";
  hint.textContent = kind.hint;
  return hint;
};

const group = document.getElementById("conditions-group");
const rowOf = (target) => target.closest("tr.form-row");
const rows = () => group.querySelectorAll("tbody:not(.empty-form) tr.form-row");
group?.addEventListener("change", ({ target }) => target.name?.endsWith("-kind") && adapt(rowOf(target), true));
document.addEventListener("formset:added", () => rows().forEach((row) => adapt(row, false)));
rows().forEach((row) => adapt(row, false));

// What is wrong is not to stay folded away.
document.querySelectorAll("fieldset details:has(.errors, .errorlist)").forEach((one) => (one.open = true));
