// What may be sold: the products as the API writes them, kept fresh by events.
import {parse} from "./money.js";

const bare = (text) =>
  String(text ?? "")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLocaleLowerCase();

/** Rows `{id, name, price, stock, …}` become products with amounts in smallest units. */
export class Catalogue {
  constructor({shop, categories, products}) {
    this.shop = shop;
    this.products = new Map();
    this.categories = [];
    for (const category of categories) this.heading(category);
    for (const row of products) this.put(row);
  }

  /** Take in a heading of the menu; each has its tint, in the order they came. */
  heading({id, name}) {
    if (this.categories.some((known) => known.id === id)) return;
    this.categories.push({id, name, tint: (this.categories.length % 8) + 1});
  }

  /** Take a product's row in, or out if it is no longer sold. Returns the product, or null. */
  put(row) {
    if (row.is_active === false) {
      this.products.delete(row.id);
      return null;
    }
    if (row.category_id) this.heading({id: row.category_id, name: row.category});
    const blocks = row.stock_policy !== "allow";
    const product = {
      id: row.id,
      name: row.name,
      category_id: row.category_id ?? null,
      sku: row.sku ?? "",
      barcode: row.barcode ?? "",
      price: parse(row.price, this.shop.digits),
      rate: row.tax_rate ?? "0",
      image_url: row.image_url ?? "",
      left: row.stock,
      blocks,
      low: row.is_low,
      // Unavailable although there is stock: somebody put it to sleep.
      awake: row.is_available !== false || (blocks && row.stock <= 0),
    };
    product.found = bare(`${row.name} ${row.sku ?? ""} ${row.barcode ?? ""} ${row.category ?? ""}`);
    this.products.set(row.id, product);
    return product;
  }

  /** Take an inventory row in: what is left, and whether that blocks a sale. */
  level(row) {
    const product = this.products.get(row.product_id);
    if (!product) return null;
    product.left = row.available;
    product.low = row.is_low;
    product.blocks = row.policy !== "allow";
    return product;
  }

  remove(id) {
    const product = this.products.get(id) ?? null;
    this.products.delete(id);
    return product;
  }

  /** Why a product cannot be sold now, or how many are left: "gone", "low" or "". */
  state(product) {
    if (!product.awake) return "gone";
    if (!product.blocks) return "";
    if (product.left <= 0) return "gone";
    return product.low ? "low" : "";
  }

  /** How many more may be sold beside `taken`; `Infinity` where stock does not block. */
  room(product, taken) {
    if (!product.awake) return 0;
    if (!product.blocks) return Infinity;
    return Math.max(0, product.left - taken);
  }

  tint(product) {
    return this.categories.find((category) => category.id === product.category_id)?.tint ?? 0;
  }

  /** Products of a category ("" for all) in which every word is found, in the menu's order. */
  search(words, category = "") {
    const wanted = bare(words).split(/\s+/).filter(Boolean);
    const place = new Map(this.categories.map(({id}, index) => [id, index]));
    const last = this.categories.length;
    return [...this.products.values()]
      .filter(
        (product) =>
          (!category || product.category_id === category) &&
          wanted.every((word) => product.found.includes(word)),
      )
      .sort(
        (one, other) =>
          (place.get(one.category_id) ?? last) - (place.get(other.category_id) ?? last) ||
          one.name.localeCompare(other.name),
      );
  }

  /** The product with this barcode, or this number of the shop's own. */
  scanned(code) {
    const all = [...this.products.values()];
    return (
      all.find((product) => product.barcode === code) ??
      all.find((product) => product.sku && product.sku.toLowerCase() === code.toLowerCase()) ??
      null
    );
  }
}
