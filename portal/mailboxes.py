"""Mailboxes: where an e-mail arrives, however it is written."""

import re

__all__ = ["is_one", "of"]

#: A name as mailboxes have it: nothing quoted, no letters of other scripts.
NAME = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
LONGEST = 254


def is_one(email: str) -> bool:
    """Whether a letter can be sent there, and is read there as it is written here.

    Quotes and encoded words (``=?utf-8?q?…?=``) are other spellings of somebody's name: who may
    use them sends as many letters to one mailbox as there are spellings.
    """
    name, _at, domain = email.rpartition("@")
    plain = NAME.fullmatch(name.lower()) and name.isascii() and "=?" not in name
    return bool(plain and len(email) <= LONGEST and DOMAIN.fullmatch(_ascii(domain)))


def of(email: str) -> str:
    """The e-mail in lower case, without what follows a plus, its domain in ASCII."""
    name, _at, domain = email.strip().lower().rpartition("@")
    return f"{name.partition('+')[0]}@{_ascii(domain) or domain}"


def _ascii(domain: str) -> str:
    """The domain as it is asked for; ``""``: it cannot be."""
    try:
        return domain.encode("idna").decode().lower()
    except UnicodeError:
        return ""
