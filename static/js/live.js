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
//
// Where no socket opens, as behind a proxy that lets none through, it asks by polls that wait, and
// looks now and then whether a socket opens after all.

const FIRST_RETRY = 500; // milliseconds, doubled at each failure
const LAST_RETRY = 10_000;
const PATIENCE = 10_000; // for a connection to become ready, in milliseconds
const SILENCE = 45_000; // the server says something every 20 s; after this the line is dead
const MUTE = 2; // sockets in a row that said nothing, after which it polls
const PROBE = 60_000; // how often it then looks whether a socket opens after all
const WAIT = 25; // seconds that a poll waits for news
const PAUSE = 2_000; // before the next one where the server cannot wait

const ENDED = new Set([4401, 4404]);
const SLOW = 4408;
const [UNKNOWN, SIGNED_OUT, TOO_OLD] = [404, 401, 410];

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
    this.poll = null; // what aborts the poll that is under way
    this.failures = 0;
    this.mute = 0;
    this.probed = 0; // when it last looked whether a socket opens
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

  offered() {
    return (typeof this.protocols === "function" ? this.protocols() : this.protocols) ?? [];
  }

  open() {
    const address = new URL(this.url, globalThis.location?.href);
    address.protocol = address.protocol.replace("http", "ws");
    address.searchParams.set("after", this.cursor);
    return new WebSocket(address, this.offered());
  }

  connect() {
    clearTimeout(this.retrying);
    if (this.mute >= MUTE) return void this.ask();
    this.mute += 1; // until it says something
    const socket = (this.socket = this.open());
    let line = Promise.resolve();
    socket.onmessage = ({data}) => {
      this.mute = 0;
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

  /** Ask for events again and again, until a socket opens or something goes wrong. */
  async ask() {
    const poll = (this.poll = new AbortController());
    try {
      while (poll === this.poll) {
        this.listen(SILENCE);
        const wait = this.state === "live" ? WAIT : 0; // first of all, what was missed
        const asked = Date.now();
        const answer = await this.page(wait, poll.signal);
        const said = await answer.json();
        if (poll === this.poll) await this.answered(answer.status, said);
        if (poll === this.poll) this.probe();
        if (wait && !said.events?.length && Date.now() - asked < PAUSE) {
          await new Promise((done) => setTimeout(done, PAUSE));
        }
      }
    } catch (problem) {
      if (poll === this.poll) this.lose(problem);
    }
  }

  page(wait, signal) {
    const address = new URL(this.url, globalThis.location?.href);
    address.pathname = `${address.pathname.replace("/ws/", "/api/v1/").replace(/\/$/, "")}/events`;
    address.search = new URLSearchParams({after: this.cursor, wait});
    const [, token] = this.offered();
    const headers = token ? {Authorization: `Bearer ${token}`} : {};
    return fetch(address, {signal, headers, cache: "no-store"});
  }

  async answered(status, said) {
    if (status === SIGNED_OUT || status === UNKNOWN) {
      this.stop();
      this.turn("ended");
    } else if (status === TOO_OLD) {
      await this.take({type: "resync", seq: said.next});
    } else if (status === 200) {
      for (const event of said.events) await this.take(event);
      await this.take({type: "ready"});
    } else {
      throw new Error(`A poll was answered with ${status}`);
    }
  }

  /** Polls work: look whether a socket does as well, and go on with one if so. */
  probe() {
    if (Date.now() - this.probed < PROBE) return;
    this.probed = Date.now();
    const socket = this.open();
    const givingUp = setTimeout(() => socket.close(), PATIENCE);
    socket.onclose = () => clearTimeout(givingUp);
    socket.onmessage = () => {
      socket.onmessage = null;
      socket.close();
      if (!this.poll) return;
      this.hangUp();
      this.mute = 0;
      this.connect();
    };
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
    const {socket, poll} = this;
    this.socket = this.poll = null; // whatever they still say is not for us
    socket?.close();
    poll?.abort();
  }

  /** The network or the reader came back: do not wait for the timer. */
  wake() {
    if (globalThis.document?.visibilityState === "hidden") return;
    if (!this.socket && !this.poll) {
      this.failures = 0;
      this.connect();
    } else if (Date.now() - this.heard > SILENCE) {
      this.lose("it slept");
      this.connect();
    }
  }
}
