"""Who may speak: people, shops, memberships, devices, sessions and the audit trail."""

from accounts.models.devices import Device, PairingCode
from accounts.models.people import Preference, User
from accounts.models.sessions import (
    Authenticator,
    AuthSession,
    PasswordReset,
    RecoveryCode,
    RefreshToken,
)
from accounts.models.shops import Approval, Membership, Shop
from accounts.models.trail import PLATFORM, AuditChain, AuditEvent, AuditSeal

__all__ = [
    "PLATFORM",
    "Approval",
    "AuditChain",
    "AuditEvent",
    "AuditSeal",
    "AuthSession",
    "Authenticator",
    "Device",
    "Membership",
    "PairingCode",
    "PasswordReset",
    "Preference",
    "RecoveryCode",
    "RefreshToken",
    "Shop",
    "User",
]
