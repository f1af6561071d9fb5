"""``python -m bench.fill_screens N``: a shop with N screens signed in; prints its id and tokens."""

import json
import os
import sys
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts import sessions, shops, tokens  # noqa: E402
from accounts.models import User  # noqa: E402


def main() -> None:
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        owner = User.objects.create(username="owner")
        shop = shops.create(owner=owner, name="Shop", actor=owner)
        print(json.dumps({"id": str(shop.pk), "tokens": [token(owner) for _ in range(screens)]}))


def token(user: User) -> str:
    session, hour = sessions.begin(user=user), timedelta(hours=1)
    return tokens.issue(session=session, role=user.role, at=timezone.now(), lives=hour).token


screens = int(sys.argv[1])
main()
