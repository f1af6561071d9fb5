"""One-time codes: right ones once, wrong ones more and more slowly, in any number at once."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.utils import timezone

from accounts import authenticators, otp, sessions
from accounts.errors import NothingToConfirm, OtpInvalid, OtpRequired, OtpWrong, SecretUnreadable
from accounts.models import AuditEvent, Authenticator, AuthSession
from core.errors import TooMany
from tests import factories
from tests.accounts.codes.conftest import NOW, PATIENT, at_once, verify
from tests.factories import code_of

#: RFC 6238, appendix B, SHA-1: seconds and the code of eight digits; ours are its last six.
VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_codes_are_those_of_the_rfc(seconds, code, clock):
    clock.move_to(datetime.fromtimestamp(seconds, UTC))

    assert authenticators._step(RFC_SECRET, code[-6:]) == seconds // 30
    assert authenticators._step(RFC_SECRET, code) is None


def test_enrolling_tells_an_app_all_it_needs(owner, session, settings):
    settings.PROJECT_NAME = "Corner & Co: Till"

    made = otp.enrol(person=owner, session_id=session.pk)

    assert len(base64.b32decode(made.secret)) == 20
    uri = urlsplit(made.otpauth_uri)
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == "/Corner & Co: Till:olga"
    assert uri.path.count(":") == 1
    assert "+" not in uri.query
    assert parse_qs(uri.query) == {
        "secret": [made.secret], "issuer": ["Corner & Co: Till"], "algorithm": ["SHA1"],
        "digits": ["6"], "period": ["30"],
    }  # fmt: skip


def test_a_secret_counts_once_it_is_confirmed(owner, session):
    made = otp.enrol(person=owner, session_id=session.pk)
    assert not authenticators.is_enrolled(owner.pk)
    assert authenticators.pending(owner) == made
    with pytest.raises(OtpInvalid):
        verify(owner, code_of(made.secret))

    otp.confirm(person=owner, session_id=session.pk, code=code_of(made.secret))

    assert authenticators.is_enrolled(owner.pk)
    assert authenticators.pending(owner) is None
    assert otp.is_proven(session.pk)
    lines = AuditEvent.objects.filter(target_kind="authenticator", actor=owner)
    assert sorted(lines.values_list("action", flat=True)) == [
        "authenticator.confirmed",
        "authenticator.offered",
    ]


def test_a_secret_withdrawn_and_a_code_taken_are_in_the_trail(owner, session, secret):
    def written(action):
        return list(AuditEvent.objects.filter(action=action).values_list("target_id", flat=True))

    authenticators.withdraw(person=owner)
    assert written("authenticator.withdrawn") == []  # nothing waited
    authenticators.offer(person=owner)
    for _ in range(2):
        authenticators.withdraw(person=owner)
    assert written("authenticator.withdrawn") == [str(owner.pk)]

    code = code_of(secret)
    taken = [authenticators.take(user_id=owner.pk, code=code) for _ in range(2)]
    assert taken == [True, False]
    assert written("authenticator.used") == [str(owner.pk)]


def test_neither_the_database_nor_the_audit_holds_the_secret(owner, session):
    made = otp.enrol(person=owner, session_id=session.pk)
    row = Authenticator.objects.get()
    assert made.secret not in row.pending
    otp.confirm(person=owner, session_id=session.pk, code=code_of(made.secret))

    row.refresh_from_db()
    assert row.secret != "" == row.pending
    assert made.secret not in row.secret
    assert made.secret not in str(list(AuditEvent.objects.values()))


def test_another_persons_secret_in_ones_own_row_opens_nothing(owner, sysadmin, secret):
    factories.enrolled(sysadmin)
    copied = Authenticator.objects.get(user=owner).secret
    Authenticator.objects.filter(user=sysadmin).update(secret=copied)

    with pytest.raises(SecretUnreadable):
        verify(sysadmin, code_of(secret))


def test_the_code_that_confirmed_is_spent(owner, session, clock):
    made = otp.enrol(person=owner, session_id=session.pk)
    otp.confirm(person=owner, session_id=session.pk, code=code_of(made.secret))

    with pytest.raises(OtpInvalid):
        verify(owner, code_of(made.secret))
    clock.shift(30)
    verify(owner, code_of(made.secret))


def test_a_wrong_code_confirms_nothing_and_the_same_secret_can_be_tried_again(owner, session):
    made = otp.enrol(person=owner, session_id=session.pk)

    for wrong in ("000000", "", "12345", "\u0661\u0662\u0663\u0664\u0665\u0666"):
        with pytest.raises(OtpWrong):
            otp.confirm(person=owner, session_id=session.pk, code=wrong)

    assert not otp.is_proven(session.pk)
    otp.confirm(person=owner, session_id=session.pk, code=code_of(made.secret))
    assert authenticators.is_enrolled(owner.pk)


def test_a_secret_nobody_confirmed_in_an_hour_is_over(owner, session, clock):
    made = otp.enrol(person=owner, session_id=session.pk)
    clock.shift(timedelta(hours=1, seconds=1))

    assert authenticators.pending(owner) is None
    with pytest.raises(NothingToConfirm):
        otp.confirm(person=owner, session_id=session.pk, code=code_of(made.secret))


@pytest.mark.parametrize("seconds", [-30, 0, 30])
def test_a_clock_that_is_a_little_off_does_not_matter(owner, secret, seconds):
    verify(owner, code_of(secret, seconds))


@pytest.mark.parametrize("seconds", [-60, 60])
def test_a_clock_that_is_far_off_does(owner, secret, seconds):
    with pytest.raises(OtpInvalid):
        verify(owner, code_of(secret, seconds))


def test_a_code_is_taken_once_and_none_before_it_after(owner, secret, clock):
    verify(owner, code_of(secret, 30))

    for seconds in (30, 0, -30):
        with pytest.raises(OtpInvalid):
            verify(owner, code_of(secret, seconds))

    clock.shift(60)
    verify(owner, code_of(secret))


@pytest.mark.parametrize("typed", ["{0} {1}", " {0}{1} ", "{0}-{1}", "{0}\u00a0{1}"])
def test_what_people_put_between_the_digits_does_not_matter(owner, secret, typed):
    code = code_of(secret)

    verify(owner, typed.format(code[:3], code[3:]))


def guess(user, clock, until):
    """Go on guessing, waiting as told; answers how often, and each wait in seconds."""
    guesses, waits = 0, []
    while timezone.now() < until:
        try:
            verify(user, "000000")
        except OtpInvalid:
            guesses += 1
        except TooMany as refusal:
            waits.append(refusal.details["retry_after"])
            clock.shift(waits[-1])
    return guesses, waits


def test_who_goes_on_guessing_waits_longer_and_longer_but_not_forever(owner, secret, clock):
    guesses, waits = guess(owner, clock, until=NOW + timedelta(hours=23))

    assert waits[:9] == [5, 10, 20, 40, 80, 160, 320, 640, 900]
    assert set(waits[9:]) == {900}
    assert guesses < 110
    verify(owner, code_of(secret))  # after the last wait, a right one is right


def test_a_right_code_has_to_wait_too_and_right_ones_never_count(owner, secret, clock):
    for _ in range(7):
        verify(owner, code_of(secret))
        clock.shift(30)
    for _ in range(6):
        with pytest.raises(OtpInvalid):
            verify(owner, "000000")

    with pytest.raises(TooMany):
        verify(owner, code_of(secret))


def test_a_missing_code_is_no_guess(owner, secret):
    for _ in range(30):
        with pytest.raises(OtpInvalid):
            verify(owner, " - ")
    verify(owner, code_of(secret))


def test_replacing_the_app_takes_a_code_or_a_session_that_had_one(owner, session, secret):
    with pytest.raises(OtpRequired):
        otp.enrol(person=owner, session_id=session.pk)
    with pytest.raises(OtpWrong):
        otp.enrol(person=owner, session_id=session.pk, code="000000")
    assert authenticators.pending(owner) is None

    made = otp.enrol(person=owner, session_id=session.pk, code=code_of(secret))

    assert made.secret != secret
    assert otp.is_proven(session.pk)
    verify(owner, code_of(secret, 30))  # the old one counts until the new one is confirmed
    again = otp.enrol(person=owner, session_id=session.pk)
    with pytest.raises(OtpWrong):
        otp.confirm(person=owner, session_id=session.pk, code=code_of(made.secret))
    otp.confirm(person=owner, session_id=session.pk, code=code_of(again.secret))
    with pytest.raises(OtpInvalid):
        verify(owner, code_of(secret, 60))


def test_a_session_of_somebody_else_is_never_marked(owner, cashier, secret):
    theirs = sessions.begin(user=cashier)

    otp.prove(person=owner, session_id=theirs.pk, code=code_of(secret))

    assert not AuthSession.objects.filter(proven_at__isnull=False).exists()


# --- development ----------------------------------------------------------------------


def test_the_master_code_opens_in_development_only(owner, secret, settings):
    settings.DEV_MASTER_OTP = "246810"
    verify(owner, "246 810")
    verify(owner, "246810")

    settings.PRODUCTION = True
    with pytest.raises(OtpInvalid):
        verify(owner, "246810")


def test_there_is_no_master_code_unless_one_is_set(owner, settings):
    assert settings.DEV_MASTER_OTP == ""
    with pytest.raises(OtpInvalid):
        verify(owner, "")


def test_the_master_code_confirms_nothing(owner, session, settings):
    settings.DEV_MASTER_OTP = "246810"
    otp.enrol(person=owner, session_id=session.pk)

    with pytest.raises(OtpWrong):
        otp.confirm(person=owner, session_id=session.pk, code="246810")


def test_secrets_are_sealed_anew_with_the_first_key(owner, sysadmin, session, secret, settings):
    factories.enrolled(sysadmin)
    otp.enrol(person=owner, session_id=session.pk, code=code_of(secret))
    old = settings.CREDENTIAL_KEYS
    settings.CREDENTIAL_KEYS = ["new" * 12, *old]

    assert authenticators.reseal() == 3
    assert authenticators.reseal() == 0

    settings.CREDENTIAL_KEYS = ["new" * 12]
    verify(owner, code_of(secret, 30))


# --- many at once ---------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_eight_uses_of_one_code_at_once_one_succeeds(owner, secret, monkeypatch):
    monkeypatch.setattr(otp, "PACE", PATIENT)
    code = code_of(secret)

    assert at_once(8, lambda: verify(owner, code)) == {"done": 1, "OtpInvalid": 7}


@pytest.mark.django_db(transaction=True)
def test_with_the_limits_too_one_of_eight_succeeds(owner, secret):
    code = code_of(secret)

    came = at_once(8, lambda: verify(owner, code))

    assert came["done"] == 1
    assert came["OtpInvalid"] + came["TooMany"] == 7


@pytest.mark.django_db(transaction=True)
def test_of_eight_confirmations_at_once_one_succeeds(owner, session, monkeypatch):
    monkeypatch.setattr(otp, "PACE", PATIENT)
    made = otp.enrol(person=owner, session_id=session.pk)
    code = code_of(made.secret)

    came = at_once(8, lambda: otp.confirm(person=owner, session_id=session.pk, code=code))

    assert came["done"] == 1
    assert came["OtpWrong"] + came["NothingToConfirm"] == 7
