"""A restaurant's own server on its first day: it starts without the vendor, and opens."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from core import ids
from licensing import client, licences
from licensing.models import License
from pos.models import Product
from tests.licensing.conftest import home, vendor  # noqa: F401  fixtures

pytestmark = pytest.mark.django_db


def test_the_demo_is_loaded_before_the_vendor_was_ever_reached(home, settings, tmp_path):  # noqa: F811
    settings.MEDIA_ROOT, home.CLOUD_URL = tmp_path, "http://127.0.0.1:9"

    call_command("seed_demo", verbosity=0)

    assert Product.objects.count() > 50
    assert License.objects.get().seq == 0


def test_where_nothing_may_be_changed_the_demo_makes_nobody(home, vendor):  # noqa: F811
    vendor.says = {"locked": True, "lock_reason": "Unpaid"}
    client.check_in()

    with pytest.raises(CommandError, match=r"locked: Unpaid.*Nothing was changed"):
        call_command("seed_demo", verbosity=0)

    assert not User.objects.exists()


def test_the_vendors_own_server_has_no_licence_to_wake(settings):
    settings.ROLE, settings.SITE_ID = "cloud", ids.new()
    licences.wake()
    assert not License.objects.exists()
