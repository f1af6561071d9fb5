"""The vendor's desk in the console: every act is its verb's, once; and a key is shown once."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.models import AuditEvent
from core.models import IdempotencyKey
from licensing import keys, sites
from licensing.acts import ACTS
from licensing.models import Command, Site
from tests import factories
from tests.licensing.at_desk import LIST, REGISTER, filled, made, of, page_of, sent


@pytest.fixture
def console(client, sysadmin):
    return factories.signed_in(client, sysadmin)


def test_a_site_is_registered_and_its_key_shown_once(console, sysadmin):
    assert "E-mail whom to write" in console.get(REGISTER).text
    refused = console.post(REGISTER, filled(name="", grace_days=7))
    assert "This field is required." in refused.text
    fields = {"name": "Corner", "grace_days": 9, "until": "2031-05-06", "reason": "Invoice 7"}
    page = console.post(REGISTER, filled(**fields))
    site = Site.objects.get()
    key = page.context["done"][0].secret_key

    assert (site.name, site.grace_days) == ("Corner", 9)
    assert site.license_expires_at.isoformat() == "2031-05-06T23:59:59+00:00"
    assert "no-store" in page["Cache-Control"]
    assert page.text.count(key) == 1
    line = AuditEvent.objects.get(action="site.registered")
    assert line.actor == sysadmin
    assert key not in str(line.after)
    for later in (LIST, page_of(site), "/admin/"):
        assert key not in console.get(later).text


def test_a_registration_that_is_sent_twice_makes_one_site_and_tells_the_same_key(console):
    fields = filled(name="Corner", grace_days=7)
    first, second = console.post(REGISTER, fields), console.post(REGISTER, fields)
    assert first.context["done"] == second.context["done"]
    assert Site.objects.count() == 1
    key = first.context["done"][0].secret_key
    kept = IdempotencyKey.objects.get()
    assert key.encode() not in bytes(kept.body)

    other = console.post(REGISTER, fields | {"name": "Another"})
    assert other.context["form"].non_field_errors()
    assert Site.objects.count() == 1


@pytest.mark.parametrize("ticket", ["", "short", "x" * 65, "with spaces in it, sixteen"])
def test_a_form_without_a_ticket_is_asked_anew(console, ticket):
    site = made()
    page = console.post(of(site, "lock"), filled(reason="Unpaid", ticket=ticket))
    assert page.context["ticket"] not in ("", ticket)
    assert not Command.objects.exists()
    assert console.post(REGISTER, filled(name="x", grace_days=7, ticket=ticket)).status_code == 200
    assert Site.objects.get() == site


def test_each_page_has_a_ticket_of_its_own_and_keeps_it_while_it_is_mended(console):
    site = made()
    one, two = (console.get(of(site, "lock")).context["ticket"] for _ in range(2))
    assert one != two
    assert console.post(of(site, "lock"), filled(reason="", ticket=one)).context["ticket"] == one


def test_one_site_is_locked_and_unlocked_and_a_refusal_is_said(console, sysadmin):
    site = made()
    assert "The people at the counter will read it." in console.get(of(site, "lock")).text
    without = console.post(of(site, "lock"), filled(reason=""))
    assert "This field is required." in without.text
    assert not Command.objects.exists()

    locked = filled(reason="Unpaid")
    assert "It will be locked" in console.post(of(site, "lock"), locked, follow=True).text
    again = console.post(of(site, "lock"), filled(reason="Again"), follow=True)
    assert "is locked already" in again.text
    command = Command.objects.get()
    assert (command.reason, command.requested_by) == ("Unpaid", sysadmin)

    console.post(of(site, "unlock"), filled())
    assert not Site.objects.get().is_locked
    again = console.post(of(site, "unlock"), filled(), follow=True)
    assert "Nobody has locked it." in again.text


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("lock", {"reason": "Unpaid"}),
        ("unlock", {}),
        ("extend", {"days": 30}),
        ("watch", {}),
        ("rotate", {}),
        ("edit", {"name": "Kettle", "initial-name": "Corner", "grace_days": 7}),
        ("remove", {"again": "Corner"}),
    ],
)
def test_a_form_that_is_sent_twice_happens_once_and_is_told_the_same(console, act, fields):
    end = timezone.now().replace(microsecond=0) + timedelta(days=5)
    site = made(license_expires_at=end, is_active=True)
    if act == "unlock":
        sites.lock(site.site_id, reason="x", actor=None)
    before = AuditEvent.objects.count()
    same = {"initial-grace_days": "7", "is_active": "on", "initial-is_active": "True"}
    form = filled(**({**same, **fields} if act == "edit" else fields))

    first, second = (console.post(of(site, act), form, follow=True) for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 200)
    assert AuditEvent.objects.count() == before + 1
    told = [[str(each) for each in page.context["messages"]] for page in (first, second)]
    assert told[0] == told[1]
    if act == "extend":
        assert Site.objects.get().license_expires_at == end + timedelta(days=30)
    if act == "rotate":
        shown = [page.context["done"][0].secret_key for page in (first, second)]
        assert shown[0] == shown[1] != ""
        assert site.keys.count() == 1  # the one before was never used


def test_a_ticket_with_other_words_is_refused(console):
    site = made(license_expires_at=timezone.now() + timedelta(days=5))
    form = filled(days=30)
    console.post(of(site, "extend"), form, follow=True)
    end = Site.objects.get().license_expires_at
    page = console.post(of(site, "extend"), form | {"days": 60}, follow=True)
    assert Site.objects.get().license_expires_at == end
    assert [each.level_tag for each in page.context["messages"]] == ["error"]


def test_many_are_locked_and_each_is_told_of(console, sysadmin):
    one, two, three = made("One"), made("Two"), made("Three")
    sites.lock(two.site_id, reason="Before", actor=None)
    asked = console.post(LIST, {"action": "lock", "_selected_action": [one.pk, two.pk]})
    assert "2 sites" in asked.text
    foreseen = [(row["site"].name, row["is_refused"]) for row in asked.context["foreseen"]]
    assert foreseen == [("One", False), ("Two", True)]
    assert "It is locked already." in asked.text
    assert not Site.objects.get(pk=one.pk).is_locked

    form = sent("lock", [one, two], reason="Unpaid")
    told = console.post(LIST, form).text

    assert "1 done, 1 refused." in told
    assert "Two is locked already" in told
    locked = Site.objects.filter(is_locked=True).values_list("name", "lock_reason")
    assert set(locked) == {("One", "Unpaid"), ("Two", "Before")}
    assert not Site.objects.get(pk=three.pk).is_locked
    assert AuditEvent.objects.filter(action="site.locked", actor=sysadmin).count() == 1
    assert "1 done, 1 refused." in console.post(LIST, form).text
    assert Command.objects.count() == 2
    assert "2 done, 0 refused." in console.post(LIST, sent("unlock", [one, two])).text


def test_a_form_on_its_way_means_the_sites_it_names_whatever_the_list_shows_by_now(console):
    one, gone = made("One"), made("Gone")
    asked = {"action": "lock", "_selected_action": [one.pk, gone.pk]}
    console.post(f"{LIST}?status=active", asked)
    sites.delete(gone.site_id, actor=None)
    form = sent("lock", [one, gone], reason="x")

    first, again = (console.post(f"{LIST}?status=active", form).text for _ in range(2))

    for told in (first, again):
        assert "1 done, 1 refused." in told
    assert Command.objects.get().site == one


def test_licences_are_extended(console, sysadmin):
    end = timezone.now().replace(microsecond=0) + timedelta(days=5)
    one, two = made("One", license_expires_at=end), made("Two", license_expires_at=end)
    wrong = console.post(of(one, "extend"), filled(days=3, never="on"))
    assert "Say one" in wrong.text
    assert "2 done" in console.post(LIST, sent("extend", [one, two], days=30)).text
    ends = set(Site.objects.values_list("license_expires_at", flat=True))
    assert ends == {end + timedelta(days=30)}
    console.post(of(one, "extend"), filled(until="2032-01-02"))
    page = console.post(of(two, "extend"), filled(never="on"), follow=True)
    one.refresh_from_db()
    two.refresh_from_db()
    assert one.license_expires_at.isoformat() == "2032-01-02T23:59:59+00:00"
    assert two.license_expires_at is None
    assert "It does not end." in page.text
    more = console.post(of(two, "extend"), filled(days=30), follow=True)
    assert "The licence of Two does not end." in more.text
    assert Site.objects.get(pk=two.pk).license_expires_at is None
    assert AuditEvent.objects.filter(action="site.changed", actor=sysadmin).count() == 4


def test_keys_are_rotated_and_shown_once(console, sysadmin):
    one, two = made("One"), made("Two")
    assert one.keys.count() == 1
    page = console.post(LIST, sent("rotate", [one, two]))
    shown = [each.secret_key for each in page.context["done"]]
    assert len(set(shown)) == 2
    assert all(page.text.count(key) == 1 for key in shown)
    alone = console.post(of(one, "rotate"), filled())
    assert alone.context["done"][0].secret_key in alone.text
    assert AuditEvent.objects.filter(action="site.key_rotated", actor=sysadmin).count() == 3
    assert timedelta(days=7) == keys.OVERLAP  # as the page says


def test_a_site_is_watched_and_no_longer(console):
    site = made()
    console.post(of(site, "watch"), filled())
    assert Site.objects.get().watched_until > timezone.now() + timedelta(hours=23)
    console.post(of(site, "unwatch"), filled())
    assert Site.objects.get().watched_until is None


def test_a_site_is_changed_and_what_others_changed_meanwhile_stays(console, shop, other_shop):
    site = made(grace_days=7, owner_name="Ada", shop_ids=[shop.pk])
    page = console.get(of(site, "edit"))
    assert "Corner Café" in page.text
    sites.change(site.site_id, actor=None, fields={"grace_days": 14})
    form = filled(
        name="Kettle", owner_name="Ada", grace_days="7", is_active="on", shops=[str(shop.pk)],
        more_shops=f"{other_shop.name.upper()}\n\n", reason="Moved",
        **{"initial-name": "Corner", "initial-owner_name": "Ada", "initial-contact_email": "",
           "initial-grace_days": "7", "initial-is_active": "True"},
    )  # fmt: skip
    console.post(of(site, "edit"), form)

    site.refresh_from_db()
    assert (site.name, site.grace_days) == ("Kettle", 14)
    assert set(site.shops.all()) == {shop, other_shop}
    kept = {k: v for k, v in form.items() if k != "ticket"} | {
        "shops": [str(other_shop.pk)],
        "more_shops": "",
        "initial-name": "Kettle",
    }
    console.post(of(site, "edit"), filled(**kept))
    assert list(site.shops.all()) == [other_shop]
    assert escape(other_shop.name) in console.get(page_of(site)).text


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ("Nowhere", "No shop of this server is called Nowhere."),
        ("Twin", "Several shops are called Twin. Give the id of one:"),
        (str(uuid.UUID(int=7)), "No shop of this server is called 00000000"),
        ("", "Nothing is changed yet."),
    ],
)
def test_a_shop_that_cannot_be_told_is_refused_with_what_to_do(console, shop, named, sentence):
    type(shop).objects.update(name="Twin")
    type(shop).objects.create(name="Twin", owner=shop.owner)
    site = made()
    same = {"initial-name": "Corner", "initial-grace_days": "7", "initial-is_active": "True"}
    form = filled(name="Corner", grace_days="7", is_active="on", more_shops=named, **same)
    assert sentence in console.post(of(site, "edit"), form).text
    assert not site.shops.exists()


def test_a_site_is_deleted_by_who_writes_its_name(console, sysadmin):
    site = made()
    asked = console.get(of(site, "remove")).text
    assert "Its key opens no more" in asked
    assert "This is another name." in console.post(of(site, "remove"), filled(again="x")).text
    assert Site.objects.known().exists()

    page = console.post(of(site, "remove"), filled(again="Corner"), follow=True)

    assert page.redirect_chain == [(LIST, 302)]
    assert "Corner: It is deleted." in page.text
    assert not Site.objects.known().exists()
    assert AuditEvent.objects.get(action="site.deleted").actor == sysadmin
    assert console.get(of(site, "remove")).status_code == 404
    assert console.get(f"{LIST}{site.pk}/standing/").status_code == 404


def test_too_many_at_once_are_refused(console, monkeypatch):
    chosen = [made(str(number)) for number in range(3)]
    monkeypatch.setattr("licensing.views.MOST", 2)
    told = console.post(LIST, sent("lock", chosen, reason="x"), follow=True).text
    assert "At most 2 sites at once" in told
    assert not Command.objects.exists()


@pytest.mark.parametrize("who", ["owner", "cashier"])
def test_only_sysadmins_act(client, request, db, who):
    site = made()
    factories.signed_in(client, request.getfixturevalue(who))
    for act in ACTS:
        answer = client.post(of(site, act), filled(reason="x"), follow=True)
        assert answer.status_code == 403
    for page in (REGISTER, f"{LIST}table/", f"{LIST}{site.pk}/standing/"):
        assert client.get(page, follow=True).status_code == 403
    answer = client.post(LIST, sent("lock", [site], reason="x"), follow=True)
    assert answer.status_code == 403
    assert not Command.objects.exists()
    assert site.keys.count() == 1


def test_no_act_without_the_one_time_code_where_one_is_asked(client, sysadmin, settings):
    settings.REQUIRE_ADMIN_OTP = True
    site = made()
    factories.signed_in(client, sysadmin)
    for act in ACTS:
        answer = client.post(of(site, act), filled(reason="x"))
        assert answer.status_code == 302
        assert client.get(answer["Location"])["Location"].startswith(reverse("sign-in-code"))
    assert client.get(f"{LIST}{site.pk}/standing/").status_code == 302
    assert not Command.objects.exists()
