// A sanction's form shows only what the chosen sanction has; without this script all of it is there, and what the sanction
// does not have is left aside.
"use strict";
document.querySelectorAll("[data-sanction] select").forEach((select) => {
  const parts = select.form.querySelectorAll("[data-having]");
  const show = () => parts.forEach((part) => { part.hidden = !part.dataset.having.split(" ").includes(select.value); });
  select.addEventListener("change", show);
  show();
});
