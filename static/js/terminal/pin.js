// Pick a name, type a PIN: one step after the other, by finger or by keyboard. Without this
// script both steps are one plain form.
import {fill} from "../words.js";

const byId = (id) => document.getElementById(id);
const form = byId("terminal");
const LONGEST = 6;

if (form) {
  const pin = byId("pin");
  const title = byId("pin-title");
  const picked = () => form.querySelector('[name="user_id"]:checked');

  const ask = (name) => {
    form.dataset.step = "pin";
    title.textContent = fill(title.dataset.words, {name});
    pin.value = "";
    pin.focus();
  };

  const back = () => {
    form.dataset.step = "who";
    const who = picked();
    if (!who) return;
    who.checked = false;
    who.focus();
  };

  const press = (key) => {
    if (key === "Backspace") pin.value = pin.value.slice(0, -1);
    else if (pin.value.length < LONGEST) pin.value += key;
  };

  byId("pad").hidden = byId("back").hidden = false;
  pin.inputMode = "none"; // the pad is the keyboard
  form.classList.add("stepwise");
  form.dataset.step = "who";
  if (picked()) ask(picked().dataset.name);

  // A click picks; arrow keys only move among the names, and Enter or the space bar picks.
  byId("faces").addEventListener("click", (event) => {
    if (event.target.name === "user_id" && event.detail) ask(event.target.dataset.name);
  });
  byId("faces").addEventListener("keydown", (event) => {
    if (event.target.name !== "user_id" || !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    event.target.checked = true;
    ask(event.target.dataset.name);
  });
  byId("back").addEventListener("click", back);
  byId("pad").addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (key) press(key);
  });

  document.addEventListener("keydown", (event) => {
    if (form.dataset.step !== "pin" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") back();
    if (event.target === pin) return;
    if (/^[0-9]$/.test(event.key) || event.key === "Backspace") {
      event.preventDefault();
      pin.focus();
      press(event.key);
    }
  });

  // Sent once, however often it is pressed; coming back lets it go again.
  form.addEventListener("submit", (event) => {
    if (form.getAttribute("aria-busy") === "true") event.preventDefault();
    form.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => form.removeAttribute("aria-busy"));
}
