"""What the desk asks a person before it acts."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from licensing.models import Site

__all__ = ["Extend", "Lock", "Register", "Why"]

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


class Ahead(forms.Form):
    """A form with a day until when; it must be one that a licence may end on."""

    def clean_until(self) -> Any:
        day = self.cleaned_data["until"]
        if day is not None and day > (timezone.now() + LONGEST).date():
            raise forms.ValidationError("Nobody lives so long. Leave it empty if it never ends.")
        return day


class Register(Ahead):
    """A site to register."""

    name = _text("Name", longest=255)
    owner_name = _text("Owner", longest=255, required=False)
    contact_email = forms.EmailField(
        label="E-mail whom to write",
        required=False,
        max_length=254,
        widget=UnfoldAdminEmailInputWidget,
    )
    until = _day("The licence ends after", help_text="Empty: it does not end. Days end in UTC.")
    grace_days = forms.IntegerField(
        label="Days of grace without a line",
        min_value=0,
        max_value=366,
        initial=7,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    reason = _text(
        "Why", longest=500, required=False, help_text="For the audit, such as an invoice."
    )

    def fields_of_site(self) -> dict[str, Any]:
        """What ``sites.register`` wants."""
        names = ("name", "owner_name", "contact_email", "grace_days")
        fields = {name: self.cleaned_data[name] for name in names}
        return fields | {"license_expires_at": end_of(self.cleaned_data["until"])}


class Why(forms.Form):
    """Why something is done."""

    reason = _text(
        "Why", longest=500, required=False, help_text="For the audit, such as an invoice."
    )


class Lock(forms.Form):
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

    def end(self) -> Callable[[Site], datetime | None]:
        """When the licence of a site is to end."""
        days, fixed = self.cleaned_data["days"], end_of(self.cleaned_data["until"])

        def of(site: Site) -> datetime | None:
            if days is None:
                return fixed
            now = timezone.now()
            return max(site.license_expires_at or now, now) + timedelta(days=days)

        return of
