"""Who may call what: roles in a shop, and shops that are not yours."""

import pytest
from django.urls import path

from accounts import permissions
from accounts.api import ShopView
from accounts.permissions import Manager, Sysadmin
from core import ids
from core.api import View, respond


def answering(base=ShopView, **names):
    def get(self, request, **kwargs):
        return respond({"role": self.request.user.shop_role})

    return type("Answering", (base,), {"get": get, "put": get} | names).as_view()


urlpatterns = [
    path("api/v1/nobody", answering(View)),
    path("api/v1/sysadmin", answering(View, permission_classes=[Sysadmin])),
    *(
        path(
            f"api/v1/shops/<uuid:shop_id>/{role.__name__.lower()}",
            answering(permission_classes=[role]),
        )
        for role in (permissions.Cashier, permissions.Manager, permissions.Owner)
    ),
    path("api/v1/shops/<uuid:shop_id>/mixed", answering(permissions={"GET": Manager})),
]


@pytest.fixture(autouse=True)
def _routes(settings):
    settings.ROOT_URLCONF = "tests.accounts.test_permissions"


@pytest.mark.parametrize(
    ("who", "route", "status", "code"),
    [
        ("cashier", "cashier", 200, None),
        ("cashier", "manager", 403, "role_too_low"),
        ("cashier", "owner", 403, "role_too_low"),
        ("manager", "cashier", 200, None),
        ("manager", "manager", 200, None),
        ("manager", "owner", 403, "role_too_low"),
        ("owner", "cashier", 200, None),
        ("owner", "manager", 200, None),
        ("owner", "owner", 200, None),
        ("sysadmin", "cashier", 404, "not_found"),
        ("stranger", "cashier", 404, "not_found"),
        ("nobody", "cashier", 401, "not_signed_in"),
    ],
)
def test_roles_in_a_shop(api, shop, request, other_shop, who, route, status, code):
    named = {"stranger": other_shop.owner, "nobody": None}
    user = named[who] if who in named else request.getfixturevalue(who)

    response = api(user).get(f"/shops/{shop.pk}/{route}")

    assert (response.status_code, response.json().get("code")) == (status, code)
    if code == "role_too_low":
        assert response.json()["needed"] == route
        assert route in response.json()["detail"]


@pytest.mark.parametrize("route", ["cashier", "manager", "owner"])
def test_anothers_shop_answers_as_an_unknown_one(api, shop, other_shop, manager, route):
    answers = [
        api(manager).get(f"/shops/{shop_id}/{route}", HTTP_X_REQUEST_ID="same-id")
        for shop_id in (other_shop.pk, ids.new())
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize(("method", "status"), [("get", 403), ("head", 403), ("put", 200)])
def test_a_method_can_need_a_role_of_its_own(api, shop, cashier, method, status):
    assert getattr(api(cashier), method)(f"/shops/{shop.pk}/mixed").status_code == status


def test_a_view_without_a_permission_refuses_everybody(api, sysadmin):
    response = api(sysadmin).get("/nobody")

    assert (response.status_code, response.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [("sysadmin", 200, None), ("owner", 403, "role_too_low"), (None, 401, "not_signed_in")],
)
def test_the_vendors_own(api, request, who, status, code):
    user = request.getfixturevalue(who) if who else None

    response = api(user).get("/sysadmin")

    assert (response.status_code, response.json().get("code")) == (status, code)
