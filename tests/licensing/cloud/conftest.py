"""A vendor's desk with a signing key, a registered site, and a client that speaks as the site."""

import base64
import json
from typing import Any

import pytest

from licensing import sites, verdicts
from licensing.models import Site, SiteContact
from licensing.verdicts import Envelope, SigningKey

SEED = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
OURS = SigningKey.of(SEED)
KEYS = verdicts.public_keys([OURS.public_key])


@pytest.fixture(autouse=True)
def _signs(settings):
    settings.LICENSE_SIGNING_KEY, settings.LICENSE_NEXT_SIGNING_KEY = SEED, ""


@pytest.fixture
def registered(db) -> sites.Registered:
    """A site and its key."""
    return sites.register(
        actor=None, fields={"name": "Corner", "contact_email": "desk@example.com"}
    )


@pytest.fixture
def site(registered) -> Site:
    return registered.site


class SiteClient:
    """A site's own server: ``beat()`` checks in and reads what was signed."""

    def __init__(self, api: Any, site: Site, key: str) -> None:
        self.api, self.site, self.key = api, site, key

    def post(self, body: dict[str, Any] | None = None, **headers: str) -> Any:
        """The raw answer to a heartbeat."""
        sent = {"version": "1.0", "uptime_seconds": 60} | (body or {})
        named = {"X-Site-ID": str(self.site.site_id), "X-Site-Key": self.key} | headers
        return self.api.post("/heartbeat", sent, headers=named)

    def beat(self, **body: Any) -> dict[str, Any]:
        """The answer with ``said``, the verdict read and found good."""
        answer = self.post(body)
        assert answer.status_code == 200, answer.content
        row = json.loads(answer.content)
        signed = Envelope(row["verdict"], row["signature"], row["key_id"])
        row["said"] = verdicts.verify(signed, keys=KEYS, site_id=self.site.site_id)
        return row

    @property
    def contact(self) -> SiteContact:
        return SiteContact.objects.get(site=self.site)


@pytest.fixture
def caller(api, registered) -> SiteClient:
    return SiteClient(api, registered.site, registered.secret_key)
