"""Secrets never enter the trail: each is planted once, and every column is searched for it."""

import base64
import json

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from accounts import audit, passwords, seals
from accounts.models import (
    AuditChain,
    AuditEvent,
    AuditSeal,
    Authenticator,
    Membership,
    RecoveryCode,
    RefreshToken,
    User,
)
from tests import factories

PASSWORD = "canary-of-a-first-password-1"
CHANGED = "canary-of-a-second-password-2"
RESET = "canary-of-a-third-password-3"
STAFF = "canary-of-a-fourth-password-4"
PIN = "739516"
OWNERS_PIN = "482137"


def trail() -> str:
    """Every column of every row of the trail, as text."""
    rows = [list(model.objects.values()) for model in (AuditEvent, AuditSeal, AuditChain)]
    return json.dumps(rows, cls=DjangoJSONEncoder, ensure_ascii=False)


def stored() -> list[str]:
    """What the database keeps in place of secrets, which is not for the trail either."""
    digests = [*RefreshToken.objects.values_list("digest", flat=True)]
    digests += RecoveryCode.objects.values_list("digest", flat=True)
    found = [form for one in digests for form in (bytes(one).hex(), b64(bytes(one)))]
    found += User.objects.values_list("password", flat=True)
    found += Membership.objects.exclude(pin="").values_list("pin", flat=True)
    found += Authenticator.objects.values_list("secret", flat=True)
    return [one for one in found if one]


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


class Visit:
    """One person's way through the house; ``secrets`` are all they sent and were given."""

    def __init__(self, api):
        self.client = api(None)
        self.secrets: set[str] = set()

    def send(self, method, path, data=None, token="", **headers):
        """Ask, and remember whatever secret the answer brings."""
        if token:
            headers["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        body = json.dumps(data or {})
        response = self.client.generic(
            method, path, body, content_type="application/json", **headers
        )
        answer = response.json() if response.content else {}
        assert response.status_code < 400, answer
        if isinstance(answer, dict):
            for name in ("access_token", "refresh_token", "device_token", "secret", "code"):
                self.secrets |= {answer[name]} if name in answer else set()
            self.secrets |= set(answer.get("codes", ()))
        return answer


@pytest.fixture
def visit(api):
    return Visit(api)


def test_no_secret_of_a_whole_life_with_us_is_in_the_trail(visit, mailoutbox):
    send = visit.send
    came = send(
        "POST",
        "/auth/register",
        {"email": "nina@example.com", "password": PASSWORD, "shop_name": "Nina's"},
        HTTP_IDEMPOTENCY_KEY="k-1",
    )
    shop_id, nina_id = came["user"]["shop_id"], came["id"]
    again = send("POST", "/auth/refresh", {"refresh_token": came["refresh_token"]})
    token = again["access_token"]

    app = send("POST", "/otp/enrol", token=token)
    code = factories.code_of(app["secret"])
    send("POST", "/otp/confirm", {"otp": code}, token)
    send("POST", "/otp/recovery-codes", {"otp": factories.code_of(app["secret"], 30)}, token)

    person = {"username": "carl", "password": STAFF, "role": "cashier", "shop_id": shop_id}
    carl_id = send("POST", "/users", person, token)["id"]
    base = f"/shops/{shop_id}"
    send("PUT", f"{base}/staff/{carl_id}/pin", {"pin": PIN}, token)
    send("PUT", f"{base}/staff/{nina_id}/pin", {"pin": OWNERS_PIN, "password": PASSWORD}, token)
    till = send("POST", f"{base}/devices", {"kind": "till", "name": "Till 1"}, token)["id"]
    offered = send("POST", f"{base}/devices/{till}/pairing-code", token=token)
    device = send("POST", "/devices/pair", {"code": offered["code"]})["device_token"]
    pinned = send("POST", "/devices/me/sign-in", {"user_id": carl_id, "pin": PIN}, device)
    wish = {"user_id": nina_id, "pin": OWNERS_PIN, "action": "void", "target": "o-1"}
    send("POST", f"{base}/approvals", wish, pinned["access_token"])
    send("POST", f"{base}/devices/{till}/revoke", token=token)

    wish = {"current_password": PASSWORD, "new_password": CHANGED}
    token = send("PATCH", "/account/password", wish, token)["access_token"]
    send("PATCH", "/settings/notifications", {"webhook_secret": "canary-hook-9f8e7d"}, token)
    send("POST", "/auth/password/forgot", {"email": "nina@example.com"})
    passwords.deliver()
    letter = mailoutbox[0].body.split("token=")[1].split()[0]
    send("POST", "/auth/password/reset", {"token": letter, "new_password": RESET})
    back = send("POST", "/auth/login", {"username": "nina@example.com", "password": RESET})
    send("POST", "/auth/logout-all", token=back["access_token"])
    while seals.seal():
        pass

    written = trail()
    assert "nina@example.com" in written
    planted = {PASSWORD, CHANGED, RESET, STAFF, letter, "canary-hook-9f8e7d", *visit.secrets}
    assert len(planted) > 20
    for secret in [*planted, *stored()]:
        assert secret not in written
    shown = {line.action for line in AuditEvent.objects.all()}
    assert {"user.created", "pin.changed", "device.paired", "password.changed"} <= shown


@pytest.mark.parametrize("figures", [PIN, OWNERS_PIN])
def test_no_pin_is_in_what_a_line_says(shop, owner, cashier, api, figures):
    """Six figures can also be part of an id; so only what the verbs wrote is searched."""
    path = f"/shops/{shop.pk}/staff/{cashier.pk}/pin"
    assert api(owner).put(path, {"pin": figures}, "application/json").status_code == 200

    line = AuditEvent.objects.get(action="pin.changed")
    assert (line.before, line.after) == (None, {"user_id": str(cashier.pk)})


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "[hidden]"),
        ("Bearer abcdef123456", "Bearer [hidden]"),
        ("call me, password=hunter2", "call me, password=[hidden]"),
        ("postgresql://u:hunter2@db/x", "postgresql://u:[hidden]@db/x"),
        ("aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE", "[hidden]"),
        ("Two teas, please: no sugar", "Two teas, please: no sugar"),
        ("0198f000-0000-7000-8000-000000000000", "0198f000-0000-7000-8000-000000000000"),
    ],
)
def test_what_looks_like_a_token_is_hidden_wherever_somebody_typed_it(owner, said, kept):
    audit.record(
        "note.written", None, shop=None, actor=owner, before={"deep": [{"note": said}]}, note=said
    )

    line = AuditEvent.objects.get(action="note.written")
    assert (line.before, line.after) == ({"deep": [{"note": kept}]}, {"note": kept})
