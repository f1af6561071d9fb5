"""The tills, kiosks and screens of a shop, and the codes that pair them."""

from django.db import models

from accounts.models.shops import Shop
from core import ids


class Device(models.Model):
    """A till, kiosk or screen that a shop has paired. Its token is kept as a digest."""

    class Kind(models.TextChoices):
        TILL = "till"
        KIOSK = "kiosk"
        KDS = "kds"
        BOARD = "board"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="devices")
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=120)
    token_digest = models.BinaryField(max_length=32, null=True, unique=True, editable=False)
    paired_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    service_mode = models.BooleanField(default=False)
    service_message = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class PairingCode(models.Model):
    """Pairs a device, once and within minutes. Only a digest with the server's key is kept."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="pairing_codes")
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Pairing code of {self.device}"
