// <script src=".../static/embed.js" data-store="ID" async></script> puts the card of a store (data-anchor: of an
// anchor) where it stands. data-lang and data-theme choose; nothing is stored, and nothing is read of the page.
(() => {
  const script = document.currentScript;
  const { store, anchor, lang, theme } = script.dataset;
  const subject = store || anchor;
  if (!subject) return;
  const home = new URL(script.src).origin;
  const address = new URL(`/embed/${store ? "store" : "anchor"}/${encodeURIComponent(subject)}`, home);
  for (const [name, value] of Object.entries({ lang, theme })) if (value) address.searchParams.set(name, value);

  const frame = document.createElement("iframe");
  frame.src = address.href;
  frame.title = "Livestar";
  frame.loading = "lazy";
  frame.width = "360";
  frame.height = "290";
  frame.referrerPolicy = "no-referrer";
  frame.style.cssText = "border:0;max-width:100%;color-scheme:auto";
  script.after(frame);

  window.addEventListener("message", (event) => {
    if (event.origin !== home || event.source !== frame.contentWindow) return;
    const height = Number(event.data?.livestarHeight);
    if (height > 0 && height < 2000) frame.height = String(Math.ceil(height));
  });
})();
