// The vendor's desk: follow a site while somebody looks, and hold a key until it is kept.

const said = document.getElementById("said");

// --- a site's page follows what becomes of it ---------------------------------------------

const followed = document.querySelector("[data-follow]");

/** Put the newest standing in place of the shown one, if it differs; who was there stays there. */
const show = (html) => {
  const before = document.getElementById("standing");
  const now = new DOMParser().parseFromString(html, "text/html").getElementById("standing");
  if (!now || now.outerHTML === before.outerHTML) return;
  const at = before.contains(document.activeElement) ? document.activeElement.id : "";
  if (now.dataset.said !== before.dataset.said) said.textContent = now.dataset.said;
  before.replaceWith(document.adoptNode(now));
  if (at) document.getElementById(at)?.focus();
};

const complain = (text) => {
  const place = document.getElementById("lost");
  place.textContent = text;
  place.hidden = !text;
};

const follow = async () => {
  if (!document.hidden) {
    try {
      const answer = await fetch(followed.dataset.follow, {redirect: "manual"});
      if (answer.type === "opaqueredirect") return complain(followed.dataset.out);
      if (!answer.ok) throw new Error(answer.status);
      show(await answer.text());
      complain("");
    } catch {
      complain(followed.dataset.lost);
    }
  }
  setTimeout(follow, 1000 * Number(document.getElementById("standing").dataset.every));
  return undefined;
};

if (followed) setTimeout(follow, 1000);

// --- a key that is shown once ---------------------------------------------------------------

document.addEventListener("copied", (event) => {
  event.target.closest("li")?.querySelector("[data-unkept]")?.removeAttribute("data-unkept");
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-settings]");
  if (!button) return;
  const pairs = [...document.getElementById(button.dataset.copySettings).children];
  const lines = pairs.map((pair) => [...pair.children].map((each) => each.textContent).join("="));
  await navigator.clipboard.writeText(`${lines.join("\n")}\n`);
  button.querySelector("span").textContent = said.textContent = button.dataset.done;
  button.dispatchEvent(new CustomEvent("copied", {bubbles: true}));
});

addEventListener("beforeunload", (event) => {
  if (document.querySelector("[data-unkept]")) event.preventDefault();
});
