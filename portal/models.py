"""Leads: who wrote to us over a public form, and what became of it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from core import ids


class Lead(models.Model):
    """What somebody sent over one of the public forms; the same again only counts ``repeats``.

    ``message`` is what they wrote, whatever their form calls it. ``spam_score`` is 0 to 100, and
    ``spam_reasons`` says what it is made of. ``ack_due_at`` is when a letter is to say that it
    arrived; ``None``: never, or it was sent.
    """

    class Kind(models.TextChoices):
        WAITLIST = "waitlist", "Waitlist"
        CONTACT = "contact", "Contact"
        INVESTOR_INTEREST = "investor_interest", "Investor"
        PILOT_REQUEST = "pilot_request", "Pilot request"

    class Status(models.TextChoices):
        NEW = "new", "New"
        CONTACTED = "contacted", "Contacted"
        WON = "won", "Won"
        LOST = "lost", "Lost"
        SPAM = "spam", "Spam"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    kind = models.CharField(max_length=20, choices=Kind)
    email = models.EmailField(max_length=254)
    mailbox = models.CharField(
        max_length=254, help_text="The e-mail in lower case, without what follows a plus."
    )
    name = models.CharField(max_length=255, blank=True)
    company = models.CharField(max_length=255, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    topic = models.CharField(max_length=120, blank=True)
    amount = models.CharField(max_length=120, blank=True)
    message = models.TextField(max_length=5000, blank=True)
    source = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.NEW)
    owner = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="leads"
    )
    spam_score = models.PositiveSmallIntegerField(default=0)
    spam_reasons = models.JSONField(default=list, blank=True)
    address = models.GenericIPAddressField(
        null=True, blank=True, help_text="Where it came from; erased after 30 days."
    )
    fingerprint = models.BinaryField(
        max_length=32, unique=True, editable=False, help_text="Of what was sent, to know it again."
    )
    repeats = models.PositiveIntegerField(default=0, help_text="How often the same came again.")
    created_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now, help_text="When it last came.")
    ack_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    ack_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    acked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="lead_spam_score_to_100", condition=Q(spam_score__lte=100)),
        ]
        indexes = [
            models.Index("kind", "id", name="lead_of_kind"),
            models.Index("mailbox", name="lead_of_mailbox"),
            models.Index("last_at", name="lead_by_time"),
            models.Index("ack_due_at", condition=~Q(ack_due_at=None), name="lead_unanswered"),
            models.Index("id", condition=~Q(address=None), name="lead_with_address"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name or self.email}"
