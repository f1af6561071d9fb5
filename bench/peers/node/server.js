// Peer N: Express and socket.io with its Redis adapter, as their documentation would have one
// write them. It stores nothing; what a screen misses is lost.
"use strict";

const http = require("node:http");
const express = require("express");
const jwt = require("jsonwebtoken");
const {createAdapter} = require("@socket.io/redis-adapter");
const {createClient} = require("redis");
const {Server} = require("socket.io");

const SECRET = process.env.PEER_SECRET;

async function main() {
  const publisher = createClient({url: process.env.PEER_REDIS});
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);

  const app = express();
  app.use(express.json());
  const server = http.createServer(app);
  const io = new Server(server, {adapter: createAdapter(publisher, subscriber)});

  io.use((socket, next) => {
    try {
      const {auth, query} = socket.handshake;
      socket.user = jwt.verify(auth.token || query.token, SECRET, {algorithms: ["HS256"]});
      next();
    } catch (error) {
      next(error);
    }
  });
  io.on("connection", (socket) => socket.join(`shop:${socket.user.shop_id}`));

  app.get("/health", (request, response) => response.json({status: "healthy"}));
  app.post("/publish/:shop", (request, response) => {
    io.to(`shop:${request.params.shop}`).emit("order_created", request.body);
    response.status(202).json({});
  });
  server.listen(Number(process.argv[2]), "127.0.0.1");
}

main();
