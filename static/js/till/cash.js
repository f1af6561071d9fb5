// The cash sheet: what is due, what was given, what goes back.
import {gettext} from "../words.js";
import {make, put} from "../elements.js";
import {plain, press, suggestions, typed, writer} from "./money.js";

export class Cash {
  /** `take(tendered)` is called when the money is in the drawer. */
  constructor({shop, write, take}) {
    Object.assign(this, {shop, write, take});
    this.sheet = document.getElementById("cash");
    this.notes = document.getElementById("notes");
    this.brief = writer({...shop, language: document.documentElement.lang, brief: true});
    this.due = 0;
    this.entry = "";
    document.getElementById("numpad").addEventListener("click", (event) => {
      const button = event.target.closest("[data-key]");
      if (!button) return;
      for (const key of this.keys(button.dataset.key)) this.press(key);
      // After a finger, Enter means "take"; after a key it means this button again.
      if (event.detail) document.getElementById("take").focus();
    });
    this.notes.addEventListener("click", (event) => {
      const button = event.target.closest("[data-amount]");
      if (button) this.give(Number(button.dataset.amount));
    });
    document.getElementById("take").addEventListener("click", () => this.end());
  }

  get open() {
    return this.sheet.open;
  }

  get given() {
    return this.entry === "" ? this.due : typed(this.entry, this.shop.digits);
  }

  keys(key) {
    return key === "00" ? ["0", "0"] : [key];
  }

  show(due) {
    this.due = due;
    this.entry = "";
    const amounts = [due, ...suggestions(due, this.shop)];
    this.notes.replaceChildren(
      ...amounts.map((amount) => {
        const button = make("note");
        button.dataset.amount = amount;
        button.textContent = amount === due ? gettext("Exact") : this.brief(amount);
        return button;
      }),
    );
    this.draw();
    if (!this.open) this.sheet.showModal();
    document.getElementById("take").focus();
  }

  /** The order grew while the sheet is open. */
  update(due) {
    if (this.open && due !== this.due) this.show(due);
  }

  close() {
    if (this.open) this.sheet.close();
  }

  press(key) {
    this.entry = press(this.entry, key, this.shop.digits);
    this.draw();
  }

  give(amount) {
    this.entry = amount === this.due ? "" : plain(amount, this.shop.digits);
    this.draw();
    document.getElementById("take").focus();
  }

  draw() {
    const {due, given} = this;
    const missing = given < due;
    put(this.sheet, {
      due: this.write(due),
      given: this.write(given),
      "change-words": missing ? gettext("Still missing") : gettext("Change"),
      change: this.write(Math.abs(given - due)),
    });
    this.sheet.querySelector(".cash-change").classList.toggle("short", missing);
    const take = document.getElementById("take");
    put(take, {given: this.write(given)});
    take.setAttribute("aria-disabled", String(missing));
    for (const button of this.notes.children) {
      const pressed = Number(button.dataset.amount) === given;
      button.classList.toggle("tonal", pressed);
      button.setAttribute("aria-pressed", String(pressed));
    }
  }

  end() {
    if (this.given < this.due) return;
    this.close();
    this.take(this.given);
  }
}
