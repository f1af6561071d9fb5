// Elements from the page's own templates. Data reaches the page as text only.

/** The data that the server wrote into the page (`json_script`). */
export const data = (id) => JSON.parse(document.getElementById(id).textContent);

/** A new element from `<template id>`, its `[data-slot]` filled with text. */
export const make = (id, slots = {}) => {
  const element = document.getElementById(id).content.firstElementChild.cloneNode(true);
  put(element, slots);
  return element;
};

/** Fill `[data-slot=name]` inside an element with text; only what differs is touched. */
export const put = (element, slots) => {
  for (const [name, text] of Object.entries(slots)) {
    const slot = element.matches(`[data-slot="${name}"]`)
      ? element
      : element.querySelector(`[data-slot="${name}"]`);
    if (slot && slot.textContent !== String(text)) slot.textContent = text;
  }
};

/** Say something for a moment, aloud to screen readers too. */
export const toast = (text, {milliseconds = 4000} = {}) => {
  const list = document.getElementById("toasts");
  const item = document.createElement("li");
  item.className = "toast";
  item.textContent = text;
  list.append(item);
  // In the top layer, above an open dialog.
  if (list.showPopover) {
    if (list.matches(":popover-open")) list.hidePopover();
    list.showPopover();
  }
  setTimeout(() => {
    item.remove();
    if (!list.children.length && list.hidePopover && list.matches(":popover-open")) {
      list.hidePopover();
    }
  }, milliseconds);
};

/** Show a state of `live.js` on the page's connection pill. */
export const connection = (state) => {
  const pill = document.getElementById("connection");
  if (!pill || pill.dataset.state === state) return;
  pill.dataset.state = state;
  put(pill, {words: pill.dataset[state]});
};
