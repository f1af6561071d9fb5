"""Keys change while the server runs: nothing is lost, and then the old key can go."""

import json
import threading
import time

from eventory import logins
from eventory.models import Login
from tests import factories
from tests.eventory.conftest import ask, token_of

NEW = "n" * 48


class Person:
    """Somebody who uses, adds and changes logins without a pause, and knows what is in them."""

    def __init__(self, server, eventory, user, words: dict[str, str]) -> None:
        self.server, self.eventory, self.words = server, eventory, words
        self.token = ("Authorization", f"Bearer {token_of(user)}")
        self.failed, self.rounds = [], 0
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self) -> None:
        while not self.ending.is_set():
            for login_id in [*self.words][:40:4]:
                self.ask("GET", "/eventory/guarded", ("X-Eventory-Login", login_id))
            word = f"word of round {self.rounds}"
            changed = [*self.words][3]
            self.ask("PUT", f"/logins/{changed}", wish={"password": word})
            wish = {"label": "late", "username": "late", "password": word}
            added = self.ask("POST", "/logins", wish=wish)["id"]
            self.words |= {changed: word, added: word}
            self.rounds += 1

    def ask(self, method, path, *headers, wish=None) -> dict:
        kind = ("Content-Type", "application/json")
        body = json.dumps(wish).encode() if wish else b""
        answer = ask(self.server, method, path, self.token, kind, *headers, body=body)
        if answer.status not in (200, 201):
            self.failed.append(answer)
        return answer.json()

    def go_on(self, rounds: int) -> None:
        """Return when they have come round so often since now."""
        ends, goal = time.monotonic() + 30, self.rounds + rounds
        while self.rounds < goal:
            assert self.thread.is_alive()
            assert time.monotonic() < ends
            time.sleep(0.01)

    def stop(self) -> None:
        self.ending.set()
        self.thread.join()


def test_keys_change_while_logins_are_used_added_and_changed(serve, eventory, settings):
    old = settings.CREDENTIAL_KEYS[0]
    user = factories.person("rota")
    words: dict[str, str] = {}
    for n in range(40):
        kept = logins.add(owner=user, label=f"{n}", username=f"u{n}", password=f"word-{n}")
        words[str(kept.id)] = eventory.passwords[f"u{n}"] = f"word-{n}"
    server = serve(CREDENTIAL_KEYS=f"{NEW},{old}", EVENTORY_API_URL=eventory.url)
    person = Person(server, eventory, user, words)
    settings.CREDENTIAL_KEYS = [NEW, old]
    try:
        person.go_on(1)
        done = logins.renew()
        person.go_on(2)
    finally:
        person.stop()

    assert person.failed == []
    assert done.unreadable == ()
    assert done.renewed >= 39
    assert logins.renew(dry_run=True).renewed == 0
    settings.CREDENTIAL_KEYS = [NEW]
    assert {str(row.pk): logins.password_of(row) for row in Login.objects.all()} == words
