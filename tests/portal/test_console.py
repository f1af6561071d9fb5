"""The developer console: who gets in, what it lists, and the line that each look leaves."""

import csv
import io

import pytest

from accounts import sessions, tokens
from accounts.models import AuditEvent, User
from portal import console
from portal.models import Lead
from tests import factories

LISTS = ["users", "logs", "waitlist", "contacts", "pilot-requests", "investor-interest"]
FORMS = {
    "waitlist": "waitlist", "contacts": "contact", "pilot-requests": "pilot_request",
    "investor-interest": "investor_interest",
}  # fmt: skip

pytestmark = pytest.mark.django_db


def lead(number=0, kind="contact", **facts):
    given = {
        "kind": kind, "email": f"a{number}@example.com", "mailbox": f"a{number}@example.com",
        "name": f"Ada {number}", "message": "How much?", "fingerprint": f"{kind}{number}".encode(),
    }  # fmt: skip
    return Lead.objects.create(**given | facts)


@pytest.fixture
def developer():
    return factories.person("dora", role=User.Role.DEV)


@pytest.fixture
def proven(api):
    """A client whose session has shown a one-time code."""

    def make(user):
        client = api(user)
        user.auth_sessions.update(scope="dev", proven_at="2026-01-01T00:00:00Z")
        return client

    return make


@pytest.fixture
def desk(proven, developer):
    return proven(developer)


def paths():
    tables = [f"/admin/{name}{form}" for name in LISTS for form in ("", ".csv")]
    return ["/admin/summary", *tables]


@pytest.mark.parametrize("path", paths())
def test_only_the_vendors_people_with_a_code_get_in(api, proven, owner, shop, developer, path):
    assert api(None).get(path).status_code == 401
    assert proven(owner).get(path).json()["code"] == "role_too_low"
    assert api(developer).get(path).json()["code"] == "otp_required"
    assert proven(developer).get(path).status_code == 200
    assert not AuditEvent.objects.filter(action__startswith="console.", actor=owner).exists()


def test_a_sign_in_for_developers_opens_it_and_a_plain_one_does_not(api, developer):
    secret = factories.enrolled(developer)
    wish = {"username": "dora", "password": factories.PASSWORD, "scope": "dev", "otp": ""}
    assert api(None).post("//auth/login", wish).json()["code"] == "otp_invalid"
    signed = api(None).post("//auth/login", wish | {"otp": factories.code_of(secret)}).json()

    header = {"HTTP_AUTHORIZATION": f"Bearer {signed['token']}"}
    for mount in ("/api/v1", "/api"):
        for slash in ("", "/"):
            assert api(None).get(f"{mount}/admin/summary{slash}", **header).status_code == 200


def test_the_summary_counts_everything(desk, shop):
    for kind in Lead.Kind.values:
        lead(kind=kind)
    lead(1, status="spam", spam_score=100)

    found = desk.get("/admin/summary").json()
    assert (found["total_users"], found["active_users"], found["total_shops"]) == (2, 2, 1)
    assert (found["total_contacts"], found["total_waitlist"]) == (2, 1)
    assert (found["total_pilot_requests"], found["total_investor_interest"]) == (1, 1)
    assert (found["new_leads"], found["spam_leads"]) == (4, 1)


@pytest.mark.parametrize("name", FORMS)
def test_a_list_says_what_the_form_brought_page_by_page(desk, name):
    for number in range(5):
        lead(number, FORMS[name], spam_score=20, spam_reasons=["one link"])

    first = desk.get(f"/admin/{name}", {"limit": 2}).json()
    third = desk.get(f"/admin/{name}", {"limit": 2, "page": 3}).json()
    assert [one["name"] for one in first["items"]] == ["Ada 4", "Ada 3"]
    assert [one["name"] for one in third["items"]] == ["Ada 0"]
    assert first["total"] == 5
    assert first["pagination"] == {"page": 1, "limit": 2, "total": 5, "total_pages": 3}
    assert third["pagination"]["page"] == 3
    assert first["items"][0]["spam_reasons"] == ["one link"]
    following = desk.get(f"/admin/{name}", {"limit": 2})["Link"]
    assert "cursor=" in following


def test_lists_are_filtered_by_state_and_words(desk):
    lead(1)
    lead(2, status="spam")

    spam = desk.get("/admin/contacts", {"status": "spam"}).json()
    assert [one["name"] for one in spam["items"]] == ["Ada 2"]
    assert desk.get("/admin/contacts", {"q": "a1@"}).json()["total"] == 1
    assert desk.get("/admin/contacts", {"status": "eaten"}).status_code == 400
    assert desk.get("/admin/users", {"role": "owner"}).status_code == 400
    assert desk.get("/admin/users", {"role": "dev", "is_active": "true"}).json()["total"] == 1
    assert desk.get("/admin/logs", {"action": "user.changed"}).json()["items"] == []


def test_people_come_with_their_shops(desk, owner, shop):
    found = desk.get("/admin/users", {"q": owner.username}).json()["items"]

    assert [(one["username"], one["role"], one["shop_name"]) for one in found] == [
        ("olga", "owner", "Corner Café")
    ]
    assert desk.get(f"/admin/users/{owner.pk}").json() == found[0]
    assert desk.get(f"/admin/users/{shop.pk}").status_code == 404


