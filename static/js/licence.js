// The banner of the licence: drawn by the server, drawn anew when the site's state changes.

const ID = "licence-place";

/** The events after which the banner may say something else. */
export const KINDS = new Set(["site_locked", "site_unlocked"]);

let latest = 0;

/** Ask the server for this page's banner as it is now, and show it. */
export async function refresh() {
  const turn = ++latest;
  const answer = await fetch(location.pathname, {headers: {Accept: "text/html"}});
  if (!answer.ok || turn !== latest) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const place = page.getElementById(ID);
  if (place && turn === latest) document.getElementById(ID)?.replaceWith(document.adoptNode(place));
}

/** Look at an event of the shop: whether it was about the licence. */
export function heard({type}) {
  if (!KINDS.has(type)) return false;
  refresh().catch((problem) => console.debug("The licence was not read:", problem));
  return true;
}
