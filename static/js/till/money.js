// Money as whole numbers of the currency's smallest unit, never as fractions.
// The same sums as pos.money on the server: tests hold them side by side.

const whole = /^-?\d+$/;
const decimal = /^(-?)(\d+)(?:\.(\d+))?$/;

/** "472.5" with 2 digits is 47250n / 100: digits after the point and all of them as one number. */
const scaled = (text) => {
  const parts = decimal.exec(String(text).trim());
  if (!parts) throw new RangeError(`Not a decimal: ${text}`);
  const [, sign, before, after = ""] = parts;
  return {units: BigInt(sign + before + after), scale: 10n ** BigInt(after.length)};
};

/** An amount as text ("472.00") in smallest units (47200). Throws `RangeError`. */
export const parse = (text, digits) => {
  const {units, scale} = scaled(text);
  const factor = 10n ** BigInt(digits);
  if ((units * factor) % scale !== 0n) throw new RangeError(`More than ${digits} decimals: ${text}`);
  const amount = Number((units * factor) / scale);
  if (!Number.isSafeInteger(amount)) throw new RangeError(`Too large: ${text}`);
  return amount;
};

/** Smallest units as text for the wire: 47200 is "472.00". */
export const plain = (amount, digits) => {
  const sign = amount < 0 ? "-" : "";
  const figures = String(Math.abs(amount)).padStart(digits + 1, "0");
  if (!digits) return sign + figures;
  return `${sign}${figures.slice(0, -digits)}.${figures.slice(-digits)}`;
};

/**
 * A function that writes amounts as the reader is used to: 47200 is "€472.00",
 * or "€472" as `brief`.
 */
export const writer = ({currency, digits, language, brief = false}) => {
  const format = new Intl.NumberFormat(language, {
    style: "currency",
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    trailingZeroDisplay: brief ? "stripIfInteger" : "auto",
  });
  return (amount) => format.format(plain(amount, digits));
};

const halfUp = (numerator, denominator) => (2n * numerator + denominator) / (2n * denominator);

/**
 * Tax an amount, rounding once, half up; `rate` is the text "19" for 19 %.
 * Returns {net, tax, gross}; net + tax is gross, exactly.
 */
export const price = (amount, rate, includesTax) => {
  const {units, scale} = scaled(rate);
  if (units < 0n) throw new RangeError(`Tax rate is negative: ${rate}`);
  const hundred = 100n * scale;
  const cents = BigInt(amount);
  if (includesTax) {
    const net = Number(halfUp(cents * hundred, hundred + units));
    return {net, tax: amount - net, gross: amount};
  }
  const tax = Number(halfUp(cents * units, hundred));
  return {net: amount, tax, gross: amount + tax};
};

/** Sums of lines `{amount, rate}`: `{subtotal, tax, total}`, each line rounded once. */
export const sums = (lines, includesTax) => {
  let subtotal = 0;
  let tax = 0;
  let total = 0;
  for (const line of lines) {
    const sum = price(line.amount, line.rate, includesTax);
    subtotal += includesTax ? sum.gross : sum.net;
    tax += sum.tax;
    total += sum.gross;
  }
  return {subtotal, tax, total};
};

// Notes and coins people pay with, in whole units of the currency.
const NOTES = {
  EUR: [5, 10, 20, 50, 100, 200],
  USD: [1, 5, 10, 20, 50, 100],
  GBP: [5, 10, 20, 50],
  CHF: [10, 20, 50, 100, 200],
  INR: [10, 20, 50, 100, 200, 500],
  RUB: [50, 100, 200, 500, 1000, 2000, 5000],
  KZT: [200, 500, 1000, 2000, 5000, 10000, 20000],
  TRY: [5, 10, 20, 50, 100, 200],
  AED: [5, 10, 20, 50, 100, 200, 500],
  JPY: [500, 1000, 5000, 10000],
  KRW: [1000, 5000, 10000, 50000],
};
const USUAL = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];

/** What a guest is likely to hand over for `due`, above it, smallest first, at most four. */
export const suggestions = (due, {currency, digits}) => {
  const unit = 10 ** digits;
  const found = new Set();
  for (const note of NOTES[currency] ?? USUAL) {
    const step = note * unit;
    const amount = Math.ceil((due + 1) / step) * step;
    // One more small note on a large sum helps nobody: 95.50 is not paid with 96.
    if (step * 20 >= due) found.add(amount);
  }
  return [...found].sort((one, other) => one - other).slice(0, 4);
};

/** What a numpad has typed ("20.5") in smallest units; an empty entry is 0. */
export const typed = (entry, digits) => {
  const text = entry.endsWith(".") ? entry.slice(0, -1) : entry;
  return text === "" ? 0 : parse(text, digits);
};

/** A numpad's entry after one more key; a key that makes no amount changes nothing. */
export const press = (entry, key, digits) => {
  if (key === "Backspace") return entry.slice(0, -1);
  if (key === "." || key === ",") {
    if (!digits || entry.includes(".")) return entry;
    return `${entry || "0"}.`;
  }
  if (!whole.test(key)) return entry;
  const [before, after] = (entry + key).split(".");
  if (after !== undefined && after.length > digits) return entry;
  if (before.length > 9) return entry;
  return after === undefined ? String(Number(before)) : `${before}.${after}`;
};
