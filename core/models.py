"""What every part needs remembered."""

from django.db import models
from django.utils import timezone


class IdempotencyKey(models.Model):
    """The answer a request was given, kept so that a repeat gets the same bytes."""

    pk = models.CompositePrimaryKey("principal", "route", "key")
    principal = models.CharField(max_length=64)
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.route} {self.key}"


class Job(models.Model):
    """When a periodic job is due, and until when the worker that runs it holds it."""

    name = models.CharField(max_length=60, primary_key=True)
    due_at = models.DateTimeField()
    held_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    ran_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
