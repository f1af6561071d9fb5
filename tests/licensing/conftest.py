"""Both ends of the line: a registered site that calls us, and a site's server that calls a vendor."""

import base64
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from core import ids
from licensing import client, licences, policy, sites, verdicts
from licensing.models import SiteContact
from licensing.verdicts import Envelope, SigningKey
from tests.licensing.vendor import Vendor

SEED = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
OURS = SigningKey.of(SEED)
KEYS = verdicts.public_keys([OURS.public_key])


@pytest.fixture(autouse=True)
def signing(settings) -> None:
    """This server signs with ``OURS``."""
    settings.LICENSE_SIGNING_KEY, settings.LICENSE_NEXT_SIGNING_KEY = SEED, ""


@pytest.fixture
def registered(db) -> sites.Registered:
    return sites.register(actor=None, fields={"name": "Corner"})


class Caller:
    """A site that checks in: ``caller.beat(version="2")`` is its answer, ``said`` its verdict."""

    def __init__(self, api: Any, registered: sites.Registered) -> None:
        self.api = api
        self.site, self.key = registered

    @property
    def contact(self) -> SiteContact:
        return SiteContact.objects.get(site=self.site)

    def post(self, fields: dict | None = None, **headers: str) -> Any:
        shown = {"X-Site-ID": str(self.site.site_id), "X-Site-Key": self.key} | headers
        body = {"version": "1.0", "uptime_seconds": 60} | (fields or {})
        return self.api.post("/heartbeat", body, headers=shown)

    def beat(self, **fields: Any) -> dict:
        answer = self.post(fields)
        assert answer.status_code == 200, answer.content
        body = answer.json()
        sent = Envelope(body["verdict"], body["signature"], body["key_id"])
        return body | {"said": verdicts.verify(sent, keys=KEYS, site_id=self.site.site_id)}


@pytest.fixture
def caller(api, registered) -> Caller:
    return Caller(api, registered)


# --- a restaurant's own server ----------------------------------------------------------


@pytest.fixture
def vendor():
    """The vendor's server, which knows one site."""
    started = Vendor(ids.new())
    yield started
    started.stop()


@pytest.fixture
def home(db, settings, tmp_path, vendor):
    """Be the server of that site; answers its settings."""
    settings.ROLE, settings.VAR_DIR = "shop", tmp_path
    settings.CLOUD_URL, settings.SITE_ID, settings.SITE_KEY = vendor.url, vendor.site_id, "k" * 43
    settings.LICENSE_PUBLIC_KEYS = [vendor.key.public_key]
    settings.LICENSE_CONTACT = "desk@example.com"
    return settings


@pytest.fixture
def clock():
    """The wall clock, which stands still until it is turned."""
    with time_machine.travel(timezone.now(), tick=False) as moved:
        yield moved


@pytest.fixture
def site(clock, home, vendor, shop):
    """How a site stands that has checked in and has no line since: ``site()`` is state and cause."""
    licences.wake()
    client.check_in()
    licences.keep_time()

    def stands():
        found = policy.of(shop.pk)
        return found.state, found.cause

    return stands
