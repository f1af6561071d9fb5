// Runs npm's socket.io-client (vendor/socket.io.esm.min.mjs, as published in its dist folder) and
// writes a line of JSON for everything it is told.
// Usage: node socketio_client.mjs <url> '<options of io()>'
// Lines on standard input: {"emit": [event, ...]} (its answer comes as "ack"), {"auth": {…}},
// "connect", "cut" (the line breaks), "stop".

import {createInterface} from "node:readline";

// The published client is a browser's, which has XMLHttpRequest; Node has fetch.
globalThis.XMLHttpRequest = class {
  readyState = 0;
  status = 0;
  responseText = "";
  responseType = "";
  withCredentials = false;
  headers = {};
  stopping = new AbortController();

  open(method, url) {
    Object.assign(this, {method, url, readyState: 1});
  }

  setRequestHeader(name, value) {
    if (name !== "Accept") this.headers[name] = value;
  }

  getResponseHeader(name) {
    return this.answered?.get(name) ?? null;
  }

  abort() {
    this.stopping.abort();
  }

  async send(body) {
    try {
      const answer = await fetch(this.url, {
        method: this.method, headers: this.headers, body, signal: this.stopping.signal,
      });
      this.answered = answer.headers;
      this.responseText = await answer.text();
      this.status = answer.status;
    } catch {
      if (this.stopping.signal.aborted) return;
      this.status = 0;
    }
    this.readyState = 4;
    this.onreadystatechange?.();
  }
};

const {io} = await import("./vendor/socket.io.esm.min.mjs");
const [url, options] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const socket = io(url, {reconnectionDelay: 100, reconnectionDelayMax: 500, ...JSON.parse(options)});

socket.io.on("open", () => {
  say({open: socket.io.engine.transport.name});
  socket.io.engine.once("upgrade", (transport) => say({upgrade: transport.name}));
});
socket.on("connect", () => say({connect: socket.id, recovered: socket.recovered}));
socket.on("connect_error", (error) => say({connect_error: error.message, data: error.data ?? null}));
socket.on("disconnect", (reason) => say({disconnect: reason}));
socket.onAny((event, ...args) => say({event, args}));

for await (const line of createInterface({input: process.stdin})) {
  const said = JSON.parse(line);
  if (said === "stop") break;
  if (said === "cut") socket.io.engine.close();
  if (said === "connect") socket.connect();
  if (said.auth) socket.auth = said.auth;
  if (said.emit) {
    socket.timeout(5000).emit(...said.emit, (late, answer) => say({ack: late ? "late" : answer}));
  }
}
process.exit();
