// Answers while something is being changed: every form that names where it is answered (data-answer) asks there and puts
// the pieces in their places. Without this file the form works as well: its button asks the server.
for (const form of document.querySelectorAll("form[data-answer]")) {
  let asked = 0;
  let waiting;

  const ask = async () => {
    const turn = ++asked;
    const response = await fetch(`${form.dataset.answer}?${new URLSearchParams(new FormData(form))}`);
    if (turn !== asked || !response.ok) return; // a later question is under way, or the number is not one yet
    const { parts } = await response.json();
    for (const [id, html] of Object.entries(parts)) {
      const place = document.getElementById(id);
      const open = place.querySelector("details")?.open;
      place.innerHTML = html; // made and escaped by the server
      if (open) place.querySelector("details")?.setAttribute("open", "");
    }
  };

  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, Number(form.dataset.after || 150));
  });

  for (const field of form.querySelectorAll(".amount-field[data-reach]")) {
    const amount = field.querySelector("input");
    const slider = document.createElement("input");
    Object.assign(slider, { type: "range", min: 0, max: field.dataset.reach, step: amount.step, value: amount.value });
    slider.setAttribute("aria-label", field.querySelector("label").textContent);
    slider.addEventListener("input", () => (amount.value = slider.value));
    amount.addEventListener("input", () => (slider.value = amount.value));
    field.querySelector(".slider").append(slider);
  }

  const all = form.querySelector('input[name="case"][value="all"]');
  const cases = [...form.querySelectorAll('input[name="case"]')].filter((box) => box !== all);
  all?.addEventListener("input", () => cases.forEach((box) => (box.checked = all.checked)));
  if (all) cases.forEach((box) => box.addEventListener("input", () => (all.checked = cases.every((one) => one.checked))));
}
