"""The provider over HTTP: our id is its key, and what is no clear answer is none."""

import httpx
import pytest

from core import ids
from pos.errors import NoProvider
from pos.providers import Answer, Unreachable, configured
from pos.providers.http import HttpProvider
from pos.providers.simulator import Simulator
from tests.pos.provider_server import ProviderServer

KEY = ids.new()
WISH = {"amount": 998, "currency": "EUR", "method": "card"}


@pytest.mark.parametrize("first", ["captured", "authorized"])
def test_a_payment_is_asked_for_captured_and_returned_under_its_own_keys(first):
    refund = ids.new()
    with ProviderServer(first) as server:
        provider = HttpProvider(server.url, "the-key")
        made = [provider.create(KEY, **WISH) for _ in range(2)]
        told = provider.status(KEY)
        back = [provider.give_back(KEY, refund=refund, amount=200) for _ in range(2)]
        unknown = provider.status(ids.new())

    assert {*made, told} == {Answer("captured", f"p-{str(KEY)[:8]}")}
    assert {*back} == {Answer("returned", f"r-{str(refund)[:8]}")}
    assert unknown is None
    assert (server.captures, server.refunds) == ({str(KEY): 1}, {str(refund): 200})
    keys = {key for method, path, key, _ in server.asked if method == "POST"}
    assert keys == {str(KEY), str(refund)} | ({f"{KEY}-capture"} if first != "captured" else set())
    assert {path for _, path, _, _ in server.asked} >= {"/v2/payments", f"/v2/payments/{KEY}"}
    assert {one[3] for one in server.asked} == {"Bearer the-key"}


def answering(status=200, body=b'{"state":"captured"}', **headers):
    def answer(request):
        return httpx.Response(status, content=body, headers=headers)

    return HttpProvider("https://pay.example.com", "k", transport=httpx.MockTransport(answer))


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (201, b'{"state":"pending"}', Answer("pending")),
        (402, b'{"state":"declined","failure":"no money"}', Answer("failed", failure="no money")),
        (200, b'{"state":"succeeded","reference":"x"}', Answer("captured", "x")),
        (200, b'{"state":"expired"}', Answer("failed")),
    ],
)
def test_the_providers_words_are_understood(status, body, answer):
    assert answering(status, body).create(KEY, **WISH) == answer


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>Sign in to the hotel's network</html>"),
        (200, b'{"state":"peculiar"}'),
        (200, b'{"status":"captured"}'),
        (200, b"[" + b" " * 100_000 + b"]"),
        (302, b""),
        (401, b'{"state":"failed"}'),
        (404, b'{"state":"failed"}'),
        (429, b'{"state":"failed"}'),
        (503, b'{"state":"failed"}'),
    ],
)
def test_what_is_no_clear_answer_leaves_the_payment_open(status, body):
    with pytest.raises(Unreachable):
        answering(status, body, Location="https://elsewhere.example.com/").create(KEY, **WISH)


def test_a_line_that_is_cut_leaves_the_payment_open():
    def cut(request):
        raise httpx.ReadTimeout("too long", request=request)

    provider = HttpProvider("https://pay.example.com", "k", transport=httpx.MockTransport(cut))
    for call in (
        lambda: provider.create(KEY, **WISH),
        lambda: provider.status(KEY),
        lambda: provider.give_back(KEY, refund=KEY, amount=1),
    ):
        with pytest.raises(Unreachable):
            call()


def test_no_proxy_of_the_machine_and_no_redirect_is_followed(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    provider = answering()

    assert (provider.client.trust_env, provider.client.follow_redirects) == (False, False)
    assert provider.create(KEY, **WISH) == Answer("captured")


def test_the_simulator_is_there_in_development_only(settings):
    assert isinstance(configured.get(), Simulator)
    settings.PRODUCTION = True
    assert not configured.there_is()
    with pytest.raises(NoProvider):
        configured.get()
    settings.PAYMENT_API_URL, settings.PAYMENT_API_KEY = "https://pay.example.com", "k"
    assert configured.there_is()
    assert isinstance(configured.get(), HttpProvider)
