// The server said no: say why, what still stands, and what to do about it.
import {make, put} from "../elements.js";
import {fill, gettext} from "../words.js";
import {parse} from "./money.js";

const byId = (id) => document.getElementById(id);

/** Open a dialog, unless it is. */
export const ask = (id) => byId(id).open || byId(id).showModal();

export class Refusals {
  /** `reload()` reads the catalogue anew; the rest are the till's own parts. */
  constructor({shop, catalogue, cart, grid, cash, payment, write, reload}) {
    Object.assign(this, {shop, catalogue, cart, grid, cash, payment, write, reload});
  }

  /** Take a refusal and the attempt it answers; nothing was sold. */
  async show({status, body}, attempt) {
    const title = body.detail ?? gettext("This was refused.");
    if (body.code === "session_locked") document.dispatchEvent(new Event("locked"));
    else if (status === 401) ask("signed-out");
    else if (status === 423) this.locked(title);
    else if (body.code === "total_mismatch") await this.changed(attempt, body);
    else if (body.code === "out_of_stock") this.short(body.lines);
    else if (body.code === "unknown_product") await this.gone(title);
    else if (body.code === "csrf_failed") this.say(title, gettext("The order on it is kept."));
    else this.say(title, Object.values(body.errors ?? {}).flat().join(" "));
  }

  say(title, words) {
    this.payment.say({title, words: words || gettext("Nothing was taken."), danger: true});
  }

  /** The sentence says why and whom to call; what it costs is said here. */
  locked(title) {
    this.say(title, gettext("Nothing was taken. The order on the screen is kept."));
  }

  async gone(title) {
    await this.reload();
    this.say(title, gettext("The products were read anew. Look at the order and try again."));
  }

  /** A price differs from what was promised: show both, and ask. */
  async changed(attempt, {detail, ours}) {
    await this.reload();
    const {total} = this.cart.sums;
    if (total !== parse(ours, this.shop.digits)) {
      this.say(detail, gettext("Load this page again; the order on it is kept."));
      return;
    }
    const dialog = byId("changed");
    put(dialog, {before: this.write(attempt.total)});
    for (const slot of dialog.querySelectorAll('[data-slot="now"]')) {
      slot.textContent = this.write(total);
    }
    byId("accept").onclick = () => {
      dialog.close();
      // What was given covers the new total, or it has to be asked for.
      if (attempt.tendered === attempt.total) this.payment.take(this.cart, total);
      else if (attempt.tendered >= total) this.payment.take(this.cart, attempt.tendered);
      else this.cash.show(total);
    };
    ask("changed");
  }

  /** Others were quicker: name each line, `{product_id, name, wanted, left}`. */
  short(lines) {
    const dialog = byId("short");
    dialog.querySelector("ul").replaceChildren(
      ...lines.map(({product_id, name, wanted, left}) => {
        const product = this.catalogue.products.get(product_id);
        if (product) this.grid.paint(Object.assign(product, {left, blocks: true, low: true}));
        const words = fill(gettext("{left} left, {wanted} wanted"), {left, wanted});
        return make("short-line", {name, left: words});
      }),
    );
    byId("reduce").onclick = () => {
      dialog.close();
      for (const {product_id, left} of lines) this.cart.set(product_id, Math.max(0, left));
    };
    ask("short");
  }
}
