// Pages that decide. A sanction's form shows only what the chosen sanction has; without this script all of it is there, and what the sanction
// does not have is left aside.
"use strict";
document.querySelectorAll("[data-sanction] select").forEach((select) => {
  const parts = select.form.querySelectorAll("[data-having]");
  const show = () => parts.forEach((part) => { part.hidden = !part.dataset.having.split(" ").includes(select.value); });
  select.addEventListener("change", show);
  show();
});

// A piece of the page that takes longer than the rest comes after it; the link beside it leads to the same without a script.
document.querySelectorAll("[data-piece]").forEach(async (place) => {
  const answer = await fetch(place.dataset.piece, { headers: { Accept: "text/html" } });
  if (answer.ok && !answer.redirected) place.innerHTML = await answer.text();
});
