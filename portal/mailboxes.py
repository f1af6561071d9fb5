"""Mailboxes: where an e-mail arrives, however it is written."""

__all__ = ["of"]


def of(email: str) -> str:
    """The e-mail in lower case, without what follows a plus."""
    name, _at, domain = email.strip().lower().rpartition("@")
    return f"{name.partition('+')[0]}@{domain}"
