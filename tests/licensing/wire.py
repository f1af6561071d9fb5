"""The line between two houses: a port that leads to another one, until somebody cuts it."""

import socket
import threading
from contextlib import suppress


class Wire:
    """Whoever calls ``url`` reaches ``target``, a port of this machine; ``None``: nobody."""

    def __init__(self, target: int) -> None:
        self.target: int | None = target
        self.open: set[socket.socket] = set()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        threading.Thread(target=self.run, daemon=True).start()

    def lead(self, target: int | None) -> None:
        """Lead elsewhere, or nowhere; what is under way breaks."""
        self.target = target
        for line in list(self.open):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def run(self) -> None:
        with suppress(OSError):  # closed
            while True:
                caller, _ = self.server.accept()
                if self.target is None:
                    caller.close()
                    continue
                callee = socket.create_connection(("127.0.0.1", self.target))
                self.open |= {caller, callee}
                for one, other in ((caller, callee), (callee, caller)):
                    threading.Thread(target=self.carry, args=(one, other), daemon=True).start()

    def carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while said := one.recv(65_536):
                other.sendall(said)
        for line in (one, other):
            self.open.discard(line)
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def close(self) -> None:
        self.lead(None)
        self.server.close()
