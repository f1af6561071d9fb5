"""Recovery codes: shown once, each stands in once, and all end with the app they stand in for."""

import pytest

from accounts import authenticators, otp, recovery_codes, sessions
from accounts.errors import NotEnrolled, OtpInvalid, OtpRequired
from accounts.models import AuditEvent, AuthSession, RecoveryCode
from tests import factories
from tests.accounts.codes.conftest import NOW, PATIENT, at_once, verify
from tests.factories import code_of


@pytest.fixture
def codes(owner, session, secret):
    AuthSession.objects.filter(pk=session.pk).update(proven_at=NOW)
    return otp.renew_recovery_codes(person=owner, session_id=session.pk)


def test_recovery_codes_are_shown_once_and_stand_in_once(owner, codes):
    assert len(set(codes)) == 10
    assert {len(code) for code in codes} == {19}
    assert {len(bytes(row.digest)) for row in RecoveryCode.objects.all()} == {32}

    verify(owner, codes[0])
    verify(owner, codes[1].replace("-", "").lower())
    for used in codes[:2]:
        with pytest.raises(OtpInvalid):
            verify(owner, used)

    assert recovery_codes.left(owner.pk) == 8
    used = AuditEvent.objects.filter(action="recovery_code.used").order_by("at")
    assert [line.after for line in used] == [{"left": 9}, {"left": 8}]


def test_recovery_codes_of_others_open_nothing(sysadmin, codes):
    factories.enrolled(sysadmin)

    with pytest.raises(OtpInvalid):
        verify(sysadmin, codes[0])
    assert RecoveryCode.objects.filter(used_at=None).count() == 10


def test_new_recovery_codes_void_those_before(owner, session, codes):
    anew = otp.renew_recovery_codes(person=owner, session_id=session.pk)

    with pytest.raises(OtpInvalid):
        verify(owner, codes[0])
    verify(owner, anew[0])
    assert AuditEvent.objects.filter(action="recovery_codes.renewed", actor=owner).count() == 2


def test_a_new_app_voids_the_recovery_codes(owner, session, codes):
    made = otp.enrol(person=owner, session_id=session.pk)
    otp.confirm(person=owner, session_id=session.pk, code=code_of(made.secret))

    assert recovery_codes.left(owner.pk) == 0


def test_recovery_codes_take_an_app_and_a_code(owner, cashier, session, secret):
    theirs = sessions.begin(user=cashier)
    with pytest.raises(NotEnrolled):
        otp.renew_recovery_codes(person=cashier, session_id=theirs.pk)
    with pytest.raises(OtpRequired):
        otp.renew_recovery_codes(person=owner, session_id=session.pk)
    assert not RecoveryCode.objects.exists()

    otp.renew_recovery_codes(person=owner, session_id=session.pk, code=code_of(secret))


def test_a_lost_app_is_taken_away_with_all_it_proved(owner, sysadmin, session, codes):
    assert otp.forget(user_id=owner.pk, actor=sysadmin) is True

    assert not authenticators.is_enrolled(owner.pk)
    assert not RecoveryCode.objects.exists()
    assert not otp.is_proven(session.pk)
    assert AuditEvent.objects.get(action="authenticator.forgotten").actor == sysadmin
    assert otp.forget(user_id=owner.pk, actor=sysadmin) is False


# --- many at once ---------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_eight_uses_of_one_recovery_code_at_once_one_succeeds(owner, codes, monkeypatch):
    monkeypatch.setattr(otp, "PACE", PATIENT)

    assert at_once(8, lambda: verify(owner, codes[0])) == {"done": 1, "OtpInvalid": 7}
    assert recovery_codes.left(owner.pk) == 9


@pytest.mark.django_db(transaction=True)
def test_recovery_codes_made_twice_at_once_leave_one_set(owner, session, codes):
    def renew():
        otp.renew_recovery_codes(person=owner, session_id=session.pk)

    assert at_once(4, renew) == {"done": 4}
    assert RecoveryCode.objects.count() == 10