def test_a_table_streams_and_no_cell_is_a_formula(desk):
    lead(1, name="=HYPERLINK(1)", company="+1", message="-2+3\nnext", topic="@x", source="\tx")
    response = desk.get("/admin/contacts.csv")

    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="contacts.csv"'
    raw = b"".join(response)
    assert raw.startswith(b"\xef\xbb\xbf")
    head, row = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    found = dict(zip(head, row, strict=True))
    assert (found["name"], found["company"]) == ("'=HYPERLINK(1)", "'+1")
    assert (found["message"], found["topic"], found["source"]) == ("'-2+3\nnext", "'@x", "'\tx")


@pytest.mark.parametrize("name", LISTS)
def test_every_look_and_every_export_leaves_a_line_without_what_was_searched(desk, developer, name):
    desk.get(f"/admin/{name}", {"q": "secret@example.com"})
    b"".join(desk.get(f"/admin/{name}.csv"))

    read, exported = AuditEvent.objects.filter(action__startswith="console.").order_by("pk")
    assert (read.action, exported.action) == ("console.read", "console.exported")
    assert read.target_id == exported.target_id == name
    assert read.actor_id == exported.actor_id == developer.pk
    assert read.after["filters"] == ["q"]
    assert "secret" not in str(read.after)


@pytest.mark.parametrize(("sent", "kept"), [("false", False), (False, False), ("0", False)])
def test_access_is_taken_and_given_by_texts_too(desk, owner, shop, sent, kept):
    cashier = factories.member(shop, "carla", "cashier")
    signed = sessions.begin(user=cashier)

    taken = desk.patch(f"/admin/users/{cashier.pk}", {"isActive": sent}, "application/json")
    assert taken.json()["is_active"] is kept
    assert sessions.principal(signed.pk) is None
    given = desk.patch(f"/admin/users/{cashier.pk}", {"is_active": "true"}, "application/json")
    assert given.json()["is_active"] is True
    lines = AuditEvent.objects.filter(target_id=cashier.pk, action__startswith="user.")
    assert [one.action for one in lines.order_by("pk")] == ["user.deactivated", "user.activated"]


def patch(client, user, **body):
    answer = client.patch(f"/admin/users/{user.pk}", body, "application/json")
    return answer.status_code, answer.json().get("code", answer.json().get("role"))


def test_nobody_grants_or_touches_a_role_above_their_own(desk, proven, developer, sysadmin):
    person = factories.person("pia")

    assert patch(desk, person, role="sysadmin") == (403, "role_above_yours")
    assert patch(desk, developer, role="sysadmin") == (403, "role_above_yours")
    assert patch(desk, sysadmin, role="user") == (403, "role_above_yours")
    assert patch(desk, sysadmin, is_active=False) == (403, "role_above_yours")
    assert patch(desk, person, role="dev") == (200, "dev")
    assert patch(desk, person, role="user") == (200, "user")
    assert patch(desk, person, role="owner") == (400, "invalid")
    assert patch(desk, person, is_active="perhaps") == (400, "invalid")
    assert patch(desk, person, is_staff=True) == (400, "unknown_field")
    assert patch(desk, developer, is_active=False) == (409, "yourself")
    vendor = proven(sysadmin)
    assert patch(vendor, person, role="sysadmin") == (200, "sysadmin")
    assert patch(vendor, person, role="user") == (200, "user")
    assert patch(vendor, sysadmin, role="user") == (409, "last_sysadmin")


def test_a_developer_looks_after_nobody_outside_of_the_console(api, developer, owner, shop):
    client = api(developer)

    assert client.get("/users").status_code == 403
    assert client.patch(f"/users/{owner.pk}", {"name": "x"}, "application/json").status_code == 403
    assert tokens.lifetime(developer, never_refreshes=True).total_seconds() <= 3600


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_as_often_for_many_rows_as_for_one(desk, name, django_assert_max_num_queries):
    for number in range(20):
        lead(number, FORMS.get(name, "contact"), owner=factories.person(f"p{number}"))
    with django_assert_max_num_queries(8):
        desk.get(f"/admin/{name}")


FORGED = [
    "q=%00", "q=a%00b", "limit=", "limit=0", "limit=501", "limit=%D9%A1", "page=0", "page=1e3",
    "page=999999999", "skip=1000001", "cursor=x", "cursor=%00", "cursor=AAAA", "cursor=%F0%9F%98%80",
    "cursor=AAAAAAAAAAAAAAAAAAAAAA", "cursor=_____________________w", "status=%00", "role=owner",
    "is_active=2", "action=a'--", "since=%00", "since=9999-12-31&until=9999-12-31",
    "since=0001-01-01", "until=0001-01-01T00:00:00%2B14:00", "q=%25_\\%27", "q=%ed%a0%80",
]  # fmt: skip


@pytest.mark.parametrize("query", FORGED)
def test_a_forged_question_is_answered_or_refused(desk, query):
    lead(1)
    statuses = {}
    for name in LISTS:
        for address in (f"/api/v1/admin/{name}", f"/api/v1/admin/{name}.csv"):
            answer = desk.get(f"{address}?{query}")
            statuses[address] = answer.status_code
            if answer.streaming:
                b"".join(answer.streaming_content)
    assert {*statuses.values()} <= {200, 400}, statuses


def test_the_summary_is_a_few_questions(django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        console.summary()
