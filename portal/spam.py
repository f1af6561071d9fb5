"""Spam: how much of a form's text looks like nobody who wants to talk to us wrote it.

Pure and cheap, the same work for every text; a person can always decide otherwise.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["QUICKEST", "SPAM", "Verdict", "judge"]

#: From this score on it is spam.
SPAM = 60
MOST = 100

#: Nobody fills a form in fewer seconds.
QUICKEST = 2.0

LINK = re.compile(r"(?i)\b(?:https?://|www\.)|\b[a-z0-9-]+\.(?:ru|xyz|top|click|shop|icu)/")
MARKUP = re.compile(r"(?i)<a\s|\[url|\[/?link|<script|</?(?:iframe|img|div)\b")
SALES = re.compile(
    r"(?i)\b(?:back\s?links?|casino|viagra|cialis|porn|crypto (?:signals|investment)|forex|"
    r"seo (?:services?|experts?|agency|packages?)|guest posts?|page one of google|"
    r"payday loans?|escorts?|weight loss|email lists?|buy followers)\b"
)
DISPOSABLE = frozenset(
    {
        "10minutemail.com", "guerrillamail.com", "mailinator.com", "sharklasers.com",
        "tempmail.com", "temp-mail.org", "throwawaymail.com", "trashmail.com", "yopmail.com",
    }
)  # fmt: skip


class Verdict(NamedTuple):
    """0 to 100, and what it is made of."""

    score: int
    reasons: list[str]

    @property
    def is_spam(self) -> bool:
        return self.score >= SPAM


def judge(
    fields: Mapping[str, str], *, trapped: bool = False, seconds: float | None = None
) -> Verdict:
    """Weigh what was sent. ``trapped``: a field that no person sees was filled in.

    ``seconds`` is how long the form was open; ``None``: nobody knows.
    """
    said = " ".join(value for name, value in fields.items() if name not in ("email", "message"))
    message = fields.get("message", "")
    links = len(LINK.findall(message))
    domain = fields.get("email", "").rpartition("@")[2].lower()
    letters = [sign for sign in message if sign.isalpha()]
    loud = len(letters) > 30 and sum(sign.isupper() for sign in letters) > 0.7 * len(letters)
    weights = {
        "honeypot filled in": MOST * trapped,
        "filled in too fast": 60 * (seconds is not None and seconds < QUICKEST),
        "link where no link belongs": 60 * bool(LINK.search(said) or MARKUP.search(said)),
        "markup in the text": 60 * bool(MARKUP.search(message)),
        "many links": 40 * (links > 1) + 20 * (links > 3),
        "one link": 15 * (links == 1),
        "words of mass mailings": 45 * bool(SALES.search(f"{said} {message}")),
        "throw-away mailbox": 30 * (domain in DISPOSABLE),
        "all capitals": 20 * loud,
    }
    reasons = [reason for reason, weight in weights.items() if weight]
    return Verdict(min(MOST, sum(weights.values())), reasons)
