"""The worker: one thread accepts and keeps the time, the others answer."""

import os
import select
import socket
import time
from contextlib import suppress
from datetime import datetime
from math import inf
from threading import Thread
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http.wsgi import FileWrapper
from gunicorn.workers.base import Worker

from config.http.answers import Gone
from config.http.calls import Call, Reader
from core import errors, ids, wire

__all__ = ["Threads"]

#: Bytes that are read at once.
PIECE = 16 * 1024
#: Bytes a second below which a body comes too slowly, after the time that a head may take.
SLOWEST = 2048
#: Seconds a closing connection stays readable: a client that still sends would lose its answer.
LINGER = 2
#: Seconds for which nobody is let in after the system had no room for another.
FULL = 1

ONCE = select.EPOLLIN | select.EPOLLONESHOT


class Client:
    """A connection, and what was said on it so far."""

    __slots__ = ("call", "ended", "environ", "number", "peer", "rest", "server", "sock", "until")

    def __init__(self, sock: socket.socket, peer: Any, server: Any, reader: Reader) -> None:
        self.sock, self.peer, self.server = sock, peer, server
        self.environ = reader.begun(peer, server)
        self.number = sock.fileno()
        self.rest = b""  # of a head that has not ended
        self.call: Call | None = None  # whose body has not ended
        self.ended = False  # nobody listens to what it says
        self.until = inf  # when we cease to wait for it

    @property
    def idle(self) -> bool:
        """Whether it stands between two requests."""
        return self.call is None and not self.rest


