"""People, and how each of them likes to be told and helped."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from core import ids

# iexact compares UPPER(…), which the unique indexes on LOWER(…) cannot answer.
models.CharField.register_lookup(Lower)


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail or username, whatever the case."""

    def named(self, name: str) -> models.QuerySet["User"]:
        """People whose username or e-mail is ``name``; the username wins."""
        name = name.lower()
        return self.filter(Q(username__lower=name) | Q(email__lower=name)).order_by(
            models.Case(models.When(username__lower=name, then=0), default=1)
        )

    def get_by_natural_key(self, username: str | None) -> "User":
        found = self.named(username or "").first()
        if found is None:
            raise self.model.DoesNotExist
        return found


class User(AbstractBaseUser):
    """A person. ``role`` is what they may do on the platform; shops have memberships.

    Raising ``token_version`` ends every access token issued before.
    """

    class Role(models.TextChoices):
        USER = "user"
        DEV = "dev"
        SYSADMIN = "sysadmin"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    email = models.EmailField(max_length=254, blank=True)
    username = models.CharField(max_length=150, unique=True)
    name = models.CharField(max_length=255, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    organization = models.CharField(max_length=255, blank=True)
    role = models.CharField(max_length=20, choices=Role, default=Role.USER)
    is_active = models.BooleanField(default=True)
    is_verified = models.BooleanField(default=False)
    token_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    last_login_at = models.DateTimeField(null=True, blank=True)
    last_login = None

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_username_unique"),
            models.UniqueConstraint(
                Lower("email"), condition=~Q(email=""), name="user_email_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def is_staff(self) -> bool:
        """Only the vendor's sysadmins may open the console; no shop role ever does."""
        return self.is_active and self.role == self.Role.SYSADMIN

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_staff

    def has_perms(self, perm_list: list[str], obj: object = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class Preference(models.Model):
    """How a person likes to be told and helped: two objects that belong to their front end."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="preference"
    )
    notifications = models.JSONField(default=dict)
    automation = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Preferences of {self.user}"
