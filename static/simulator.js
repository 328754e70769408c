// Answers while a number is being changed. Without this file the form works as well: its button asks the server.
const form = document.getElementById("simulator");
const answer = document.getElementById("answer");
let asked = 0;
let waiting;

async function ask() {
  const turn = ++asked;
  const response = await fetch(`${form.dataset.answer}?${new URLSearchParams(new FormData(form))}`);
  if (turn !== asked || !response.ok) return; // a later question is under way, or the number is not one yet
  answer.innerHTML = (await response.json()).html; // made and escaped by the server
}

function askSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(ask, 150);
}

for (const field of form.querySelectorAll(".amount-field")) {
  const amount = field.querySelector("input");
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: 0, max: field.dataset.reach, step: amount.step, value: amount.value });
  slider.setAttribute("aria-label", field.querySelector("label").textContent);
  slider.addEventListener("input", () => {
    amount.value = slider.value;
    askSoon();
  });
  amount.addEventListener("input", () => {
    slider.value = amount.value;
    askSoon();
  });
  field.append(slider);
}
