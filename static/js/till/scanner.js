// Tells a scanner from a finger. A scanner types faster than anyone and ends with Enter;
// what it types must reach no field and press no button, whatever has the focus.
const GAP = 40; // milliseconds between two keys of one scan
const SHORTEST = 4;

const isText = (event) =>
  event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;

/**
 * `scanned(code)` is called for a scan; `typed(key, event)` for each key a person typed
 * outside of a field, once it is sure that no scan is under way.
 */
export const listen = ({scanned, typed, now = () => performance.now()}) => {
  let burst = [];
  let last = {typed: -Infinity, seen: -Infinity};
  let timer = 0;
  let field = null;
  let before = "";

  const isField = (element) => element?.matches?.('input:not([type="radio"], [type="checkbox"]), textarea');

  // How long after the key before. A busy page sees keys late, all at once or with a pause in
  // the middle of a scan; the shorter of the two measures is the truth.
  const gap = (event) => Math.min(event.timeStamp - last.typed, now() - last.seen);

  const flush = () => {
    clearTimeout(timer);
    const events = burst;
    burst = [];
    for (const event of events) if (!isField(event.target)) typed(event.key, event);
  };

  const end = (event) => {
    const code = burst.map(({key}) => key).join("");
    const quick = gap(event) <= GAP;
    if (!quick || code.length < SHORTEST) {
      flush();
      return;
    }
    clearTimeout(timer);
    burst = [];
    event.preventDefault();
    event.stopImmediatePropagation();
    if (field?.isConnected) {
      field.value = before;
      field.dispatchEvent(new Event("input", {bubbles: true}));
    }
    scanned(code);
  };

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter") {
        end(event);
        return;
      }
      if (event.key === "Shift") return; // capitals within a code
      if (!isText(event) || event.repeat) {
        flush();
        return;
      }
      if (gap(event) > GAP) flush();
      if (!burst.length) {
        field = isField(event.target) ? event.target : null;
        before = field?.value ?? "";
      }
      burst.push(event);
      last = {typed: event.timeStamp, seen: now()};
      // A space within a scan presses no button.
      if (event.key === " " && burst.length > 1 && !field) event.preventDefault();
      clearTimeout(timer);
      timer = setTimeout(flush, GAP);
    },
    {capture: true},
  );
};
