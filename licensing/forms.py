"""What the desk asks a person before it acts."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from core.errors import Invalid
from licensing import desk
from licensing.models import Site

__all__ = ["Change", "Extend", "Lock", "Register", "Remove", "Why"]

LONGEST = timedelta(days=36_500)


def _text(label: str, *, longest: int, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=longest, widget=UnfoldAdminTextInputWidget, **options
    )


def _day(label: str, **options: Any) -> forms.DateField:
    shown = UnfoldAdminTextInputWidget(attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=shown, **options)


def end_of(day: Any) -> datetime | None:
    """The last second of a day in UTC; no day is no end."""
    return None if day is None else datetime.combine(day, time(23, 59, 59), UTC)


class Asked(forms.Form):
    """A form about a site, if it is about one only."""

    def __init__(self, *args: Any, site: Site | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.site = site


class Ahead(Asked):
    """A form with a day until when; it must be one that a licence may end on."""

    def clean_until(self) -> Any:
        day = self.cleaned_data["until"]
        if day is not None and day > (timezone.now() + LONGEST).date():
            raise forms.ValidationError("Nobody lives so long. Leave it empty if it never ends.")
        return day


class Facts(Asked):
    """Who a site is, and whom to write."""

    name = _text("Name", longest=255)
    owner_name = _text("Owner", longest=255, required=False)
    contact_email = forms.EmailField(
        label="E-mail whom to write",
        required=False,
        max_length=254,
        widget=UnfoldAdminEmailInputWidget,
    )
    grace_days = forms.IntegerField(
        label="Days of grace without a line",
        min_value=0,
        max_value=366,
        initial=7,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="So long it sells on after it was last heard of.",
    )


class Why(Asked):
    """Why something is done."""

    reason = _text(
        "Why", longest=500, required=False, help_text="For the audit, such as an invoice."
    )


class Register(Facts, Ahead):
    """A site to register."""

    until = _day("The licence ends after", help_text="Empty: it does not end. Days end in UTC.")
    reason = Why.base_fields["reason"]

    def fields_of_site(self) -> dict[str, Any]:
        """What ``sites.register`` wants."""
        names = ("name", "owner_name", "contact_email", "grace_days")
        fields = {name: self.cleaned_data[name] for name in names}
        return fields | {"license_expires_at": end_of(self.cleaned_data["until"])}


class Lock(Asked):
    """Why a site is locked."""

    reason = _text("Why", longest=500, help_text="The people at the counter will read it.")


class Extend(Ahead):
    """Until when a licence holds: one of three."""

    days = forms.IntegerField(
        label="So many days more",
        required=False,
        min_value=1,
        max_value=36_500,
        help_text="From the end of the licence, or from now where it has ended.",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    until = _day("Or it ends after", help_text="Days end in UTC.")
    never = forms.BooleanField(
        label="Or it does not end", required=False, widget=UnfoldBooleanWidget
    )
    reason = Why.base_fields["reason"]

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        given = [name for name in ("days", "until", "never") if found.get(name)]
        if not self.errors and len(given) != 1:
            raise forms.ValidationError("Say one: so many days, a day, or that it does not end.")
        return found

    def end(self) -> dict[str, Any]:
        """What ``sites.extend`` wants."""
        return {"days": self.cleaned_data["days"], "until": end_of(self.cleaned_data["until"])}


class Change(Facts):
    """What a site is, and which shops of this server belong to it; only what differs is changed."""

    is_active = forms.BooleanField(
        label="In use",
        required=False,
        widget=UnfoldBooleanWidget,
        help_text="A site that is not in use is told that it is not licensed.",
    )
    shops = forms.MultipleChoiceField(
        label="Shops on this server",
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="They are locked and unlocked with the site, at once.",
    )
    more_shops = forms.CharField(
        label="Add shops",
        required=False,
        max_length=20_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text="Name or id, one a line.",
    )
    reason = Why.base_fields["reason"]

    field_order = [
        "name", "owner_name", "contact_email", "grace_days", "is_active", "shops", "more_shops",
    ]  # fmt: skip

    def __init__(self, *args: Any, site: Site, **options: Any) -> None:
        shops = list(site.shops.order_by("name", "pk").values_list("pk", "name"))
        initial = {name: getattr(site, name) for name in (*Facts.base_fields, "is_active")}
        initial |= {"shops": [str(pk) for pk, _ in shops]}
        super().__init__(*args, site=site, initial=initial, **options)
        chosen: Any = self.fields["shops"]
        chosen.choices = [(str(pk), f"{name} ({pk})") for pk, name in shops]
        for name in (*Facts.base_fields, "is_active"):
            # so that what somebody else changed meanwhile is left alone
            self.fields[name].show_hidden_initial = True
        if not shops:
            del self.fields["shops"]

    def clean_more_shops(self) -> list[Any]:
        try:
            return desk.shops_named(self.cleaned_data["more_shops"].splitlines())
        except Invalid as refusal:
            raise forms.ValidationError(str(refusal)) from None

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if not self.errors and not self.fields_of_site():
            raise forms.ValidationError("Nothing is changed yet.")
        return found

    def fields_of_site(self) -> dict[str, Any]:
        """What ``sites.change`` wants: what differs from what the page showed."""
        plain = (*Facts.base_fields, "is_active")
        fields = {n: self.cleaned_data[n] for n in plain if n in self.changed_data}
        if {"shops", "more_shops"} & set(self.changed_data):
            kept = self.cleaned_data.get("shops", [])
            fields["shop_ids"] = {*kept, *map(str, self.cleaned_data["more_shops"])}
        return fields


class Remove(Asked):
    """A site is taken off the desk: whoever does it writes its name."""

    again = _text("Write the name of the site", longest=255)
    reason = Why.base_fields["reason"]

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if self.site is None or again.strip() != self.site.name.strip():
            raise forms.ValidationError("This is another name. Write it as it stands above.")
        return again
