"""A private PostgreSQL that keeps its promises: durable, with its usual housekeeping."""

from pathlib import Path

import psycopg

from tests.services.postgres import Postgres
from tests.services.processes import Process

SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
}


class Durable(Postgres):
    """As the tests' server, but every commit reaches the disk."""

    def start(self) -> Process:
        options = [word for name in SETTINGS for word in ("-c", f"{name}={SETTINGS[name]}")]
        return Process(
            [self.binaries / "postgres", "-D", self.data, "-k", self.home, "-h", "", *options],
            log=self.home / "log",
            cwd=self.home,
            user=self.user,
        )

    @property
    def pid(self) -> int:
        return self.process.popen.pid

    def make(self, name: str) -> str:
        """Add an empty database; answers its URL."""
        self.run("postgres", f'CREATE DATABASE "{name}"')
        return self.url(name)

    def run(self, name: str, script: str) -> None:
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(script)

    def check(self, name: str, file: Path, **facts: int) -> list[str]:
        """Ask a file of checks: rows ``rule, wrong``; answers the rules that are broken."""
        with psycopg.connect(self.url(name)) as connection:
            found = connection.execute(file.read_text(), facts).fetchall()
        return [f"{rule}: {wrong}" for rule, wrong in found if wrong]
