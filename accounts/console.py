"""The sysadmin's console: one door, one look. It decides nothing; the verbs do."""

import re
from typing import Any

from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db.models import Model
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import ModelAdmin, TabularInline
from unfold.sites import UnfoldAdminSite

from accounts import otp, sessions
from accounts.middleware import forget, session_id
from core.errors import DomainError

__all__ = ["ByVerbs", "Console", "ReadOnly", "ReadOnlyLines"]

#: The theme's scripts compile expressions, and it writes its colours into the page.
POLICY = {
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}
#: How Django's filters ask for a column, or for the row that it refers to.
ASKED = re.compile(r"(__id)?(__(exact|isnull|gte|lt))?\Z")


class Console(UnfoldAdminSite):
    """Django's admin for the vendor's sysadmins, who sign in where everybody does."""

    index_title = "Console"

    def has_permission(self, request: Any) -> bool:
        """Only sysadmins who have shown a one-time code where one is asked; no shop role ever."""
        sid = session_id(request)
        staff = request.user.is_authenticated and request.user.is_staff
        return bool(staff and sid is not None and not otp.is_due(sid))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Every page of the console, under the policy that the theme needs."""
        return csp_update(POLICY)(super().admin_view(view, cacheable))

    def login(self, request: Any, extra_context: Any = None) -> Any:
        """Send strangers to the one door, sysadmins to show a code; tell others they may not."""
        wanted = request.GET.get("next") or reverse("admin:index")
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated and request.user.is_staff:
            return redirect_to_login(wanted, reverse("sign-in-code"))
        if request.user.is_authenticated:
            raise PermissionDenied("The console is for the vendor's sysadmins.")
        return redirect_to_login(wanted, reverse("sign-in"))

    def logout(self, request: Any, extra_context: Any = None) -> Any:
        """End the session, on the server too."""
        sid = session_id(request)
        if sid is not None and request.method == "POST":
            sessions.end(session_id=sid, actor=request.user)
            forget(request)
        return redirect("sign-in")

    def password_change(self, request: Any, extra_context: Any = None) -> Any:
        """Passwords are changed by their verb, which ends sessions; never by Django's form."""
        messages.info(request, "A password is changed in the account, not in the console.")
        return redirect("admin:index")


class ReadOnly(ModelAdmin):
    """Rows to look at: nothing is added, changed or deleted here."""

    show_full_result_count = False
    list_per_page = 50

    def lookup_allowed(self, lookup: str, value: Any, request: Any) -> bool:
        """What an address may ask for: what the filters beside the list ask for.

        Whatever else Django would look up shows nothing that a person needs, may fail, may take
        for ever, and answers questions about columns that nobody is shown.
        """
        filters = self.get_list_filter(request)
        own = [each.parameter_name for each in filters if hasattr(each, "parameter_name")]
        return ASKED.sub("", lookup) in {*own, *(each for each in filters if type(each) is str)}

    def changelist_view(self, request: Any, extra_context: Any = None) -> Any:
        """The list. Keys that are none, and times beyond all time, are a bad request."""
        key = self.model._meta.pk
        try:
            for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
                key.to_python(chosen)
            return super().changelist_view(request, extra_context)
        except (ValidationError, OverflowError) as problem:
            raise BadRequest(str(problem)) from None

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False


class ReadOnlyLines(TabularInline):
    """Rows of another row, to look at."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False


class ByVerbs(ReadOnly):
    """Rows that a verb changes: it checks, audits and tells; its refusal becomes a message."""

    #: Fields a sysadmin may edit; the others are shown.
    editable: tuple[str, ...] = ()

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)

    def get_readonly_fields(self, request: Any, obj: Any = None) -> list[str]:
        return [name for name in self.get_fields(request, obj) if name not in self.editable]

    def change(self, row: Any, fields: dict[str, Any], actor: Any) -> None:
        """Call the verb with the fields that were edited."""
        raise NotImplementedError

    def save_model(self, request: Any, obj: Model, form: Any, change: bool) -> None:
        edited = {name: form.cleaned_data[name] for name in form.changed_data}
        if edited:
            self.change(obj, edited, request.user)

    def changeform_view(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DomainError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(request.path)

    def log_change(self, request: Any, obj: Any, message: Any) -> None:
        """The verb has written it into the audit."""
