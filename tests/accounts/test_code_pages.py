"""Pages of one-time codes: the console's door, and one's own codes."""

import re
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
import time_machine
from django.urls import reverse

from accounts import authenticators, otp, recovery_codes
from accounts.models import AuthSession
from tests import factories
from tests.factories import code_of

NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
CODE, OWN = "/sign-in/code/", "/account/otp/"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def _asked(settings):
    settings.REQUIRE_ADMIN_OTP = True


def sign_in(client, user, wanted=""):
    path = f"/sign-in/?next={wanted}" if wanted else "/sign-in/"
    return client.post(path, {"name": user.username, "password": factories.PASSWORD})


def offered(response):
    """The secret that the page shows in groups."""
    shown = re.search(r'id="secret">(.*?)</p>', response.text, re.DOTALL)[1]
    return "".join(re.findall(r"<code>(\w+)</code>", shown))


def shown_codes(response):
    return re.findall(r"<li><code>([A-Z2-7-]{19})</code></li>", response.text)


def test_the_console_asks_a_sysadmin_for_a_code_after_the_password(client, sysadmin):
    secret = factories.enrolled(sysadmin)
    asked = sign_in(client, sysadmin, "/admin/accounts/user/")
    assert asked["Location"] == f"{CODE}?next=/admin/accounts/user/"
    assert client.get("/admin/").status_code == 302

    opened = client.post(asked["Location"], {"otp": code_of(secret)})

    assert opened["Location"] == "/admin/accounts/user/"
    assert client.get("/admin/accounts/user/").status_code == 200
    assert AuthSession.objects.get().proven_at == NOW
    assert client.get(CODE)["Location"] == reverse("shops")


def test_a_sign_in_without_a_page_in_mind_leads_to_the_console_too(client, sysadmin):
    assert sign_in(client, sysadmin)["Location"] == f"{CODE}?next=/admin/"


def test_every_page_of_the_console_asks_the_sign_in_of_before(client, sysadmin, settings):
    settings.REQUIRE_ADMIN_OTP = False
    sign_in(client, sysadmin)
    assert client.get("/admin/").status_code == 200
    settings.REQUIRE_ADMIN_OTP = True
    factories.enrolled(sysadmin)

    for page in ("/admin/", "/admin/accounts/auditevent/", "/admin/autocomplete/"):
        response = client.get(page, follow=True)
        assert response.redirect_chain[-1] == (f"{CODE}?next={page}", 302)
        assert "Enter your code" in response.text
    assert client.get("/shops/").status_code == 200


def test_without_the_setting_a_password_is_enough(client, sysadmin, settings):
    settings.REQUIRE_ADMIN_OTP = False
    factories.enrolled(sysadmin)

    assert sign_in(client, sysadmin, "/admin/")["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("otp", ["000000", "", "AAAA-AAAA-AAAA-AAAA"])
def test_a_wrong_code_opens_nothing(client, sysadmin, otp):
    factories.enrolled(sysadmin)
    sign_in(client, sysadmin)

    response = client.post(f"{CODE}?next=/admin/", {"otp": otp})

    assert response.status_code == 400
    assert "This code is wrong or was used before." in response.text
    assert client.get("/admin/").status_code == 302


def test_too_many_wrong_codes_have_to_wait(client, sysadmin):
    secret = factories.enrolled(sysadmin)
    sign_in(client, sysadmin)
    for _ in range(6):
        client.post(CODE, {"otp": "000000"})

    response = client.post(CODE, {"otp": code_of(secret)})

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "Too many tries. Wait a minute" in response.text


def test_a_recovery_code_opens_the_console_once(client, sysadmin):
    factories.enrolled(sysadmin)
    code = recovery_codes.renew(user_id=sysadmin.pk, actor=sysadmin)[0]
    sign_in(client, sysadmin)
    assert client.post(CODE, {"otp": code}).status_code == 302
    client.post("/sign-out/")
    sign_in(client, sysadmin)

    assert client.post(CODE, {"otp": code}).status_code == 400


def test_who_has_no_app_is_led_to_set_one_up_and_then_on(client, sysadmin):
    response = client.get(sign_in(client, sysadmin, "/admin/")["Location"], follow=True)
    assert response.redirect_chain[-1] == (f"{OWN}?next=/admin/", 302)
    assert "Set it up once, then go on." in response.text
    assert client.get("/admin/").status_code == 302

    page = client.post(f"{OWN}?next=/admin/", {"step": "offer"}, follow=True)
    confirmed = client.post(
        f"{OWN}?next=/admin/", {"step": "confirm", "otp": code_of(offered(page))}
    )

    assert len(shown_codes(confirmed)) == 10
    assert 'href="/admin/"' in confirmed.text
    assert client.get("/admin/").status_code == 200


def test_strangers_sign_in_first(client, db):
    assert client.get(f"{CODE}?next=/admin/")["Location"] == "/sign-in/?next=/admin/"
    assert client.get(OWN)["Location"] == f"/sign-in/?next={OWN}"
    assert client.post(OWN, {"step": "offer"}).status_code == 302


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "javascript:x"])
def test_nobody_is_sent_elsewhere(client, sysadmin, elsewhere):
    secret = factories.enrolled(sysadmin)
    sign_in(client, sysadmin)

    response = client.post(f"{CODE}?next={elsewhere}", {"otp": code_of(secret)})

    assert response["Location"] == reverse("shops")
    assert elsewhere not in client.get(f"{OWN}?next={elsewhere}").text


