// Follows a shop's events: each once, in order, from a cursor on, whatever breaks in between.
//
//     const stop = follow({
//       url: "/ws/shops/<id>",
//       after: cursor,                    // the page's cursor, read before its rows
//       onEvent: ({seq, type, at, actor, data}) => …,
//       onState: (state) => …,            // "connecting", "live", "offline", "ended"
//       onResync: async (seq) => …,       // too far behind: read the page's rows anew
//     });
//
// "offline" mends itself: it comes back from its cursor, and the server sends what was missed.
// "ended" does not: the person signed out, was signed out (4401) or lost the shop (4404).

const FIRST_RETRY = 500; // milliseconds, doubled at each failure
const LAST_RETRY = 10_000;
const PATIENCE = 10_000; // for a connection to become ready, in milliseconds
const SILENCE = 45_000; // the server says something every 20 s; after this the line is dead

const ENDED = new Set([4401, 4404]);
const SLOW = 4408;

/**
 * Follow the events at `url` after the seq `after`; returns `stop()`.
 *
 * `onEvent` gets each event once, in order. Events wait while a promise of `onResync` is
 * pending; where it fails, the resync is repeated. `protocols` are the socket's subprotocols:
 * `["bearer", token]` where no session cookie speaks for the caller, or a function giving them.
 */
export function follow({url, after, onEvent, onState = () => {}, onResync = () => {}, protocols}) {
  const follower = new Follower({url, after, onEvent, onState, onResync, protocols});
  follower.start();
  return () => follower.stop();
}

class Follower {
  constructor(given) {
    Object.assign(this, given);
    this.cursor = Number(this.after);
    this.socket = null;
    this.state = "";
    this.failures = 0;
    this.heard = 0; // when the server last said something
    this.waking = () => this.wake();
  }

  start() {
    globalThis.addEventListener?.("online", this.waking);
    globalThis.addEventListener?.("pageshow", this.waking);
    globalThis.document?.addEventListener("visibilitychange", this.waking);
    this.turn("connecting");
    this.connect();
  }

  stop() {
    globalThis.removeEventListener?.("online", this.waking);
    globalThis.removeEventListener?.("pageshow", this.waking);
    globalThis.document?.removeEventListener("visibilitychange", this.waking);
    this.hangUp();
  }

  turn(state) {
    if (this.state === state) return;
    this.state = state;
    this.onState(state);
  }

  connect() {
    clearTimeout(this.retrying);
    const address = new URL(this.url, globalThis.location?.href);
    address.protocol = address.protocol.replace("http", "ws");
    address.searchParams.set("after", this.cursor);
    const offered = typeof this.protocols === "function" ? this.protocols() : this.protocols;
    const socket = (this.socket = new WebSocket(address, offered ?? []));
    let line = Promise.resolve();
    socket.onmessage = ({data}) => {
      this.listen(SILENCE);
      // One after the other: a resync may take a moment, and events wait for it.
      line = line.then(() => socket === this.socket && this.take(JSON.parse(data)));
      line = line.catch((problem) => socket === this.socket && this.lose(problem));
    };
    socket.onclose = ({code}) => {
      // What came before the close still counts, and moves the cursor.
      line.then(() => socket === this.socket && this.closed(code));
    };
    this.listen(PATIENCE);
  }

  /** Take the line for dead if nothing is heard for so long. */
  listen(milliseconds) {
    this.heard = Date.now();
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => this.lose("nothing was heard"), milliseconds);
  }

  async take(frame) {
    if (frame.type === "resync") {
      await this.onResync(frame.seq);
      this.cursor = frame.seq;
    } else if (frame.type === "ready") {
      this.failures = 0;
      this.turn("live");
    } else if (frame.seq === this.cursor + 1) {
      this.cursor = frame.seq;
      this.tell(frame);
    } else if (frame.seq > this.cursor) {
      throw new Error(`Events between ${this.cursor} and ${frame.seq} are missing`);
    } // else a ping, or one we have
  }

  /** A screen that stumbles over one event still gets the next. */
  tell(event) {
    try {
      this.onEvent(event);
    } catch (problem) {
      console.error(`Event ${event.seq} was not shown:`, problem);
    }
  }

  closed(code) {
    if (ENDED.has(code)) {
      this.stop();
      this.turn("ended");
    } else {
      if (code === SLOW) this.failures = 0; // it is there, and has more for us
      this.lose(`closed with ${code}`);
    }
  }

  /** Give the connection up and come back from the cursor after a while. */
  lose(problem) {
    console.debug("Live events interrupted:", problem);
    this.hangUp();
    this.turn("offline");
    const longest = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** this.failures++);
    const wait = longest * (0.5 + Math.random() / 2); // or all screens come back at once
    this.retrying = setTimeout(() => this.connect(), wait);
  }

  hangUp() {
    clearTimeout(this.retrying);
    clearTimeout(this.deadline);
    const socket = this.socket;
    this.socket = null; // whatever it still says is not for us
    socket?.close();
  }

  /** The network or the reader came back: do not wait for the timer. */
  wake() {
    if (globalThis.document?.visibilityState === "hidden") return;
    if (!this.socket) {
      this.failures = 0;
      this.connect();
    } else if (Date.now() - this.heard > SILENCE) {
      this.lose("it slept");
      this.connect();
    }
  }
}
