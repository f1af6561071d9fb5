"""Where webhooks go: to the address that was checked, and never into our network."""

import socket
import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from live import receivers
from live.models import Delivery
from live.webhook_facts import state
from tests.live.conftest import publish
from tests.live.deliveries.conftest import deliver, hook

pytestmark = pytest.mark.django_db


@pytest.fixture
def names(monkeypatch) -> dict[str, list[list[str]]]:
    """What names lead to: each look-up takes the next of a name's lists of addresses."""
    known: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def look_up(host, port, *args, **more):
        if host not in known:
            return real(host, port, *args, **more)
        found = known[host].pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


def test_a_name_that_leads_into_our_network_is_refused(shop, receiver, names, settings):
    settings.WEBHOOKS_ALLOW_PRIVATE = False
    names["rebound.example.com"] = [["127.0.0.1", "10.0.0.1"]]
    row = hook(shop, f"http://rebound.example.com:{receiver.port}/")
    publish(shop, "order_created")

    assert deliver(row) == 0
    assert receiver.calls == []
    tried = Delivery.objects.get()
    assert (tried.status, tried.error) == (None, receivers.PRIVATE)
    assert state(row) == "failing"


def test_a_name_is_looked_up_once_and_the_address_that_was_checked_is_called(
    receiver, names, monkeypatch
):
    """It would lead somewhere else at a second look-up."""
    names["moving.example.com"] = [["127.0.0.1"], ["127.0.0.9"]]
    with receivers.Line(f"http://moving.example.com:{receiver.port}/") as line:
        answer = line.post(b"{}", {"Countertop-Delivery": "1"})

    assert answer.is_good
    assert receiver.calls[0].headers["Host"] == f"moving.example.com:{receiver.port}"
    assert names["moving.example.com"] == [["127.0.0.9"]]


def certificate(name: str, folder: Path) -> Path:
    """A certificate for ``name`` that vouches for itself, with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = timezone.now()
    made = x509.CertificateBuilder(
        who, who, key.public_key(), x509.random_serial_number(),
        now - timedelta(days=1), now + timedelta(days=1),
        [x509.Extension(
            x509.SubjectAlternativeName.oid, False,
            x509.SubjectAlternativeName([x509.DNSName(name)]),
        )],
    ).sign(key, hashes.SHA256())  # fmt: skip
    file = folder / f"{name}.pem"
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(private + made.public_bytes(pem))
    return file


def test_a_certificate_is_checked_against_the_name_not_the_address(receive, names, tmp_path):
    file = certificate("hooks.example.com", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    asked: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    receiver = receive()
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    trust = ssl.create_default_context(cafile=file)
    answers = {}
    for name in ("hooks.example.com", "other.example.com"):
        names[name] = [["127.0.0.1"]]
        with receivers.Line(f"https://{name}:{receiver.port}/", trust=trust) as line:
            answers[name] = line.post(b"{}", {"Countertop-Delivery": "1"})

    assert answers["hooks.example.com"].is_good
    assert answers["other.example.com"].status is None
    assert "CERTIFICATE_VERIFY_FAILED" in answers["other.example.com"].error
    assert asked == ["hooks.example.com", "other.example.com"]
    assert len(receiver.calls) == 1
