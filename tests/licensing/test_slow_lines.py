"""A line that is slow on purpose: it holds up neither the clock nor time itself."""

import datetime as dt
import socket
import threading
from dataclasses import replace

import pytest
import time_machine
from django.utils import timezone

from licensing import client, clocks, licences, policy
from licensing.models import License
from licensing.policy import Cause
from tests.licensing.vendor import sent

pytestmark = pytest.mark.django_db(transaction=True)
HINT = b"HTTP/1.1 103 Early Hints\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\n"
ANSWER = HEAD + b"Content-Length: 30000\r\n\r\n"


class Dripping:
    """A server that says ``first``, then ``drop`` again and again until it is hung up on."""

    def __init__(self, first: bytes, drop: bytes) -> None:
        self.first, self.drop = first, drop
        self.hung_up, self.over = threading.Event(), threading.Event()
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.door.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        line, _ = self.door.accept()
        with line:
            try:
                line.sendall(self.first)
                while not self.over.wait(0.05):
                    line.sendall(self.drop)
            except OSError:
                self.hung_up.set()

    def stop(self) -> None:
        self.over.set()
        self.door.close()


@pytest.mark.parametrize(
    ("first", "drop"),
    [(b"", HINT), (HEAD, b"X-More: 1\r\n"), (ANSWER, b" "), (b"", b"H")],
    ids=["hints", "headers", "a body", "no answer at all"],
)
def test_an_answer_that_drips_is_cut_at_the_deadline(home, vendor, monkeypatch, first, drop):
    client.check_in()
    monkeypatch.setattr(client, "DEADLINE", 0.5)
    server = Dripping(first, drop)
    home.CLOUD_URL = server.url
    try:
        outcome = client.check_in()
        assert server.hung_up.wait(20)
    finally:
        server.stop()

    assert outcome.problem != ""
    assert License.objects.get().seq == 1


def test_a_process_that_stood_still_for_days_does_not_believe_the_answer_of_then(
    home, vendor, monkeypatch
):
    """Stopped while the answer came, and the clock turned back: the steady clock went on."""
    steady, ran = clocks.pulse, [0.0]
    stood = lambda: replace(steady(), seconds=steady().seconds + ran[0])  # noqa: E731
    monkeypatch.setattr(clocks, "pulse", stood)
    client.check_in()
    before = License.objects.values().get()

    def late(asked):
        said = vendor.verdict(asked)
        ran[0] = 6 * 86400
        return said

    vendor.answer = late
    outcome = client.check_in()

    assert outcome.problem == "The answer came too late."
    assert License.objects.get().seq == before["seq"]


def test_a_verdict_that_was_held_up_does_not_take_time_back(home, vendor):
    """Time goes by the last verdict: one that is days old would give those days again."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.check_in()
        before = License.objects.values().get()

        def late(asked):
            vendor.seq += 1
            said = vendor.sign(vendor.said(nonce=asked["nonce"]))
            clock.shift(dt.timedelta(seconds=client.DEADLINE) + 2 * clocks.TOLERANCE)
            return sent(said)

        vendor.answer = late
        outcome = client.check_in()

    assert outcome.problem == "The answer came too late."
    after = License.objects.values().get()
    assert (after["seq"], after["heard_at"]) == (before["seq"], before["heard_at"])
    assert outcome.verdict is None


def test_a_verdict_that_is_held_up_to_the_last_gives_no_time_again(home, vendor, shop, monkeypatch):
    """Stopped while it waited for its row, past every look at the clocks: that time has passed."""
    steady, ran, held = clocks.pulse, [0.0], licences._held
    days = dt.timedelta(days=6)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        stood = lambda: replace(steady(), seconds=steady().seconds + ran[0])  # noqa: E731
        monkeypatch.setattr(clocks, "pulse", stood)

        def stops():
            ran[0] = days.total_seconds()
            clock.shift(days)
            return held()

        with monkeypatch.context() as stopped:
            stopped.setattr(licences, "_held", stops)
            assert client.check_in().verdict is not None
        licences.keep_time()
        assert policy.of(shop.pk).cause == Cause.SILENT
        assert License.objects.get().run_seconds == pytest.approx(days.total_seconds(), abs=60)
