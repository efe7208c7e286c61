// Shows the standard wording of the text and language that are chosen, beside what is typed.
const texts = JSON.parse(document.getElementById("standard-texts").textContent);
const told = document.getElementById("standard-wording");
const field = (name) => document.getElementById(`id_${name}`);

const show = () => {
  const language = field("language")?.value, key = field("key")?.value;
  told.hidden = !texts[language] || !key;
  if (told.hidden) return;
  const words = document.createElement("bdi");
  words.lang = language;
  words.textContent = texts[language][key];
  if (key in texts[language]) told.replaceChildren(`${told.dataset.words} `, words);
  else told.textContent = told.dataset.own;
  field("text").dir = "auto";
};

const box = field("text")?.parentElement;
if (box) {
  box.append(told);
  // The choice of texts is drawn by Select2, whose changes only jQuery hears.
  django.jQuery("#id_language, #id_key").on("change", show);
  show();
}
