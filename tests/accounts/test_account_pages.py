"""Pages of one's account, of forgotten passwords and of a shop's staff."""

import re

import pytest

from accounts import passwords, sessions
from accounts.models import AuditEvent, AuthSession, Membership, User
from tests import factories

NEW = "another horse, another battery"


@pytest.fixture
def browser(client):
    """Sign a person in and answer the client."""

    def sign_in(user, password=factories.PASSWORD):
        reply = client.post("/sign-in/", {"name": user.username, "password": password})
        assert reply.status_code == 302, reply.content
        return client

    return sign_in


def alive(user) -> int:
    return sessions.of(user.pk).count()


@pytest.mark.parametrize("path", ["/account/", "/account/sessions/"])
def test_strangers_sign_in_first(client, db, path):
    assert client.get(path).headers["Location"] == f"/sign-in/?next={path}"


def test_a_person_describes_themselves(browser, cashier):
    page = browser(cashier)

    sent = {"act": "profile", "name": "Carla B.", "email": "c@example.com", "phone": "+49 1"}
    reply = page.post("/account/", sent, follow=True)

    assert "Saved." in reply.text
    cashier.refresh_from_db()
    assert (cashier.name, cashier.email, cashier.phone) == ("Carla B.", "c@example.com", "+49 1")


def test_what_was_wrong_stays_in_the_form(browser, cashier, owner):
    page = browser(cashier)

    reply = page.post("/account/", {"act": "profile", "name": "Carla", "email": owner.email})

    assert reply.status_code == 409
    assert f'value="{owner.email}"' in reply.text
    cashier.refresh_from_db()
    assert cashier.email != owner.email


def test_an_unknown_act_is_not_found(browser, cashier):
    assert browser(cashier).post("/account/", {"act": "promote"}).status_code == 404


def test_a_new_password_ends_every_other_sign_in_and_keeps_this_one(browser, cashier):
    elsewhere = sessions.begin(user=cashier)
    page = browser(cashier)
    sent = {"act": "password", "current_password": factories.PASSWORD, "new_password": NEW}

    reply = page.post("/account/", sent, follow=True)

    assert reply.status_code == 200
    assert "Your password is changed" in reply.text
    elsewhere.refresh_from_db()
    assert elsewhere.revoked_at is not None
    assert alive(cashier) == 1
    cashier.refresh_from_db()
    assert cashier.check_password(NEW)


@pytest.mark.parametrize(
    ("current", "new", "said"),
    [("wrong", NEW, "password"), (factories.PASSWORD, "short", "too short")],
)
def test_a_password_is_not_changed_lightly(browser, cashier, current, new, said):
    page = browser(cashier)

    reply = page.post(
        "/account/", {"act": "password", "current_password": current, "new_password": new}
    )

    assert reply.status_code == 400
    assert said in re.search(r'id="refusal">(.*?)</div>\s*</div>', reply.text, re.DOTALL)[1]
    cashier.refresh_from_db()
    assert cashier.check_password(factories.PASSWORD)


# --- where one is signed in -------------------------------------------------------------------


def test_a_person_sees_and_ends_their_sign_ins(browser, cashier):
    phone = sessions.begin(user=cashier, user_agent="Mozilla/5.0 (iPhone) Version/17 Safari/604")
    page = browser(cashier)

    shown = page.get("/account/sessions/").text
    assert "Safari, iPhone" in shown
    assert "This one" in shown
    reply = page.post("/account/sessions/", {"session_id": str(phone.pk)}, follow=True)

    assert "Safari, iPhone" not in reply.text
    assert alive(cashier) == 1


def test_all_sign_ins_but_this_one_end_at_once(browser, cashier):
    for _ in range(3):
        sessions.begin(user=cashier)
    page = browser(cashier)

    page.post("/account/sessions/", {"act": "others"})

    assert alive(cashier) == 1
    assert page.get("/account/sessions/").status_code == 200


@pytest.mark.parametrize("sent", ["", "nonsense", "FOREIGN"])
def test_nobody_ends_what_is_not_theirs(browser, cashier, owner, sent):
    foreign = sessions.begin(user=owner)
    page = browser(cashier)

    reply = page.post(
        "/account/sessions/", {"session_id": sent.replace("FOREIGN", str(foreign.pk))}
    )

    assert reply.status_code == 404
    assert alive(owner) == 1


