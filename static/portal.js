// The switch and the menu of the portal are folds of the page; this only shuts them by Escape and by a click elsewhere.
const folds = () => document.querySelectorAll(".portal-side > details[open]");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const fold of folds()) {
    fold.open = false;
    if (fold.contains(document.activeElement)) fold.querySelector("summary").focus();
  }
});

document.addEventListener("click", (event) => {
  for (const fold of folds()) if (!fold.contains(event.target)) fold.open = false;
});
