import json
from dataclasses import asdict
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Shop
from core.database import patient
from pos import books


class Command(BaseCommand):
    help = (
        "Prove every shop's books on live data: stock, orders, money, numbers, drawers, borders "
        "between shops, the trail. Says what it looked at and names the first row of each rule "
        "that does not hold; ends with 1 if there is one. Example: manage.py verify_books --json"
    )

    def add_arguments(self, parser):
        parser.add_argument("--shop", type=UUID, help="this shop's books only")
        parser.add_argument("--json", action="store_true", help="print all of it for a program")

    def handle(self, *, shop, **options):
        shops = Shop.objects.filter(pk=shop) if shop else Shop.objects.order_by("pk")
        if shop and not shops:
            raise CommandError(f"There is no shop {shop}. Nothing was proven.")
        with patient():  # a rule may read all of a shop's rows
            findings = {each: books.verify(shop_id=each.id) for each in shops}
        if options["json"]:
            self.stdout.write(json.dumps(described(findings), indent=1))
        else:
            self.tell(findings)
        wrong = [each for found in findings.values() for each in found if each.wrong]
        if wrong:
            rules = "1 rule is" if len(wrong) == 1 else f"{len(wrong)} rules are"
            raise CommandError(f"The books do not hold: {rules} broken.")

    def tell(self, findings):
        for shop, found in findings.items():
            rows = sum(each.looked for each in found)
            self.stdout.write(f"{shop} ({shop.id}): {len(found)} rules, {rows} rows.")
            for each in found:
                if each.wrong:
                    self.stdout.write(
                        self.style.ERROR(f"  BROKEN {each.name}: {each.wrong} of {each.looked}.")
                    )
                    self.stdout.write(f"    {each.rule} First: {each.sentence}.")
                else:
                    self.stdout.write(f"  {each.name:<32} {each.looked:>9}  {each.rule}")


def described(findings):
    shops = [
        {"shop_id": str(shop.id), "shop_name": str(shop), "rules": [asdict(each) for each in found]}
        for shop, found in findings.items()
    ]
    broken = sum(bool(each.wrong) for found in findings.values() for each in found)
    return {"ok": not broken, "broken": broken, "shops": shops}
