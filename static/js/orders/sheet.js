// The sheet that shows one order: what was sold, what it came to, how it was paid.
import {make, put, toast} from "../elements.js";
import {fill, gettext} from "../words.js";

const isNothing = (text) => /^0*(\.0*)?$/.test(text);

export class Sheet {
  /** `load(id)` asks the server; `amount` and `when` write money and moments. */
  constructor({amount, when, words, load}) {
    Object.assign(this, {amount, when, words, load});
    this.root = document.getElementById("sheet");
    this.id = null;
    this.root.addEventListener("close", () => {
      this.id = null;
    });
  }

  get open() {
    return this.root.open;
  }

  async show(id) {
    this.id = id;
    const answer = await this.load(id);
    if (this.id !== id) return; // another was asked for meanwhile
    if (answer.kind !== "done") {
      this.id = null;
      toast(answer.body?.detail ?? gettext("The order could not be read. Try again."));
      return;
    }
    this.draw(answer.body);
    if (!this.open) this.root.showModal();
  }

  draw(order) {
    const state = this.root.querySelector('[data-slot="state"]');
    state.dataset.state = order.state;
    const parts = [
      this.words.types[order.order_type] ?? order.order_type,
      this.when(order.created_at),
      order.cashier_name,
      order.table && fill(gettext("table {table}"), {table: order.table}),
      order.customer_name,
      order.note,
    ];
    put(this.root, {
      call: order.call_number,
      number: order.order_number,
      state: this.words.states[order.state] ?? order.state,
      about: parts.filter(Boolean).join(" · "),
    });
    this.lines(order);
    this.sums(order);
    this.payments(order);
  }

  lines({items}) {
    document.getElementById("sheet-lines").replaceChildren(
      ...items.map((item) => {
        const line = make("sheet-line", {
          count: `${item.quantity} ×`,
          name: item.name,
          unit: this.amount(item.unit_price),
          total: this.amount(item.total),
        });
        line.classList.toggle("voided", item.voided);
        return line;
      }),
    );
  }

  sums(order) {
    const rows = [
      [gettext("Subtotal"), order.subtotal, true],
      [gettext("Discount"), `-${order.discount}`, !isNothing(order.discount)],
      [gettext("Charges"), order.charges, !isNothing(order.charges)],
      [this.words.tax, order.tax, true],
      [gettext("Total"), order.total, true],
    ];
    document.getElementById("sheet-sums").replaceChildren(
      ...rows
        .filter(([, , shown]) => shown)
        .map(([name, amount]) => make("sheet-sum", {name, amount: this.amount(amount)})),
    );
    document.getElementById("sheet-sums").lastElementChild.className = "total";
  }

  payments({payments}) {
    document.getElementById("sheet-payments").replaceChildren(
      ...payments.map((payment) => {
        const given = fill(gettext("given {given}, change {change}"), {
          given: this.amount(payment.tendered ?? payment.amount),
          change: this.amount(payment.change ?? "0"),
        });
        return make("sheet-line", {
          name: this.words.methods[payment.method] ?? payment.method,
          unit: `${this.when(payment.at)}, ${given}`,
          total: this.amount(payment.amount),
        });
      }),
    );
    document.getElementById("sheet-unpaid").hidden = payments.length > 0;
  }
}
