// The queue by keyboard. Without this script every key has a button or a link that does the same.
"use strict";

(() => {
  const items = [...document.querySelectorAll("[data-item]")];
  const link = (item) => item.querySelector("[data-open]");
  const current = () => items.findIndex((item) => item.contains(document.activeElement));

  function go(step) {
    const at = current();
    const next = at < 0 ? (step > 0 ? 0 : items.length - 1) : Math.min(Math.max(at + step, 0), items.length - 1);
    if (items[next]) {
      link(items[next]).focus();
      items[next].scrollIntoView({ block: "nearest" });
    }
  }

  function press(selector, root) {
    const button = root && root.querySelector(selector);
    if (button) button.click();
  }

  const keys = {
    j: () => go(1),
    k: () => go(-1),
    c: () => press("[data-claim]", items[current()]),
    s: () => press("[data-skip]", items[current()]),
    x: () => press("[name=items]", items[current()]),
    n: () => press("[data-key=n]", document),
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  const chosen = document.querySelector("[data-chosen]");
  const bulk = document.querySelector("[data-bulk]");
  if (chosen && bulk) {
    const words = chosen.textContent;
    const count = () => {
      const number = document.querySelectorAll("[name=items]:checked").length;
      chosen.textContent = number ? chosen.dataset.chosen.replace("NUMBER", number) : words;
      bulk.disabled = !number;
    };
    document.addEventListener("change", count);
    count();
  }

  const hint = document.querySelector("[data-keys-hint]");
  if (hint) hint.hidden = false;

  // Back from a deed: go on where one was. The browser goes to the fragment when all is loaded, and takes the focus away.
  const back = location.hash.startsWith("#item-") && document.getElementById(location.hash.slice(1));
  if (back) {
    link(back).focus();
    window.addEventListener("load", () => requestAnimationFrame(() => link(back).focus()));
  }
})();
