"""Our own server as a real process, as ``make run`` starts it."""

import os
import signal
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from tests.services import processes
from tests.services.processes import Process

ROOT = Path(__file__).resolve().parents[2]


class Server:
    """daphne with our application on a free port of this machine, ready when made.

    ``environment`` is laid over the tests' own. Raises ``Unavailable`` with the
    server's log if it does not come up.
    """

    def __init__(self, **environment: str) -> None:
        self.port = processes.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws_url = f"ws://127.0.0.1:{self.port}"
        handle, name = tempfile.mkstemp(prefix="server-", suffix=".log")
        os.close(handle)
        self.environment = os.environ | environment
        self.log = Path(name)
        self.start()

    def start(self) -> None:
        """Start it (again, on the same port)."""
        daphne = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(self.port)]
        self.process = Process(
            [*daphne, "--no-server-name", "config.asgi:application"],
            log=self.log,
            environment=self.environment,
            cwd=ROOT,
        )
        self.process.wait_until(self.healthy, seconds=60)

    def healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self.process.stop()

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self.process.stop(signal.SIGKILL)

    def output(self) -> str:
        """What it has logged so far."""
        return self.process.output()

    def remove(self) -> None:
        self.stop()
        self.log.unlink(missing_ok=True)
