// Print or copy what is shown only once.

document.addEventListener("click", async (event) => {
  if (event.target.closest("[data-print]")) print();

  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const lines = [...source.querySelectorAll("code")].map((each) => each.textContent);
  const text = lines.join(source.matches("ol") ? "\n" : "");
  const copied = await navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  );
  if (copied) {
    button.querySelector("span").textContent = button.dataset.done;
    document.getElementById("said").textContent = button.dataset.done;
    button.dispatchEvent(new CustomEvent("copied", {bubbles: true}));
  } else {
    getSelection().selectAllChildren(source); // not allowed here: at least choose it for them
  }
});
