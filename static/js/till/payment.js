// Taking the money. A sale is sent with a key of its own until an answer is known: the
// same key and the same words every time, so that however often it is sent, it is one sale.
import {fill, gettext} from "../words.js";
import {parse, plain} from "./money.js";
import {key, post} from "./api.js";
import {put} from "../elements.js";

const FIRST_WAIT = 1;
const LONGEST_WAIT = 15;

export class Payment {
  /**
   * `paid(order, sums)` and `refused(answer, attempt)` are called when the answer is known;
   * `busy(on, attempt)` whenever one is awaited.
   */
  constructor({shop, storage, paid, refused, busy, send = post}) {
    Object.assign(this, {shop, storage, paid, refused, busy, send});
    this.slot = `attempt:${shop.id}`;
    this.banner = document.getElementById("problem");
    this.attempt = null;
    this.timer = 0;
    document.getElementById("try-now").addEventListener("click", () => this.go());
    document.getElementById("set-aside").addEventListener("click", () => this.setAside());
    document.getElementById("problem-seen").addEventListener("click", () => this.calm());
  }

  get url() {
    return `/api/v1/shops/${this.shop.id}/orders`;
  }

  /** Sell the cart for cash; amounts in smallest units. */
  take(cart, tendered) {
    if (this.attempt) return;
    const {digits} = this.shop;
    const {total} = cart.sums;
    const amount = plain(total, digits);
    // The id stays with the order: it is one sale even if another person signs in meanwhile.
    const id = key();
    const body = {...cart.wish, payment_method: "cash", total: amount, client_id: id};
    if (total) body.payments = [{method: "cash", amount, tendered: plain(tendered, digits)}];
    this.attempt = {key: id, body, total, tendered, tries: 0};
    this.keep();
    this.go();
  }

  /** Send again what an earlier page left without an answer. */
  resume() {
    try {
      this.attempt = JSON.parse(this.storage.getItem(this.slot) ?? "null");
    } catch {
      this.attempt = null;
    }
    if (this.attempt) this.go();
  }

  keep() {
    try {
      if (this.attempt) this.storage.setItem(this.slot, JSON.stringify(this.attempt));
      else this.storage.removeItem(this.slot);
    } catch {
      // storage is full or off: the attempt lasts as long as the page
    }
  }

  async go() {
    clearTimeout(this.timer);
    if (!this.attempt || this.sending) return;
    this.sending = true;
    this.busy(true, this.attempt);
    const answer = await this.send(this.url, this.attempt.body, this.attempt.key);
    this.sending = false;
    if (!this.attempt) return; // set aside meanwhile
    if (answer.kind === "unknown") this.again(answer);
    else if (answer.status === 429) this.again(answer, gettext("Too many requests at once."));
    else this.settle(answer);
  }

  settle(answer) {
    const attempt = this.attempt;
    this.attempt = null;
    this.keep();
    this.busy(false);
    this.calm();
    if (answer.kind === "done") {
      const total = parse(answer.body.total, this.shop.digits);
      const change = parse(answer.body.change ?? "0", this.shop.digits);
      this.paid(answer.body, {total, change});
    } else {
      this.refused(answer, attempt);
    }
  }

  /** Wait a little longer each time, then send the same again. */
  again(answer, reason = gettext("The server does not answer.")) {
    this.attempt.tries += 1;
    this.keep();
    const patience = Math.min(FIRST_WAIT * 2 ** (this.attempt.tries - 1), LONGEST_WAIT);
    const seconds = answer.wait ?? patience;
    this.say({
      title: reason,
      words: fill(
        gettext("Trying again in {seconds} s. It is the same sale: it is never taken twice."),
        {seconds},
      ),
      buttons: this.attempt.tries > 1 ? ["try-now", "set-aside"] : ["try-now"],
    });
    this.timer = setTimeout(() => this.go(), seconds * 1000);
  }

  /** Stop asking. Whether it was sold, the list of orders tells. */
  setAside() {
    clearTimeout(this.timer);
    this.attempt = null;
    this.keep();
    this.busy(false);
    this.say({
      title: gettext("This sale was set aside."),
      words: gettext("It may have been recorded. Look in Orders before you take it again."),
      buttons: ["problem-seen"],
    });
  }

  say({title, words, buttons = ["problem-seen"], danger = false}) {
    put(this.banner, {title, words});
    this.banner.classList.toggle("danger", danger);
    for (const button of this.banner.querySelectorAll("button")) {
      button.hidden = !buttons.includes(button.id);
    }
    this.banner.hidden = false;
  }

  calm() {
    this.banner.hidden = true;
  }
}
