/* The form of a rule answers while one works: numbers follow every change, rows come and go in place. Without this script
   its buttons do the same by loading the page. */
"use strict";
(() => {
  const WAIT = 350; // milliseconds after the last key
  let asked = 0;
  let timer = 0;
  let swapping = false; // rows come or go: nothing else is asked until they have

  const form = () => document.getElementById("rule");

  async function post(deed) {
    const data = new FormData(form());
    data.set("deed", deed);
    const number = ++asked;
    form().classList.add("busy");
    const address = form().getAttribute("action"); // .action is the field of that name
    const answer = await fetch(address, { method: "POST", body: data, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (number !== asked) return null; // a later question is under way
    form().classList.remove("busy");
    return answer.ok ? page.getElementById("rule") : null;
  }

  async function refresh() {
    if (swapping) return;
    const fresh = await post("show");
    if (!fresh) return;
    for (const part of form().querySelectorAll("[data-live]")) {
      if (part.contains(document.activeElement)) continue; // nobody's typing is taken from under them
      const other = fresh.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
      if (other && other.innerHTML !== part.innerHTML) part.replaceChildren(...other.childNodes);
    }
    for (const field of form().querySelectorAll("input[name]")) {
      const other = fresh.querySelector(`input[name="${CSS.escape(field.name)}"]`);
      if (other) field.toggleAttribute("aria-invalid", other.hasAttribute("aria-invalid"));
    }
  }

  async function swap(deed) {
    if (swapping) return;
    clearTimeout(timer);
    swapping = true;
    const fresh = await post(deed).finally(() => { swapping = false; });
    if (!fresh) return;
    form().replaceWith(fresh);
    const place = deed.split(":")[1] || "when";
    const rows = fresh.querySelectorAll(".leaf");
    const target = document.getElementById(place) || rows[rows.length - 1];
    const last = deed.startsWith("add") || deed.startsWith("group") ? target && [...target.querySelectorAll(".leaf")].pop() : target;
    const field = (last || target || fresh).querySelector("select, input:not([type=hidden])");
    if (field) field.focus();
  }

  document.addEventListener("submit", (event) => {
    const deed = event.submitter && event.submitter.name === "deed" ? event.submitter.value : "show";
    if (event.target !== form()) return;
    if (event.submitter && event.submitter.hasAttribute("data-swap")) {
      event.preventDefault();
      swap(deed);
    } else if (deed === "show") {
      event.preventDefault();
      refresh();
    }
  });

  document.addEventListener("input", (event) => {
    if (!form() || !form().contains(event.target)) return;
    if (event.target.name === "above" || event.target.name.endsWith("note")) return;
    clearTimeout(timer);
    if (event.target.id === "scope") swap("show"); // another kind of subject has other metrics
    else timer = setTimeout(refresh, WAIT);
  });
})();
