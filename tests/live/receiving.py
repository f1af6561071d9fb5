"""A receiver of webhooks: a real HTTP server that remembers what it was sent."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Call(NamedTuple):
    """One request: its headers by name, its body as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)


class Receiver:
    """Answers 204, or what ``answers`` says for a call: a status, or something that answers."""

    def __init__(self, answers: Callable[[Call], Any] | None = None) -> None:
        self.calls: list[Call] = []
        self.answers = answers or (lambda call: 204)
        receiver = self

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                call = Call(dict(self.headers), body)
                receiver.calls.append(call)
                answer = receiver.answers(call)
                if callable(answer):
                    answer(self)
                    return
                self.send_response(answer)
                if 300 <= answer < 400:
                    self.send_header("Location", f"{receiver.url}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST  # noqa: N815 (what a followed redirect would ask)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """Whoever hung up knows why."""

        self.server = Server(("127.0.0.1", 0), Hook)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, args=[0.05])
        self.thread.start()

    @property
    def seqs(self) -> list[int]:
        return [call.event["seq"] for call in self.calls]

    @property
    def ids(self) -> list[str]:
        return [call.headers["Countertop-Delivery"] for call in self.calls]

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
