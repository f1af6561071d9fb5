// The till: puts its parts together and decides what follows what.
import {connection, data, toast} from "../elements.js";
import {fill, gettext} from "../words.js";
import {heard as licensed, refresh} from "../licence.js";
import {follow} from "../live.js";
import * as api from "./api.js";
import {Cart} from "./cart.js";
import {Cash} from "./cash.js";
import {Catalogue} from "./catalogue.js";
import {Grid} from "./grid.js";
import {Keys} from "./keys.js";
import {writer} from "./money.js";
import {Payment} from "./payment.js";
import {Refusals, ask} from "./refusals.js";
import {listen} from "./scanner.js";
import {Ticket} from "./ticket.js";

const {shop, categories, products, cursor} = data("page-data");
const write = writer({...shop, language: document.documentElement.lang});
const byId = (id) => document.getElementById(id);
const search = byId("search");

const catalogue = new Catalogue({shop, categories, products});
const cart = new Cart({
  catalogue,
  storage: sessionStorage,
  key: `order:${shop.id}`,
  changed: () => draw(),
});
const grid = new Grid({catalogue, cart, write, add: (id) => add(id)});
const ticket = new Ticket({cart, write});
const cash = new Cash({shop, write, take: (tendered) => payment.take(cart, tendered)});
const payment = new Payment({
  shop,
  storage: sessionStorage,
  paid,
  refused: (answer, attempt) => refusals.show(answer, attempt),
  busy,
});
const refusals = new Refusals({shop, catalogue, cart, grid, cash, payment, write, reload});

function draw() {
  ticket.draw();
  grid.counts();
  const able = !cart.empty && !payment.attempt;
  byId("exact").disabled = byId("pay").disabled = !able;
  if (cart.empty) cash.close();
  else cash.update(cart.sums.total);
}

// --- The order ---------------------------------------------------------------------

/** One tap, one scan, one Enter: a piece more. A paid order makes room for the next. */
function add(id) {
  if (payment.attempt) {
    toast(gettext("Wait until this order is paid."));
    return;
  }
  const product = catalogue.products.get(id);
  if (!cart.add(id)) {
    const words =
      catalogue.state(product) === "gone"
        ? gettext("{name} is sold out.")
        : gettext("There is no more of {name}.");
    toast(fill(words, {name: product.name}));
    return;
  }
  if (ticket.stage === "done") ticket.next();
  payment.calm();
}

ticket.step = (id, step) => {
  if (payment.attempt) return;
  if (step > 0) add(id);
  else cart.add(id, step);
};

function scanned(code) {
  const product = catalogue.scanned(code);
  if (product) add(product.id);
  else toast(fill(gettext("Nothing has the barcode {code}."), {code}));
}

/** Enter in the search: take the first product that can be sold. */
function addFound() {
  if (!search.value.trim()) return;
  const code = catalogue.scanned(search.value.trim());
  const product = code ?? grid.found.find((it) => catalogue.state(it) !== "gone");
  if (!product) return;
  add(product.id);
  grid.reset();
}

// --- Paying ------------------------------------------------------------------------

function exact() {
  if (!byId("exact").disabled) payment.take(cart, cart.sums.total);
}

function pay() {
  if (!byId("pay").disabled) cash.show(cart.sums.total);
}

function busy(on, attempt) {
  const pressed = attempt?.tendered === attempt?.total ? "exact" : "pay";
  for (const id of ["exact", "pay"]) {
    byId(id).setAttribute("aria-busy", String(on && id === pressed));
  }
  byId("order").setAttribute("aria-busy", String(on));
  byId("clear").disabled = on;
  for (const input of document.querySelectorAll('[name="order-type"]')) input.disabled = on;
  draw();
}

function paid(order, sums) {
  cart.clear();
  ticket.paid(order, sums);
  draw();
}

function next() {
  ticket.next();
  payment.calm();
  grid.reset();
  // A finger wants no keyboard on the screen.
  if (matchMedia("(hover: hover)").matches) search.focus();
  else grid.root.firstElementChild?.focus({preventScroll: true});
}

// --- News --------------------------------------------------------------------------

/**
 * Read the whole catalogue again. What is no longer sold leaves the order, and says so.
 * Returns whether it could be read.
 */
