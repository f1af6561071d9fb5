// Follows a shop with static/js/live.js and writes a line of JSON for everything it is told.
// Usage: node follow.mjs <url> <after> <token>; a line "stop" on standard input stops it.

import {createInterface} from "node:readline";

import {follow} from "../../static/js/live.js";

console.debug = () => {};
const [url, after, token] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const stop = follow({
  url,
  after: Number(after),
  protocols: () => ["bearer", token],
  onEvent(event) {
    say({event: event.seq, type: event.type});
    if (event.data.fails) throw new Error("this page cannot show it");
  },
  onState: (state) => say({state}),
  async onResync(seq) {
    await new Promise((done) => setTimeout(done, 100));
    say({resync: seq});
  },
});

for await (const line of createInterface({input: process.stdin})) {
  if (line === "stop") {
    stop();
    say({stopped: true});
    break;
  }
}
process.stdin.unref?.();
