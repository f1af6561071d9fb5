// Runs before the first paint, so that a chosen theme never flashes into the other.
// "auto" follows the device.
(() => {
  const root = document.documentElement;
  const order = ["auto", "light", "dark"];

  const chosen = () => {
    try {
      return localStorage.getItem("theme") ?? "auto";
    } catch {
      return "auto"; // storage is switched off: follow the device
    }
  };

  const show = (theme) => {
    root.dataset.theme = theme;
    for (const toggle of document.querySelectorAll("[data-theme-toggle]")) {
      for (const face of toggle.querySelectorAll("[data-theme-face]")) {
        face.hidden = face.dataset.themeFace !== theme;
      }
    }
  };

  show(chosen());

  document.addEventListener("DOMContentLoaded", () => show(chosen()));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const theme = order[(order.indexOf(root.dataset.theme) + 1) % order.length];
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // the choice lasts for this page
    }
    show(theme);
  });
})();
