"""A restaurant's own server whose clocks a test turns: ``python -m tests.licensing.clocked FILE PORT``.

FILE holds ``{"shift", "frozen", "ran"}``: by how many seconds the wall clock is off, whether it
stands still, and for how many seconds more the machine has run than it really has. Everything is
as ``manage.py run`` starts it, but that the waits are short.
"""

import json
import os
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

import time_machine  # noqa: E402
from django.core.management import call_command  # noqa: E402

from config.management.commands import run  # noqa: E402
from licensing import clocks, keeper, rhythms  # noqa: E402
from licensing.clocks import Pulse  # noqa: E402

BEGAN, STEADY = time.time(), time.monotonic()


class Clocks:
    """The clocks of this process, as the file says."""

    def __init__(self, file: Path) -> None:
        self.file, self.said = file, {}
        self.really = clocks.pulse
        clocks.pulse = self.pulse
        self.obey()

    def pulse(self) -> Pulse:
        now = self.really()
        return Pulse(now.machine, now.seconds + self.said.get("ran", 0))

    def obey(self) -> None:
        said = json.loads(self.file.read_text())
        if said == self.said:
            return
        really = datetime.fromtimestamp(BEGAN + time.monotonic() - STEADY, tz=UTC)
        shown = really + timedelta(seconds=said["shift"])
        time_machine.travel(shown, tick=not said["frozen"]).start()  # on top of those before
        self.said = said
        half = self.file.with_suffix(".half")
        half.write_text(json.dumps(said))
        half.replace(self.file.with_suffix(".done"))  # never seen half written

    def follow(self) -> None:
        while True:
            time.sleep(0.03)
            self.obey()


if __name__ == "__main__":
    turned = Clocks(Path(sys.argv[1]))
    threading.Thread(target=turned.follow, daemon=True).start()
    keeper.TICK, keeper.GLANCE = 0.1, 0.05
    rhythms.GAP, rhythms.FIRST, rhythms.MOST = 0.1, 0.1, 0.3
    run.Command.prepare = lambda self: None  # the test has made its database
    call_command("run", "--port", sys.argv[2])
