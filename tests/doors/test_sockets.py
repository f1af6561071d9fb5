"""Sockets: another shop's ids are unknown ones there too."""

import json

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from config import asgi
from tests.doors import houses
from tests.doors.asking import Answer, tells, token_of, unknown
from tests.doors.routes import NAME


def sockets() -> set[str]:
    return {str(one.pattern).rstrip("/") for one in asgi.sockets}


def test_every_socket_has_a_case():
    assert sockets() == {"ws/shops/<uuid:shop_id>", "ws/site", ""}


def listened(url: str, token: str) -> tuple[list[dict], int]:
    """What a socket says up to ``ready`` or its end, and the code it ends with."""
    said: list[dict] = []
    with connect(url, subprotocols=["bearer", token], max_queue=None, close_timeout=1) as socket:
        try:
            while not said or said[-1]["type"] != "ready":
                said.append(json.loads(socket.recv(timeout=20)))
        except ConnectionClosed as closed:
            return said, closed.rcvd.code
    return said, 0


@pytest.mark.django_db(transaction=True)
def test_a_socket_of_another_shop_is_one_of_an_unknown_shop(live_server_process):
    ours = houses.furnish("Ours")
    before = houses.everything()
    theirs = houses.furnish(houses.MARK)
    traces = houses.traces(before, houses.everything())
    tokens = [token_of(ours.people[role]) for role in ("owner", "cashier")]
    held = houses.everything()
    for path in sockets() - {"ws/site", ""}:  # a site's line tells nothing of any shop
        for token in tokens:
            for after in ("", "?after=0", "?after=1", "?after=x"):
                known = theirs.shop.pk
                answers = [
                    listened(
                        f"{live_server_process.ws_url}/{NAME.sub(str(key), path)}{after}", token
                    )
                    for key in (known, unknown(known))
                ]
                assert answers[0] == answers[1] == ([], 4404)
        said, code = listened(
            f"{live_server_process.ws_url}/{NAME.sub(str(ours.shop.pk), path)}?after=0", tokens[0]
        )
        assert code == 0
        assert len(said) > 2
        assert tells(Answer(0, (), json.dumps(said).encode()), traces) == []
    assert houses.difference(held, houses.everything()) == {}
