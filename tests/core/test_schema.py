"""The OpenAPI document, and the pages that show it from this server alone."""

import json
import re
from contextlib import closing

import pytest
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from config import docs
from tests.core import urls


@pytest.fixture(scope="module")
def described():
    generator = SchemaGenerator(patterns=urls.urlpatterns)
    return json.loads(json.dumps(generator.get_schema(request=None, public=True)))


def test_each_route_is_described_once(described):
    assert "/api/v1/echo" in described["paths"]
    assert not [path for path in described["paths"] if not path.startswith("/api/v1/")]


def test_a_struct_is_described_with_those_inside_it(described):
    parts = described["components"]["schemas"]

    assert parts["Wish"]["required"] == ["lines"]
    assert parts["Wish"]["additionalProperties"] is False
    assert parts["Line"]["properties"] == {"product_id": {"type": "string", "format": "uuid"}}
    assert parts["FactList"] == {"type": "array", "items": {"$ref": "#/components/schemas/Fact"}}


def test_a_method_says_what_it_takes_answers_and_refuses(described):
    post = described["paths"]["/api/v1/echo"]["post"]

    body = post["requestBody"]["content"]["application/json"]
    assert body["schema"] == {"$ref": "#/components/schemas/Wish"}
    assert sorted(post["responses"]) == ["201", "400", "401", "404", "409", "422", "423", "429"]
    refusal = post["responses"]["423"]["content"]["application/json"]["schema"]
    assert refusal == {"$ref": "#/components/schemas/Refusal"}
    assert [(one["name"], one["in"]) for one in post["parameters"]] == [
        ("Idempotency-Key", "header")
    ]


def test_a_list_says_how_to_page(described):
    get = described["paths"]["/api/v1/echo"]["get"]

    assert sorted(one["name"] for one in get["parameters"]) == ["cursor", "limit", "page", "skip"]


@pytest.fixture(scope="module")
def document():
    return json.loads(docs.document())


def test_the_whole_document_is_valid(document):
    validate_schema(document)
    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"]


def test_the_document_has_no_route_twice(document):
    assert [path for path in document["paths"] if re.match(r"/api/(?!v1/)", path)] == []


@pytest.mark.parametrize("path", ["/api/v1/openapi.json", "/api/openapi.json/"])
def test_the_document_is_served(client, document, path):
    response = client.get(path)

    assert response["Content-Type"] == "application/json"
    assert response.json() == document


@pytest.mark.parametrize(
    "path", ["/api/v1/docs", "/api/v1/docs/", "/docs", "/docs/", "/api/v1/redoc"]
)
def test_a_page_shows_it_with_nothing_inline_and_nothing_from_elsewhere(client, db, path):
    response = client.get(path)

    assert response.status_code == 200
    assert not re.search(r"https?://", response.text)
    assert "<style" not in response.text
    assert not re.search(r"<script(?! src=)", response.text)
    for asset in re.findall(r'(?:src|href)="(/(?:static|api)/[^"]+)"', response.text):
        with closing(client.get(asset)) as found:
            assert found.status_code == 200


def test_swaggers_script_is_one_of_ours(client):
    response = client.get("/docs?script=")

    assert response["Content-Type"].startswith("application/javascript")
    assert docs.OPENAPI in response.text


@pytest.mark.parametrize(("path", "sight"), [("/docs", ".opblock"), ("/api/v1/redoc", "h1, h2")])
def test_a_browser_shows_it_under_the_strict_policy(open_page, path, sight):
    page = open_page(path)

    page.locator(sight).first.wait_for()


def test_redocs_script_fetches_nothing_from_elsewhere(client):
    script = client.get(docs.REDOC_SCRIPT).text

    assert len(script) > 500_000
    assert "cdn.redoc" not in script
    assert "/static/img/mark" in script
