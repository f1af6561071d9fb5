"""What people keep with us of Eventory: their logins, sealed."""

from django.db import models

from core import ids


class Login(models.Model):
    """Somebody's login at Eventory.

    ``secret`` is the password, ``token`` the access token that Eventory gave for it: both sealed
    for this owner and this row (``accounts.vault``). ``unreadable_since``: no key of ours opens
    the password any more; entering it anew heals the row.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    owner = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, related_name="eventory_logins"
    )
    label = models.CharField(max_length=120)
    username = models.CharField(max_length=255)
    color = models.CharField(max_length=32, blank=True)
    secret = models.TextField()
    token = models.TextField(blank=True)
    token_expires_at = models.DateTimeField(null=True, blank=True)
    unreadable_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="login_token_has_an_end",
                condition=models.Q(token="", token_expires_at=None)
                | (~models.Q(token="") & models.Q(token_expires_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.label
