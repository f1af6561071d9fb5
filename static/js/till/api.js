// Talking to the server. An answer is one of
//   {kind: "done", body}                          it happened
//   {kind: "refused", status, body, wait}         it did not happen, and why
//   {kind: "unknown", wait}                       nobody knows: ask again with the same key
const PATIENCE = 10_000;

const token = () => document.querySelector('meta[name="csrf-token"]').content;

/** `Retry-After` in seconds, or null. */
const wait = (response) => {
  const seconds = Number(response.headers.get("Retry-After"));
  return Number.isFinite(seconds) && seconds > 0 ? seconds : null;
};

const send = async (url, options) => {
  const response = await fetch(url, {
    credentials: "same-origin",
    signal: AbortSignal.timeout(PATIENCE),
    ...options,
    headers: {Accept: "application/json", ...options.headers},
  });
  const text = await response.text();
  return {response, body: text ? JSON.parse(text) : null};
};

const judged = async (url, options) => {
  let answer;
  try {
    answer = await send(url, options);
  } catch {
    return {kind: "unknown", wait: null}; // no line, no answer in time, or not our server's words
  }
  const {response, body} = answer;
  if (response.ok) return {kind: "done", status: response.status, body, response};
  // A gateway's 502 or our own 500 says nothing about what became of the sale.
  if (response.status >= 500 || body?.code === "idempotency_in_progress") {
    return {kind: "unknown", status: response.status, wait: wait(response)};
  }
  return {kind: "refused", status: response.status, body: body ?? {}, wait: wait(response)};
};

export const get = (url) => judged(url, {method: "GET"});

/** `key` makes a repeat of the same request harmless. */
export const post = (url, body, key) =>
  judged(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "Idempotency-Key": key,
      "X-CSRFToken": token(),
    },
    body: JSON.stringify(body),
  });

/** Every row of a list, page after page. Returns null if a page fails. */
export const all = async (url) => {
  const rows = [];
  let next = new URL(url, location.href);
  while (next) {
    const answer = await get(next.href);
    if (answer.kind !== "done") return null;
    rows.push(...answer.body);
    const link = /<([^>]+)>;\s*rel="next"/.exec(answer.response.headers.get("Link") ?? "");
    next = link && new URL(link[1], location.href);
    if (next && next.origin !== location.origin) next = null;
  }
  return rows;
};

/** A key for one request; browsers without secure context have no `randomUUID`. */
export const key = () =>
  crypto.randomUUID?.() ??
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
