// What every page does: close an open menu when the reader turns elsewhere, show a
// password, close a dialog by its buttons, answer a press at once.

const menus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;

  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog")?.close();

  const opener = event.target.closest("[data-open]");
  if (opener) {
    document.getElementById(opener.dataset.open)?.showModal();
    for (const menu of menus()) menu.open = false;
  }

  // A press beside a dialog closes it, as everywhere else.
  if (event.target instanceof HTMLDialogElement && !("stay" in event.target.dataset)) {
    const box = event.target.getBoundingClientRect();
    const inside =
      event.clientX >= box.left &&
      event.clientX <= box.right &&
      event.clientY >= box.top &&
      event.clientY <= box.bottom;
    if (!inside && event.detail) event.target.close();
  }

  const revealer = event.target.closest("[data-reveal]");
  if (revealer) {
    const field = document.getElementById(revealer.dataset.reveal);
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    revealer.setAttribute("aria-pressed", String(!shown));
    for (const face of revealer.querySelectorAll("[data-face]")) {
      face.hidden = (face.dataset.face === "shown") !== !shown;
    }
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A form is sent once, however often its button is pressed; coming back lets it go again.
document.addEventListener("submit", (event) => {
  const button = event.target.querySelector("button[data-once]");
  if (!button) return;
  if (button.getAttribute("aria-busy") === "true") event.preventDefault();
  else button.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[data-once]")) {
    button.removeAttribute("aria-busy");
  }
});