async function reload() {
  const rows = await api.all(`/api/v1/shops/${shop.id}/products?limit=500`);
  if (!rows) return false;
  const sold = new Set(rows.filter((row) => row.is_active !== false).map((row) => row.id));
  for (const id of [...catalogue.products.keys()]) if (!sold.has(id)) retire(id);
  for (const row of rows) catalogue.put(row);
  grid.drawCategories();
  grid.show();
  draw();
  return true;
}

function retire(id) {
  const name = catalogue.products.get(id)?.name;
  if (cart.quantity(id)) {
    cart.remove(id);
    toast(fill(gettext("{name} is no longer sold and was taken off the order."), {name}));
  }
  catalogue.remove(id);
  grid.drop(id);
}

const heard = {
  stock_changed(row) {
    const product = catalogue.level(row);
    if (product) grid.paint(product);
  },
  category_created(row) {
    catalogue.heading(row);
    grid.drawCategories();
  },
  product_created(row) {
    catalogue.put(row);
    grid.drawCategories();
    grid.show();
  },
  product_updated(row) {
    const known = catalogue.products.has(row.id);
    if (row.is_active === false) return heard.product_deleted(row);
    const product = catalogue.put(row);
    if (!known) grid.show();
    grid.paint(product);
    return draw();
  },
  product_deleted(row) {
    retire(row.id ?? row.product_id);
    draw();
  },
  settings_changed() {
    toast(gettext("The shop's settings were changed. Load the page again when you are free."));
  },
};

follow({
  url: `/ws/shops/${shop.id}`,
  after: cursor,
  onEvent: (event) => licensed(event) || heard[event.type]?.(event.data),
  onState(state) {
    connection(state);
    if (state === "ended") ask("signed-out");
  },
  async onResync() {
    if (!(await reload())) throw new Error("The catalogue could not be read");
    await refresh();
  },
});

// --- Hands -------------------------------------------------------------------------

byId("exact").addEventListener("click", exact);
byId("pay").addEventListener("click", pay);
byId("next").addEventListener("click", next);
search.addEventListener("keydown", (event) => {
  if (event.key === "Enter") addFound();
  if (event.key === "ArrowDown") grid.root.firstElementChild?.focus();
});

const turnType = () => {
  if (payment.attempt) return;
  cart.orderType = cart.orderType === "dine_in" ? "takeaway" : "dine_in";
  cart.keep();
};
const help = () => ask("help");
const find = () => {
  search.focus();
  search.select();
};
const inDialog = () => document.querySelector("dialog[open]") !== null;
const unless = (act) => () => (inDialog() ? false : act());
const marked = (step) => () => cart.selected && ticket.step(cart.selected, step);

const keys = new Keys({
  always: {
    F1: unless(help),
    F2: unless(find),
    F4: unless(turnType),
    F8: unless(exact),
    F9: unless(pay),
    PageUp: unless(() => cart.select(-1)),
    PageDown: unless(() => cart.select(1)),
    Delete(event) {
      if (inDialog() || (event.target === search && search.value)) return false;
      if (cart.selected && !payment.attempt) cart.remove(cart.selected);
      return true;
    },
    Backspace(event) {
      if (!cash.open) return false;
      cash.press(event.key);
      return true;
    },
    Escape(event) {
      if (inDialog()) return false;
      if (ticket.expanded && ticket.stage !== "done") ticket.expand(false);
      else if (event.target === search && !grid.reset()) search.blur();
      return true;
    },
  },
  single: {
    "/": find,
    "?": help,
    "[": () => grid.turn(-1),
    "]": () => grid.turn(1),
    "+": marked(1),
    "-": marked(-1),
    "−": marked(-1),
    t: turnType,
    e: exact,
    p: pay,
    n: () => ticket.stage === "done" && next(),
  },
});

listen({
  scanned(code) {
    if (inDialog() && !cash.open) return;
    scanned(code);
  },
  typed(key) {
    if (cash.open) cash.press(key);
    else if (!inDialog()) keys.typed(key);
  },
});

// A till that nobody touches locks itself, but never with a sale on its way.
document.addEventListener("lock", (event) => {
  if (payment.attempt || cash.open) event.preventDefault();
});

draw();
payment.resume();
