"""A payment provider on a real socket, as docs/payments.md wants one: it outlives whoever asks it."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, Self


class ProviderServer:
    """``captures`` and ``refunds`` count what was done for each key, to be held to one."""

    def __init__(self, first: str = "captured") -> None:
        self.first = first
        self.payments: dict[str, dict[str, Any]] = {}
        self.captures: dict[str, int] = {}
        self.refunds: dict[str, int] = {}
        self.asked: list[tuple[str, str, str, str]] = []
        self.lock = Lock()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                said = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = json.loads(said) if said else {}
                key = self.headers.get("Idempotency-Key", "")
                authorization = self.headers.get("Authorization", "")
                with provider.lock:
                    provider.asked.append((self.command, self.path, key, authorization))
                    status, told = provider.answer(self.command, self.path, key, body)
                raw = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = answer  # noqa: N815

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v2"

    def __enter__(self) -> Self:
        Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, method: str, path: str, key: str, body: dict[str, Any]) -> Any:
        parts = path.removeprefix("/v2/payments").strip("/").split("/")
        if method == "POST" and parts == [""]:
            if body["id"] not in self.payments:
                self.payments[body["id"]] = {"amount": body["amount"], "state": self.first}
                self.captures[body["id"]] = int(self.first == "captured")
            return 201, self.row(body["id"])
        name = parts[0]
        if name not in self.payments:
            return 404, {"detail": "no"}
        if parts[1:] == ["capture"] and self.payments[name]["state"] == "authorized":
            self.payments[name]["state"] = "captured"
            self.captures[name] += 1
        if parts[1:] == ["refund"]:
            self.refunds.setdefault(key, body["amount"])
            return 200, {"state": "refunded", "reference": f"r-{key[:8]}"}
        return 200, self.row(name)

    def row(self, name: str) -> dict[str, Any]:
        return {"state": self.payments[name]["state"], "reference": f"p-{name[:8]}", "more": 1}
