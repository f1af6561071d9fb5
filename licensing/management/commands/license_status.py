import json
from datetime import timedelta

from django.core.management.base import BaseCommand
from django.utils import timezone

from licensing import licences, policy
from licensing.management.commands.heartbeat import refuse_without_site

WORDS = {
    None: "in order",
    "locked": "locked by the vendor",
    "inactive": "put out of use by the vendor",
    "expired": "the licence has ended",
    "grace_over": "out of contact for too long",
    "restored": "an older state came back, or another site's, so it must check in first",
    "expires": "the licence ends soon",
    "silent": "out of contact, and grace runs",
}


class Command(BaseCommand):
    help = (
        "Say how this site's licence stands (role shop). Ends with 1 if new orders are refused. "
        "Example: manage.py license_status --json"
    )

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="print it for a program")

    def handle(self, **options):
        refuse_without_site()
        kept, now = licences.here(), timezone.now()
        stands = policy.at_home(kept, now)
        sells = policy.allows(stands.state, policy.Action.NEW_ORDER)
        facts = {
            "site_id": str(kept.site_id),
            "state": stands.state,
            "cause": stands.cause,
            "until": said(stands.until),
            "sells": sells,
            "lock_reason": kept.lock_reason,
            "license_expires_at": said(kept.license_expires_at),
            "seq": kept.seq,
            "accepted_at": said(kept.accepted_at),
            "grace_ends_at": said(kept.heard_at + timedelta(seconds=kept.grace_seconds)),
            "run_seconds": round(kept.run_seconds),
            "clock_turned_back_seconds": kept.turned_back_seconds,
            "tried_at": said(kept.tried_at),
            "failures": kept.failures,
            "refused": kept.refused,
            "problem": kept.problem,
        }
        if options["json"]:
            self.stdout.write(json.dumps(facts))
        else:
            self.tell(facts, WORDS[stands.cause])
        if not sells:
            raise SystemExit(1)

    def tell(self, facts, words):
        style = self.style.SUCCESS if facts["sells"] else self.style.ERROR
        self.stdout.write(style(f"This site is {facts['state']}: {words}."))
        shown = {
            "reason": facts["lock_reason"],
            "licence ends": facts["license_expires_at"] or "never",
            "last verdict": f"{facts['seq']}, accepted {facts['accepted_at'] or 'never'}",
            "grace ends": facts["grace_ends_at"],
            "clock behind by": facts["clock_turned_back_seconds"]
            and f"{facts['clock_turned_back_seconds']} seconds",
            "check-ins that failed since": facts["failures"]
            and f"{facts['failures']}, the last: {facts['problem']}",
            "answers that were no verdict": facts["refused"],
        }
        for name, value in shown.items():
            if value:
                self.stdout.write(f"  {name}: {value}")


def said(moment):
    return moment and moment.isoformat(timespec="seconds").replace("+00:00", "Z")
