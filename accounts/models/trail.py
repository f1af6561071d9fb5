"""The audit trail, and the seals that show whether anybody changed it."""

from uuid import UUID

from django.db import models
from django.utils import timezone

from accounts.models.people import User
from accounts.models.shops import Shop
from core import ids


class AuditEvent(models.Model):
    """Who did what to what, from where. Append-only: the database refuses to change it."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    at = models.DateTimeField(default=timezone.now)
    shop = models.ForeignKey(
        Shop,
        on_delete=models.PROTECT,
        null=True,
        related_name="audit",
        db_index=False,
        db_constraint=False,
    )
    actor = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="acts", db_constraint=False
    )
    action = models.CharField(max_length=60)
    target_kind = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=64, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    address = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index("shop", "id", name="audit_of_shop"),  # its id rises with time
            models.Index("target_id", name="audit_of_target"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target_kind} {self.target_id}".strip()


#: The chain of the lines that belong to no shop; a shop's chain has the shop's id.
PLATFORM = UUID(int=0)


class AuditSeal(models.Model):
    """A line's place in its chain: an HMAC over the line and over the seal before it.

    ``address_digest`` stands for the line's address in that HMAC, so that the chain holds after
    the address was erased. Append-only. No constraint on ``event``: a copy of the database that
    has lost lines can be loaded, so that ``audit_verify`` names them.
    """

    event = models.OneToOneField(
        AuditEvent,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="seal",
        db_constraint=False,
    )
    chain = models.UUIDField()
    position = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    address_digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint("chain", "position", name="seal_position_unique_in_chain"),
        ]

    def __str__(self) -> str:
        return f"Seal {self.position} of {self.chain}"


class AuditChain(models.Model):
    """How far a chain reaches: its last seal, and the proof that nobody shortened it."""

    id = models.UUIDField(primary_key=True, editable=False)
    length = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    proof = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Chain {self.id}, {self.length} long"
