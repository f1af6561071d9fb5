"""What the database itself sees to about sites."""

import pytest
from django.db import IntegrityError, connection, transaction

from licensing.models import Alert, Command, Site, SiteContact


@pytest.fixture
def site(db):
    return Site.objects.create(name="Corner")


def test_a_site_has_one_pending_command(site):
    Command.objects.create(site=site, kind="lock")

    with pytest.raises(IntegrityError), transaction.atomic():
        Command.objects.create(site=site, kind="unlock")


def test_a_site_has_one_open_alert_and_the_fleet_one_incident(site):
    Alert.objects.create(site=site, kind="late", message="Corner is late.")
    Alert.objects.create(kind="incident", message="Many are late.")

    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(site=site, kind="offline", message="Corner is offline.")
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(kind="incident", message="Many are late.")


def test_nothing_that_a_heartbeat_writes_has_an_index(db):
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, SiteContact._meta.db_table)
    indexed = {
        column
        for one in found.values()
        if one["index"] or one["unique"]
        for column in one["columns"]
    }

    assert indexed <= {"site_id"}
