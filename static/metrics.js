// Counts what is ticked and says so; without this file the form asks the server, which takes the first thirty.
"use strict";
(() => {
  const form = document.querySelector("[data-most]");
  if (!form) return;
  const most = Number(form.dataset.most);
  const told = form.querySelector("[data-chosen]");
  const send = form.querySelector("button[type=submit]");
  const boxes = [...form.querySelectorAll("input[name=unit]")];

  function count() {
    const chosen = boxes.filter((box) => box.checked).length;
    told.textContent = told.dataset.chosen.replace("0", chosen);
    send.disabled = chosen === 0;
    boxes.forEach((box) => { box.disabled = !box.checked && chosen >= most; });
  }

  form.addEventListener("change", count);
  window.addEventListener("pageshow", count); // a page that comes back keeps its ticks
  count();
})();
