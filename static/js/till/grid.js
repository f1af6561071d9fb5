// The shelf: a tile for each product, categories above it.
import {fill, gettext, ngettext} from "../words.js";
import {make, put} from "../elements.js";

export class Grid {
  /** `add(id)` is called for a pressed tile. */
  constructor({catalogue, cart, write, add}) {
    Object.assign(this, {catalogue, cart, write, add});
    this.root = document.getElementById("grid");
    this.strip = document.getElementById("categories");
    this.field = document.getElementById("search");
    this.tiles = new Map();
    this.category = "";
    this.root.addEventListener("click", (event) => {
      const tile = event.target.closest(".tile");
      if (tile) this.add(tile.dataset.id);
    });
    this.root.addEventListener("keydown", (event) => this.move(event));
    this.strip.addEventListener("click", (event) => {
      const button = event.target.closest(".category");
      if (button) this.choose(button.dataset.id);
    });
    this.field.addEventListener("input", () => this.show());
    document.getElementById("search-clear").addEventListener("click", () => this.reset());
    this.drawCategories();
    this.show();
  }

  drawCategories() {
    const all = {id: "", name: gettext("All"), tint: 0};
    const used = new Set([...this.catalogue.products.values()].map((it) => it.category_id));
    const shown = this.catalogue.categories.filter(({id}) => used.has(id));
    this.strip.replaceChildren(
      ...[all, ...shown].map(({id, name, tint}) => {
        const button = make("category");
        button.textContent = name;
        button.dataset.id = id;
        button.dataset.tint = tint;
        return button;
      }),
    );
    this.mark();
  }

  mark() {
    for (const button of this.strip.children) {
      const pressed = !this.field.value && button.dataset.id === this.category;
      button.setAttribute("aria-pressed", String(pressed));
    }
  }

  choose(category) {
    this.category = category;
    this.field.value = "";
    this.show();
    this.root.parentElement.scrollTop = 0;
    const button = this.strip.querySelector('[aria-pressed="true"]');
    button?.scrollIntoView({block: "nearest", inline: "center"});
  }

  /** The category before (-1) or after (1) the chosen one. */
  turn(step) {
    const ids = [...this.strip.children].map((button) => button.dataset.id);
    this.choose(ids[(ids.indexOf(this.category) + step + ids.length) % ids.length]);
  }

  /** Empty the search. Says whether there was anything to empty. */
  reset() {
    const was = this.field.value !== "";
    this.field.value = "";
    this.show();
    return was;
  }

  get found() {
    const words = this.field.value.trim();
    return this.catalogue.search(words, words ? "" : this.category);
  }

  show() {
    const found = this.found;
    this.root.replaceChildren(...found.map((product) => this.tile(product)));
    const sells = this.catalogue.products.size > 0;
    document.getElementById("nothing-found").hidden = found.length > 0 || !sells;
    document.getElementById("nothing-sold").hidden = sells;
    this.mark();
    this.rove(this.root.firstElementChild);
    if (this.field.value) {
      document.getElementById("found").textContent = fill(
        ngettext("{count} product found", "{count} products found", found.length),
        {count: found.length},
      );
    }
  }

  tile(product) {
    let tile = this.tiles.get(product.id);
    if (!tile) {
      tile = make("tile");
      tile.dataset.id = product.id;
      this.tiles.set(product.id, tile);
    }
    this.paint(product);
    return tile;
  }

  /** Draw a product's tile anew, where it stands. */
  paint(product) {
    const tile = this.tiles.get(product.id);
    if (!tile) return;
    const state = this.catalogue.state(product);
    tile.dataset.tint = this.catalogue.tint(product);
    tile.setAttribute("aria-disabled", String(state === "gone"));
    let stock = "";
    if (!state && product.blocks) stock = fill(gettext("{count} left"), {count: product.left});
    if (state === "gone") stock = gettext("Sold out");
    if (state === "low") stock = fill(gettext("{count} left"), {count: product.left});
    put(tile, {
      name: product.name,
      letter: product.image_url ? "" : product.name.slice(0, 1).toLocaleUpperCase(),
      price: this.write(product.price),
      stock,
    });
    const badge = tile.querySelector(".tile-stock");
    badge.classList.toggle("warn", state === "low");
    badge.classList.toggle("gone", state === "gone");
    this.picture(tile, product);
    this.count(product.id);
  }

  picture(tile, product) {
    const frame = tile.querySelector(".tile-picture");
    const shown = frame.querySelector("img");
    if ((shown?.getAttribute("src") ?? "") === product.image_url) return;
    shown?.remove();
    if (!product.image_url) return;
    const image = new Image(320, 200);
    image.loading = "lazy";
    image.decoding = "async";
    image.alt = "";
    image.draggable = false;
    image.addEventListener("error", () => {
      image.remove();
      put(tile, {letter: product.name.slice(0, 1).toLocaleUpperCase()});
    });
    image.src = product.image_url;
    frame.append(image);
  }

  /** Show on the tile how many pieces of it the order holds. */
  count(id) {
    const tile = this.tiles.get(id);
    if (!tile) return;
    const pieces = this.cart.quantity(id);
    let round = tile.querySelector(".tile-count");
    if (!pieces) {
      round?.remove();
      return;
    }
    if (!round) {
      round = make("tile-count");
      tile.append(round);
    }
    round.textContent = pieces;
    round.setAttribute("aria-label", fill(gettext("{count} in the order"), {count: pieces}));
  }

  counts() {
    for (const id of this.tiles.keys()) this.count(id);
  }

  drop(id) {
    this.tiles.get(id)?.remove();
    this.tiles.delete(id);
  }

  /** One tile at a time is in the order of Tab; the arrows move among them. */
  rove(tile) {
    for (const other of this.root.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
    for (const other of this.root.children) other.tabIndex = other === tile ? 0 : -1;
  }

  move(event) {
    const tile = event.target.closest(".tile");
    if (!tile || event.ctrlKey || event.metaKey || event.altKey) return;
    const tiles = [...this.root.children];
    const at = tiles.indexOf(tile);
    const top = tiles[0].offsetTop;
    const columns = tiles.filter((other) => other.offsetTop === top).length;
    const rtl = document.dir === "rtl" ? -1 : 1;
    const steps = {
      ArrowRight: rtl,
      ArrowLeft: -rtl,
      ArrowDown: columns,
      ArrowUp: -columns,
      Home: -at,
      End: tiles.length - 1 - at,
    };
    const next = tiles[at + steps[event.key]];
    if (!next) return;
    event.preventDefault();
    this.rove(next);
    next.focus();
  }
}
