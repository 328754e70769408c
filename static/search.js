// The search field offers names while one types, as a list to walk with the arrow keys. Without scripts the form works
// as it is. htmx fetches what is offered; it is loaded when a field is first entered, so no page waits for it.
(() => {
  "use strict";

  let loaded = null;
  const load = (address) => {
    loaded ??= new Promise((done) => {
      const script = document.createElement("script");
      script.src = address;
      script.addEventListener("load", done, { once: true });
      document.head.append(script);
    });
    return loaded;
  };

  const prepare = (form) => {
    const input = form.elements.q;
    const box = form.querySelector(".suggestions");
    let dismissed = false; // until something else is typed, an answer that comes late opens nothing
    const options = () => [...box.querySelectorAll("[role=option]")];
    const active = () => box.querySelector("[aria-selected=true]");

    const choose = (option) => {
      active()?.setAttribute("aria-selected", "false");
      option?.setAttribute("aria-selected", "true");
      option?.scrollIntoView({ block: "nearest" });
      if (option) input.setAttribute("aria-activedescendant", option.id);
      else input.removeAttribute("aria-activedescendant");
    };
    const show = (open) => {
      box.hidden = !open;
      input.setAttribute("aria-expanded", String(open && options().length > 0));
      if (!open) choose(null);
    };
    const step = (by) => {
      const all = options();
      const at = all.indexOf(active());
      const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by;
      choose(all[next] ?? null); // before the first and after the last stands what was typed
    };

    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", `${box.id}-list`);

    input.addEventListener("focus", async () => {
      await load(form.dataset.suggest);
      if (input.value) window.htmx.trigger(input, "suggest");
    });
    let walked = null; // where the keys have gone: an answer that comes late leaves them there
    box.addEventListener("htmx:beforeSwap", () => {
      walked = active()?.href;
    });
    box.addEventListener("htmx:afterSwap", () => {
      box.querySelector("[role=listbox]")?.setAttribute("id", `${box.id}-list`);
      options().forEach((option, at) => option.setAttribute("id", `${box.id}-${at}`));
      choose(options().find((option) => option.href === walked) ?? null);
      show(!dismissed && box.childElementCount > 0 && form.contains(document.activeElement));
    });
    input.addEventListener("input", () => {
      dismissed = false;
    });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return; // the keys belong to the input method
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (box.hidden && box.childElementCount) show(true);
        if (!box.hidden && options().length) {
          event.preventDefault();
          step(event.key === "ArrowDown" ? 1 : -1);
        }
      } else if (event.key === "Enter" && active()) {
        event.preventDefault();
        active().click();
      } else if (event.key === "Escape" && !box.hidden) {
        event.preventDefault();
        dismissed = true;
        show(false);
      }
    });
    form.addEventListener("focusout", (event) => {
      if (!form.contains(event.relatedTarget)) show(false);
    });
    box.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the field focused until the click
  };

  for (const form of document.querySelectorAll("form[data-suggest]")) prepare(form);

  const find = document.querySelector("details.find");
  find?.addEventListener("toggle", () => find.open && find.querySelector("input[name=q]").focus());
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && find?.open) find.open = false;
  });
})();
