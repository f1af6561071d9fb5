"""The OpenAPI document describes every route of people, with what each refuses."""

import pytest
from django.urls import include, path
from drf_spectacular.generators import SchemaGenerator

from accounts import api_urls

ROUTES = {
    "auth/register": {"post": {201, 400, 409, 415, 422, 429}},
    "auth/login": {"post": {200, 400, 401, 403, 415, 429}},
    "auth/refresh": {"post": {200, 401, 429}},
    "auth/logout": {"post": {200, 401}},
    "auth/logout-all": {"post": {200, 401}},
    "auth/me": {"get": {200, 401}},
    "auth/profile": {"get": {200, 401}, "put": {200, 400, 401, 409}, "patch": {200, 400, 401, 409}},
    "auth/sessions": {"get": {200, 400, 401}, "delete": {200, 401}},
    "auth/sessions/{session_id}": {"get": {200, 401, 404}, "delete": {200, 401, 404}},
    "auth/password/forgot": {"post": {202, 400, 429}},
    "auth/password/reset": {"post": {200, 400, 429}},
    "users/me": {"get": {200, 401}},
    "users": {"get": {200, 400, 401, 403}, "post": {201, 400, 401, 403, 404, 409, 422}},
    "users/{user_id}": {
        "get": {200, 401, 403, 404},
        "patch": {200, 400, 401, 403, 404, 409},
        "delete": {200, 401, 403, 404, 409},
    },
    "account/profile": {"patch": {200, 400, 401, 409}},
    "account/password": {"patch": {200, 400, 401, 429}},
    "account/organization": {"patch": {200, 400, 401}},
    "settings": {"get": {200, 401}},
    "settings/notifications": {"patch": {200, 400, 401}},
    "settings/automation": {"patch": {200, 400, 401}},
}


@pytest.fixture(scope="module")
def document():
    mounted = [path("api/v1/", include(api_urls.urlpatterns))]
    return SchemaGenerator(patterns=mounted).get_schema(request=None, public=True)


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_is_described_with_its_refusals(document, route):
    described = document["paths"][f"/api/v1/{route}"]

    for method, statuses in ROUTES[route].items():
        operation = described[method]
        assert operation["summary"]
        assert {str(status) for status in statuses} <= set(operation["responses"]), method
        if method in ("post", "put", "patch") and route not in ("auth/logout-all",):
            assert operation["requestBody"]["content"]


@pytest.mark.parametrize(
    ("route", "codes"),
    [
        ("auth/register", ["already_registered"]),
        ("auth/password/reset", ["reset_invalid"]),
        ("account/password", ["wrong_password"]),
        ("auth/profile", ["already_registered", "unknown_field"]),
        ("users/{user_id}", [
            "role_above_yours", "own_account", "last_owner", "last_sysadmin", "yourself",
        ]),
    ],
)  # fmt: skip
def test_the_codes_of_refusals_are_named(document, route, codes):
    said = " ".join(
        operation.get("description", "")
        for operation in document["paths"][f"/api/v1/{route}"].values()
    )

    assert [code for code in codes if f"`{code}`" not in said] == []


def test_creating_posts_take_a_key(document):
    for route in ("auth/register", "users", "shops"):
        parameters = document["paths"][f"/api/v1/{route}"]["post"]["parameters"]
        assert "Idempotency-Key" in {one["name"] for one in parameters}, route
