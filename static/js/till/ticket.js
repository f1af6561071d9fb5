// The ticket: the order's lines and sums on the screen, and what was paid.
import {fill, gettext, ngettext} from "../words.js";
import {make, put} from "../elements.js";

export class Ticket {
  constructor({cart, write}) {
    Object.assign(this, {cart, write});
    this.root = document.getElementById("order");
    this.list = document.getElementById("lines");
    this.handle = document.getElementById("handle");
    this.lines = new Map();
    this.list.addEventListener("click", (event) => {
      const line = event.target.closest(".line");
      if (!line) return;
      const step = Number(event.target.closest("[data-step]")?.dataset.step ?? 0);
      if (step) this.step(line.dataset.id, step);
      else this.cart.selected = line.dataset.id;
      this.draw();
    });
    this.handle.addEventListener("click", () => this.expand(!this.expanded));
    document.getElementById("clear").addEventListener("click", () => this.cart.clear());
    document.getElementById("order-type").addEventListener("change", (event) => {
      this.cart.orderType = event.target.value;
      this.cart.keep();
    });
  }

  /** Set by the page: what a press on + or - does. */
  step = () => {};

  get stage() {
    return this.root.dataset.stage;
  }

  get expanded() {
    return this.root.classList.contains("expanded");
  }

  /** On a phone the ticket is a sheet; expanded it shows its lines. */
  expand(open) {
    this.root.classList.toggle("expanded", open);
    this.handle.setAttribute("aria-expanded", String(open));
  }

  draw() {
    const {cart, write} = this;
    if (!cart.empty) this.root.dataset.stage = "lines";
    else if (this.stage === "lines") {
      this.root.dataset.stage = "empty";
      this.expand(false);
    }
    const seen = new Set();
    for (const line of cart.lines) {
      seen.add(line.product.id);
      this.drawLine(line);
    }
    for (const [id, element] of this.lines) {
      if (seen.has(id)) continue;
      if (element.contains(document.activeElement)) document.getElementById("search").focus();
      element.remove();
      this.lines.delete(id);
    }
    const {subtotal, tax, total} = cart.sums;
    put(document.getElementById("totals"), {
      subtotal: write(subtotal),
      tax: write(tax),
      total: write(total),
    });
    put(document.getElementById("pay"), {total: cart.empty ? "" : write(total)});
    put(this.handle, {
      count: cart.empty
        ? gettext("No items yet")
        : fill(ngettext("{count} item", "{count} items", cart.count), {count: cart.count}),
      total: cart.empty ? "" : write(total),
    });
    for (const input of document.querySelectorAll('[name="order-type"]')) {
      input.checked = input.value === cart.orderType;
    }
  }

  drawLine({product, quantity, amount}) {
    let line = this.lines.get(product.id);
    const fresh = !line;
    if (fresh) {
      line = make("line");
      line.dataset.id = product.id;
      line.classList.add("new");
      const words = {name: product.name};
      line.querySelector(".stepper").ariaLabel = fill(gettext("Pieces of {name}"), words);
      line.querySelector('[data-step="-1"]').ariaLabel = fill(gettext("One less: {name}"), words);
      line.querySelector('[data-step="1"]').ariaLabel = fill(gettext("One more: {name}"), words);
      this.lines.set(product.id, line);
      this.list.append(line);
    }
    const before = line.dataset.quantity;
    line.dataset.quantity = quantity;
    const selected = product.id === this.cart.selected;
    line.classList.toggle("selected", selected);
    put(line, {
      name: product.name,
      unit: this.write(product.price),
      quantity,
      total: this.write(amount),
    });
    if (selected && (fresh || before !== String(quantity) || !this.inSight(line))) {
      line.scrollIntoView({block: "nearest"});
    }
  }

  inSight(line) {
    const [box, frame] = [line.getBoundingClientRect(), this.list.getBoundingClientRect()];
    return box.top >= frame.top && box.bottom <= frame.bottom;
  }

  /** Show a paid order: the change above all. */
  paid(order, {total, change}) {
    this.root.dataset.stage = "done";
    this.expand(true);
    put(document.getElementById("done"), {
      change: this.write(change),
      call_number: order.call_number || "–",
      order_number: order.order_number,
      total: this.write(total),
    });
    document.getElementById("next").focus();
  }

  /** Leave the paid order behind. */
  next() {
    if (this.stage !== "done") return;
    this.root.dataset.stage = "empty";
    this.expand(false);
    this.draw();
  }
}
