// The live list of orders: rows come from the server with the page, news by socket.
import {connection, data, make, put} from "../elements.js";
import {fill, gettext} from "../words.js";
import {heard as licensed, refresh} from "../licence.js";
import {follow} from "../live.js";
import {get} from "../till/api.js";
import {parse, writer} from "../till/money.js";
import {Sheet} from "./sheet.js";

const KEPT = 200; // rows on the page; older ones are found by searching
const PAUSE = 250; // milliseconds without a key before the server is asked

const {shop, cursor, words} = data("page-data");
const write = writer({...shop, language: document.documentElement.lang});
const amount = (text) => write(parse(text, shop.digits));
const list = document.getElementById("rows");
const search = document.getElementById("search");
const base = `/api/v1/shops/${shop.id}/orders`;
const rows = new Map();

const clock = new Intl.DateTimeFormat(document.documentElement.lang, {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
  timeZone: shop.timezone,
});
const day = new Intl.DateTimeFormat(document.documentElement.lang, {
  day: "numeric",
  month: "short",
  timeZone: shop.timezone,
});

/** "14:05" today, "21 Nov, 14:05" before. */
const when = (moment) => {
  const time = new Date(moment);
  const date = day.format(time);
  return date === day.format(new Date()) ? clock.format(time) : `${date}, ${clock.format(time)}`;
};

const sheet = new Sheet({amount, when, words, load: (id) => get(`${base}/${id}`)});

// --- Rows --------------------------------------------------------------------------

const adopt = (row) => {
  rows.set(row.dataset.id, row);
  const time = row.querySelector("time");
  time.textContent = when(time.dateTime);
  row.querySelector('[data-slot="state"]').dataset.state = row.dataset.state;
};

const pieces = (items) =>
  items
    .filter((item) => !item.voided)
    .map((item) => `${item.quantity} × ${item.name}`)
    .join(", ");

const paint = (row, order) => {
  row.dataset.id = order.id;
  row.dataset.state = order.state;
  put(row, {
    call: order.call_number,
    number: order.order_number,
    items: pieces(order.items),
    type: words.types[order.order_type] ?? order.order_type,
    who: order.cashier_name,
    time: when(order.created_at),
    state: words.states[order.state] ?? order.state,
    total: amount(order.total),
  });
  row.querySelector("time").dateTime = order.created_at;
  row.querySelector('[data-slot="state"]').dataset.state = order.state;
};

/** Put an order on the list, where its time says, or change the row it has. */
const show = (order, {arrived = false} = {}) => {
  const known = rows.get(order.id);
  const row = known ?? make("order-row");
  paint(row, order);
  if (!known) {
    rows.set(order.id, row);
    const moment = new Date(order.created_at);
    const next = [...list.children].find(
      (other) => new Date(other.querySelector("time").dateTime) <= moment,
    );
    list.insertBefore(row, next ?? null);
    if (arrived) row.classList.add("arrived");
    while (arrived && list.children.length > KEPT) {
      rows.delete(list.lastElementChild.dataset.id);
      list.lastElementChild.remove();
    }
  }
  if (sheet.id === order.id) sheet.draw(order);
  filter();
};

// --- Search ------------------------------------------------------------------------

const bare = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

const filter = () => {
  const wanted = bare(search.value).split(/\s+/).filter(Boolean);
  let count = 0;
  for (const row of list.children) {
    const text = bare(row.textContent);
    row.hidden = !wanted.every((word) => text.includes(word));
    if (!row.hidden) count += 1;
  }
  document.getElementById("orders").hidden = count === 0;
  document.getElementById("no-orders").hidden = list.children.length > 0;
  document.getElementById("nothing-found").hidden = !list.children.length || count > 0;
};

let asking = 0;
const ask = async () => {
  const query = search.value.trim();
  if (query.length < 2) return;
  const answer = await get(`${base}?limit=50&q=${encodeURIComponent(query)}`);
  if (answer.kind === "done" && query === search.value.trim()) {
    for (const order of answer.body) show(order);
  }
};

search.addEventListener("input", () => {
  filter();
  clearTimeout(asking);
  asking = setTimeout(ask, PAUSE);
});
document.getElementById("search-clear").addEventListener("click", () => {
  search.value = "";
  filter();
  search.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/" && event.target !== search && !sheet.open) {
    event.preventDefault();
    search.focus();
  }
  if (event.key === "Escape" && event.target === search) {
    search.value = "";
    filter();
  }
});

// --- One order, and news -----------------------------------------------------------

list.addEventListener("click", (event) => {
  const row = event.target.closest(".order-row");
  if (row) sheet.show(row.dataset.id);
});

for (const row of list.children) adopt(row);
filter();

const reload = async () => {
  const answer = await get(`${base}?limit=50`);
  if (answer.kind !== "done") throw new Error("The orders could not be read");
  for (const order of answer.body) show(order);
};

follow({
  url: `/ws/shops/${shop.id}`,
  after: cursor,
  onEvent(event) {
    const {type, data: order} = event;
    if (licensed(event)) return;
    if (!["order_created", "order_updated", "order_deleted"].includes(type)) return;
    show(order, {arrived: true});
    if (type === "order_created") {
      document.getElementById("said").textContent = fill(gettext("New order {number}, {total}"), {
        number: order.call_number,
        total: amount(order.total),
      });
    }
  },
  onState(state) {
    connection(state);
    const dialog = document.getElementById("signed-out");
    if (state === "ended" && !dialog.open) dialog.showModal();
  },
  async onResync() {
    await Promise.all([reload(), refresh()]);
  },
});
