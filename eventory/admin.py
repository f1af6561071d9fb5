"""The console's page of logins: whose they are, never what opens them."""

from django.contrib import admin

from accounts.console import ReadOnly
from eventory.models import Login


@admin.register(Login)
class LoginAdmin(ReadOnly):
    """Logins at Eventory that people keep with us."""

    list_display = ["label", "owner", "username", "is_readable", "token_expires_at", "updated_at"]
    list_select_related = ["owner"]
    search_fields = ["label", "username", "owner__username", "owner__email", "=id"]
    ordering = ["-updated_at"]
    fields = [
        "id", "owner", "label", "username", "color", "is_readable", "unreadable_since",
        "token_expires_at", "created_at", "updated_at",
    ]  # fmt: skip
    readonly_fields = ["id", "is_readable"]

    @admin.display(description="password", boolean=True)
    def is_readable(self, row: Login) -> bool:
        """Whether a key of ours still opens the password, as ``rotate_credentials`` found."""
        return row.unreadable_since is None
