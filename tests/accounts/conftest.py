"""Staff of more than one shop, and how they are changed over the wire."""

import pytest

from accounts import shops
from accounts.models import Membership
from tests import factories

DETAILS = ["/users/{}", "/users/{}/", "/api/users/{}", "/api/users/{}/"]


def patch(client, user, body, path=DETAILS[0]):
    return client.patch(path.format(user.pk), body, "application/json")


def role_in(shop, user):
    found = Membership.objects.filter(shop=shop, user=user).first()
    return found.role if found else None


@pytest.fixture
def partner(shop):
    """Another owner of the shop."""
    return factories.member(shop, "petra", "owner")


@pytest.fixture
def second(owner):
    """Another shop of the owner's."""
    return factories.shop_of(owner, "Second")


@pytest.fixture
def shared(shop, other_shop):
    """A cashier here who is a manager at the rival's."""
    user = factories.member(shop, "shari", "cashier")
    shops.join(shop=other_shop, user=user, role="manager", actor=None)
    return user