class Threads(Worker):
    """Answers requests in ``--threads`` threads.

    A client is waited for by the kernel, which then is silent about it, or belongs to the one
    thread that took it out of ``waiting``: it is never with two.
    """

    @classmethod
    def check_config(cls, cfg: Config, log: Logger) -> None:
        """Refuse what this worker cannot do."""
        others = cfg.is_ssl or cfg.proxy_protocol != "off" or cfg.protocol != "http"
        if others or "h2" in cfg.http_protocols:
            raise RuntimeError("config.http.Threads speaks plain HTTP/1 only: use gthread.")

    def run(self) -> None:
        """Serve until told to end."""
        self.reader = Reader(self.cfg, self.log)
        self.patience = self.cfg.timeout or inf
        self.clients: dict[int, Client] = {}
        self.waiting: dict[int, Client] = {}
        self.full_until = 0.0
        self.epoll, self.end = select.epoll(), os.eventfd(0)
        self.epoll.register(self.end, select.EPOLLIN)
        threads = [Thread(target=self._work, daemon=True) for _ in range(self.cfg.threads)]
        for thread in threads:
            thread.start()
        self._accept()
        deadline = time.monotonic() + self.cfg.graceful_timeout
        self._drain(deadline)
        os.eventfd_write(self.end, 1)
        for thread in threads:
            thread.join(max(0, deadline - time.monotonic()))

    # The main thread.

    def _accept(self) -> None:
        doors = {door.fileno(): door for door in self.sockets}
        quiet, busy = select.poll(), select.poll()
        for number, door in doors.items():
            door.setblocking(False)
            busy.register(number, select.POLLIN)
        for poll in (quiet, busy):
            poll.register(self.PIPE[0], select.POLLIN)
        while self.alive and self.ppid == os.getppid():
            full = len(self.clients) >= self.cfg.worker_connections
            full = full or time.monotonic() < self.full_until
            for number, _ in self._tick(quiet if full else busy, 1):
                if number in doors:
                    self._welcome(doors[number])
        self.alive = False
        for door in self.sockets:
            door.close()

    def _drain(self, deadline: float) -> None:
        """Let requests under way finish, and answer those that may be on their way already."""
        soon = time.monotonic() + LINGER
        for client in list(self.waiting.values()):
            if client.idle:
                client.until = min(client.until, soon)
        poll = select.poll()
        poll.register(self.PIPE[0], select.POLLIN)
        while self.clients and time.monotonic() < deadline:
            self._tick(poll, 0.1)

    def _tick(self, poll: Any, seconds: float) -> list[tuple[int, int]]:
        self.notify()
        ready = poll.poll(seconds * 1000)
        if (self.PIPE[0], select.POLLIN) in ready:
            os.read(self.PIPE[0], PIECE)
        now = time.monotonic()
        for number in [n for n, client in list(self.waiting.items()) if client.until < now]:
            client = self.waiting.pop(number, None)
            if client is not None:
                self._close(client)
        return ready

    def _welcome(self, door: socket.socket) -> None:
        try:
            sock, peer = door.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # another process was quicker, or the client thought better of it
        except OSError:
            self.log.exception("No connection can be accepted.")
            self.full_until = time.monotonic() + FULL  # no number is free: it would fail again
            return
        sock.setblocking(False)
        client = Client(sock, peer, door.getsockname(), self.reader)
        client.until = time.monotonic() + self.cfg.keepalive
        self.clients[client.number] = self.waiting[client.number] = client
        self.epoll.register(client.number, ONCE)

    # The others.

    def _work(self) -> None:
        while True:
            for number, _ in self.epoll.poll(None, 1):
                if number == self.end:
                    return
                if (client := self.waiting.pop(number, None)) is not None:
                    self._serve(client)

    def _serve(self, client: Client) -> None:
        try:
            data = client.sock.recv(PIECE)
            if not data:
                self._close(client)
            elif client.ended or self._take(client, data):
                self._wait(client)
            else:
                self._part(client)
        except BlockingIOError:
            self._wait(client)
        except (OSError, Gone):
            self._close(client)
        except errors.TooLarge as refusal:
            self._refuse(client, refusal)
        except Exception as error:
            self.handle_error(None, client.sock, client.peer, error)
            self._part(client)

    def _take(self, client: Client, data: bytes) -> bool:
        """Answer all requests that are whole now; returns whether more may come."""
        now = time.monotonic()
        if client.idle:
            client.until = now + self.patience
        elif client.call:
            client.until = min(client.until + len(data) / SLOWEST, now + self.patience)
        data, client.rest = client.rest + data, b""
        while data:
            if client.call is None:
                client.call, data = self.reader.read(client, data)
            if client.call is None:
                client.rest = data
                return True
            rest = client.call.take(data)
            if rest is None:
                return True
            data = rest
            call, client.call = client.call, None
            if not self._answer(client, call):
                return False
            client.until = time.monotonic() + (self.patience if data else self.cfg.keepalive)
        return True

    def _answer(self, client: Client, call: Call) -> bool:
        """Call the application; returns whether the connection is kept."""
        answer, begun = call.answer, datetime.now()  # noqa: DTZ005  gunicorn's log wants it so
        self.nr += 1
        if self.nr >= self.max_requests and self.alive:
            self.log.info("Autorestarting worker after current request.")
            self.alive = False
            os.write(self.PIPE[1], b".")
        full = len(self.clients) >= self.cfg.worker_connections
        if full or not self.alive or not self.cfg.keepalive:
            answer.force_close()
        try:
            self._call(call)
        except (Exception, SystemExit) as error:
            if isinstance(error, Gone):
                raise
            if answer.begun:
                self.log.exception("Error handling request %s", call.req.uri)
            else:
                self.handle_error(call.req, client.sock, client.peer, error)
            return False
        finally:
            self.log.access(answer, call.req, call.environ, datetime.now() - begun)  # noqa: DTZ005
        return answer.complete and not answer.should_close()

    def _call(self, call: Call) -> None:
        answer = call.answer
        pieces = self.wsgi(call.environ, answer.start_response)
        try:
            if isinstance(pieces, FileWrapper):
                answer.write_file(pieces)
            else:
                for piece in pieces:
                    answer.write(piece)
            answer.close()
        finally:
            if hasattr(pieces, "close"):
                pieces.close()
            call.environ["wsgi.input"].close()  # it may be a file

    def _refuse(self, client: Client, refusal: errors.DomainError) -> None:
        status, body = errors.describe(refusal, str(ids.new()))
        text = wire.encode(body)
        head = (
            f"HTTP/1.1 {status} Content Too Large\r\nServer: gunicorn\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
        )
        with suppress(OSError):
            client.sock.send(head.encode() + text)
        self._part(client)

    def _wait(self, client: Client) -> None:
        """Give a client back to the kernel; from here on it may be another thread's."""
        if not self.alive and client.idle:
            client.until = min(client.until, time.monotonic() + LINGER)
        self.waiting[client.number] = client
        try:
            self.epoll.modify(client.number, ONCE)
        except OSError:  # its time was up, and the main thread quicker
            self._close(client)

    def _part(self, client: Client) -> None:
        """Say no more; wait until the client has heard all."""
        client.ended, client.call, client.rest = True, None, b""
        client.until = time.monotonic() + LINGER
        try:
            client.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(client)
        else:
            self._wait(client)

    def _close(self, client: Client) -> None:
        # In this order: the number may be another client's as soon as it is free.
        if self.clients.get(client.number) is client:
            del self.clients[client.number]
        client.sock.close()
