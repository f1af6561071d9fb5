// The page's language. Django's catalogue script sets `gettext` and `ngettext`;
// without it the words stay English.

const own = globalThis.django ?? {};

export const gettext = own.gettext ?? ((text) => text);

export const ngettext =
  own.ngettext ?? ((one, many, count) => (count === 1 ? one : many));

/** Put values into a sentence: `fill("{count} left", {count: 3})`. */
export const fill = (text, values) =>
  text.replace(/\{(\w+)\}/g, (slot, name) => (name in values ? String(values[name]) : slot));