# --- a forgotten password ---------------------------------------------------------------------


def test_a_forgotten_password_is_chosen_anew_by_letter(client, cashier, mailoutbox, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    stolen = sessions.begin(user=cashier)

    asked = client.post("/forgot-password/", {"name": cashier.email})
    passwords.deliver()
    address = re.search(r"https?://[^/]+(/reset-password/\?token=\S+)", mailoutbox[0].body)[1]
    form = client.get(address)
    token = address.partition("token=")[2]
    weak = client.post("/reset-password/", {"token": token, "new_password": "short"})
    done = client.post("/reset-password/", {"token": token, "new_password": NEW}, follow=True)
    again = client.post("/reset-password/", {"token": token, "new_password": NEW + "!"})

    assert "Look into your mail" in asked.text
    assert form.headers["Referrer-Policy"] == "no-referrer"
    assert weak.status_code == 400
    assert "Sign in with it." in done.text
    assert again.status_code in (400, 410)
    cashier.refresh_from_db()
    assert cashier.check_password(NEW)
    stolen.refresh_from_db()
    assert stolen.revoked_at is not None


def test_asking_says_nothing_of_who_is_known(client, cashier):
    known, unknown = (
        client.post("/forgot-password/", {"name": name}).text for name in (cashier.email, "nobody")
    )

    assert known == unknown


# --- staff ------------------------------------------------------------------------------------


def staff_page(shop) -> str:
    return f"/shops/{shop.pk}/staff/"


def test_a_manager_adds_somebody_who_can_sign_in(browser, client, shop, manager):
    page = browser(manager)
    sent = {"act": "add", "name": "Nina", "username": "nina", "role": "cashier", "password": NEW}

    reply = page.post(staff_page(shop), sent, follow=True)

    assert "Nina can sign in now." in reply.text
    member = Membership.objects.get(user__username="nina")
    assert (member.shop, member.role) == (shop, "cashier")
    browser(member.user, NEW)


def test_a_manager_cannot_make_an_owner(browser, shop, manager, cashier):
    page = browser(manager)

    assert 'value="owner"' not in page.get(staff_page(shop)).text
    reply = page.post(
        staff_page(shop), {"act": "role", "user_id": str(cashier.pk), "role": "owner"}
    )

    assert reply.status_code == 403
    assert Membership.objects.get(user=cashier).role == "cashier"


def test_a_new_role_signs_them_out_everywhere(browser, shop, owner, cashier):
    sessions.begin(user=cashier)
    page = browser(owner)

    page.post(staff_page(shop), {"act": "role", "user_id": str(cashier.pk), "role": "manager"})

    assert Membership.objects.get(user=cashier).role == "manager"
    assert alive(cashier) == 0


def test_access_is_taken_away_and_given_back(browser, shop, manager, cashier):
    sessions.begin(user=cashier)
    page = browser(manager)
    about = {"user_id": str(cashier.pk)}

    page.post(staff_page(shop), about | {"act": "remove"})
    cashier.refresh_from_db()
    assert not cashier.is_active
    assert alive(cashier) == 0
    assert "No access" in page.get(staff_page(shop)).text
    page.post(staff_page(shop), about | {"act": "restore"})

    cashier.refresh_from_db()
    assert cashier.is_active
    assert AuditEvent.objects.filter(action="user.deactivated", actor=manager).exists()


def test_the_last_owner_stays(browser, shop, owner):
    page = browser(owner)

    reply = page.post(staff_page(shop), {"act": "remove", "user_id": str(owner.pk)})

    assert reply.status_code >= 400
    owner.refresh_from_db()
    assert owner.is_active


def test_staff_is_for_managers_of_this_shop(browser, shop, other_shop, cashier, manager):
    assert browser(cashier).get(staff_page(shop)).status_code == 403
    assert browser(manager).get(staff_page(other_shop)).status_code == 404


def test_a_person_of_another_shop_is_unknown_here(browser, shop, other_shop, owner):
    rival = other_shop.owner
    page = browser(owner)

    for act in ("role", "remove", "password", "restore"):
        sent = {"act": act, "user_id": str(rival.pk), "role": "cashier", "password": NEW}
        assert page.post(staff_page(shop), sent).status_code == 404

    assert User.objects.get(pk=rival.pk).is_active
    assert AuthSession.objects.filter(user=rival).count() == 0
