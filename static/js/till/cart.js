// The order being made: products and pieces, kept over a reload and a sign-in.
import {sums} from "./money.js";

export class Cart {
  /** `storage` is where it survives a reload; `changed()` is called after every change. */
  constructor({catalogue, storage, key, changed}) {
    this.catalogue = catalogue;
    this.storage = storage;
    this.key = key;
    this.changed = changed;
    this.pieces = new Map();
    this.orderType = "dine_in";
    this.selected = null;
    this.restore();
  }

  restore() {
    try {
      const kept = JSON.parse(this.storage.getItem(this.key) ?? "null");
      if (!kept) return;
      this.orderType = kept.orderType;
      for (const [id, quantity] of kept.pieces) {
        if (this.catalogue.products.has(id)) this.pieces.set(id, quantity);
      }
      this.selected = [...this.pieces.keys()].at(-1) ?? null;
    } catch {
      // what cannot be read is no order
    }
  }

  keep() {
    try {
      this.storage.setItem(
        this.key,
        JSON.stringify({orderType: this.orderType, pieces: [...this.pieces]}),
      );
    } catch {
      // storage is full or off: the order lasts as long as the page
    }
    this.changed();
  }

  get empty() {
    return this.pieces.size === 0;
  }

  get count() {
    return [...this.pieces.values()].reduce((sum, quantity) => sum + quantity, 0);
  }

  quantity(id) {
    return this.pieces.get(id) ?? 0;
  }

  /** Set how many pieces; none removes the line. More than may be sold is refused: false. */
  set(id, quantity) {
    const product = this.catalogue.products.get(id);
    if (quantity > this.quantity(id)) {
      if (!product || quantity > 999 || this.catalogue.room(product, 0) < quantity) return false;
    }
    if (quantity > 0) {
      this.pieces.set(id, quantity);
      this.selected = id;
    } else {
      this.remove(id);
      return true;
    }
    this.keep();
    return true;
  }

  add(id, quantity = 1) {
    return this.set(id, this.quantity(id) + quantity);
  }

  remove(id) {
    const ids = [...this.pieces.keys()];
    const at = ids.indexOf(id);
    this.pieces.delete(id);
    if (this.selected === id) this.selected = ids[at + 1] ?? ids[at - 1] ?? null;
    this.keep();
  }

  /** Mark the line above (-1) or below (1) the marked one. */
  select(step) {
    const ids = [...this.pieces.keys()];
    const at = ids.indexOf(this.selected) + step;
    this.selected = ids[Math.min(Math.max(at, 0), ids.length - 1)] ?? null;
    this.changed();
  }

  clear() {
    this.pieces.clear();
    this.selected = null;
    this.orderType = "dine_in";
    this.keep();
  }

  /** Lines as shown: `{product, quantity, amount, rate}`. */
  get lines() {
    return [...this.pieces].map(([id, quantity]) => {
      const product = this.catalogue.products.get(id);
      return {product, quantity, amount: product.price * quantity, rate: product.rate};
    });
  }

  get sums() {
    return sums(this.lines, this.catalogue.shop.prices_include_tax);
  }

  /** What is asked of the server; prices stay at home, but for the promised total. */
  get wish() {
    return {
      items: [...this.pieces].map(([product_id, quantity]) => ({product_id, quantity})),
      order_type: this.orderType,
    };
  }
}