def test_anybody_sets_up_their_own_codes(client, cashier):
    sign_in(client, cashier)
    assert "Set up" in client.get(OWN).text

    page = client.post(OWN, {"step": "offer"}, follow=True)
    secret = offered(page)
    picture = unquote(re.search(r'src="(data:image/svg[^"]+)"', page.text)[1])
    assert offered(client.get(OWN)) == secret  # the same one, until it is confirmed
    assert picture.startswith("data:image/svg+xml;charset=utf-8,<svg")
    wrong = client.post(OWN, {"step": "confirm", "otp": "000000"})
    assert (wrong.status_code, offered(wrong)) == (400, secret)
    confirmed = client.post(OWN, {"step": "confirm", "otp": code_of(secret)})

    codes = shown_codes(confirmed)
    assert len(codes) == 10
    assert {confirmed["Cache-Control"]} == {page["Cache-Control"]}
    assert "no-store" in confirmed["Cache-Control"]
    later = client.get(OWN).text
    assert "set up on March 1, 2026" in later
    assert "10 recovery codes left" in later
    assert not [each for each in [f">{secret[:4]}<", *codes] if each in later]
    otp.verify(user_id=cashier.pk, code=codes[0])


def test_a_secret_not_wanted_after_all_is_void(client, cashier):
    sign_in(client, cashier)
    client.post(OWN, {"step": "offer"})

    client.post(OWN, {"step": "withdraw"})

    assert authenticators.pending(cashier) is None
    assert client.post(OWN, {"step": "confirm", "otp": "000000"}).status_code == 409


@pytest.mark.parametrize("step", ["renew", "offer"])
def test_what_is_set_up_is_changed_by_who_shows_a_code(client, cashier, step):
    secret = factories.enrolled(cashier)
    sign_in(client, cashier)
    assert "show a code first" in client.get(OWN).text
    assert client.post(OWN, {"step": step}).status_code == 403
    assert recovery_codes.left(cashier.pk) == 0
    assert authenticators.pending(cashier) is None

    client.post(OWN, {"step": "prove", "otp": code_of(secret)})
    response = client.post(OWN, {"step": step}, follow=True)

    assert response.status_code == 200
    assert bool(shown_codes(response)) == (step == "renew")
    assert ('id="secret"' in response.text) == (step == "offer")


@pytest.mark.parametrize("step", ["", "nonsense"])
def test_an_unknown_step_does_nothing(client, cashier, step):
    sign_in(client, cashier)

    assert client.post(OWN, {"step": step}).status_code == 302
    assert not authenticators.is_enrolled(cashier.pk)
