// Every act of the till has a key. Function keys always work; single letters and signs
// can be switched off (they would get in the way of speech input), and wait until it is
// sure that they are no scan.
const SLOT = "single-keys";

/** `acts` maps a key, as `event.key` names it, to what it does. */
export class Keys {
  constructor({single, always}) {
    Object.assign(this, {single, always});
    this.box = document.getElementById("single-keys");
    try {
      this.box.checked = localStorage.getItem(SLOT) !== "off";
    } catch {
      // storage is off: single keys work
    }
    this.box.addEventListener("change", () => {
      try {
        localStorage.setItem(SLOT, this.box.checked ? "on" : "off");
      } catch {
        // the choice lasts for this page
      }
    });
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const act = this.always[event.key];
      if (act && act(event) !== false) event.preventDefault();
    });
  }

  /** A person typed this key outside of a field. */
  typed(key) {
    if (this.box.checked) this.single[key.toLowerCase()]?.();
  }
}
