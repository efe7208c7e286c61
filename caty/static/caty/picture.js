// A picture to choose says itself what was chosen; the theme would look for a text field beside it, and find none.
document.addEventListener("DOMContentLoaded", () => {
  for (const input of document.querySelectorAll(".caty-picture input[type=file]")) input.hasChangeListener = true;
});
