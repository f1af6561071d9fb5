"""What visitors send over the public forms, and what everybody is answered."""

from typing import Annotated, Any

import msgspec

from core.structs import Line

__all__ = [
    "Contact", "Form", "InvestorInterest", "PilotRequest", "Received", "Report", "UserChange",
    "Waitlist",
]  # fmt: skip

Email = Annotated[Line, msgspec.Meta(max_length=254)]
Words = Annotated[Line, msgspec.Meta(max_length=255)]
Phone = Annotated[Line, msgspec.Meta(max_length=40)]
Short = Annotated[Line, msgspec.Meta(max_length=120)]
MOST_AMOUNT = 120

#: Several lines; a database keeps no NUL, and the other signs of old terminals say nothing.
Text = Annotated[
    str, msgspec.Meta(max_length=5000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*\Z")
]


class Form(msgspec.Struct, kw_only=True):
    """What every form may bring. Other keys are ignored: front ends of others send extras.

    ``website`` and ``honeypot`` are fields that people do not see and leave empty; ``started``
    is what our own pages were given when they were opened.
    """

    email: Email
    name: Words = ""
    source: Words = ""
    website: Any = None
    honeypot: Any = None
    started: Any = None

    def fields(self) -> dict[str, str]:
        """What a lead is made of."""
        return {"email": self.email, "name": self.name, "source": self.source}


class Waitlist(Form, kw_only=True):
    """Who wants to hear when it is their turn."""


class Contact(Form, kw_only=True):
    """Who has a question: a message of 10 characters or more."""

    name: Words
    message: Text
    company: Words = ""
    phone: Phone = ""
    topic: Short = ""

    def fields(self) -> dict[str, str]:
        """What a lead is made of."""
        own = {"message": self.message, "company": self.company, "phone": self.phone}
        return super().fields() | own | {"topic": self.topic}


class InvestorInterest(Form, kw_only=True):
    """Who wants to invest; ``amount`` is free, a number or words."""

    name: Words
    amount: Any = ""
    note: Text = ""

    def fields(self) -> dict[str, str]:
        """What a lead is made of."""
        return super().fields() | {"amount": self.words(), "message": self.note}

    def words(self) -> str:
        """The amount, whatever kind of value it is."""
        signs = (sign if sign.isprintable() else " " for sign in str(self.amount)[:MOST_AMOUNT])
        return "".join(signs)


class PilotRequest(Form, kw_only=True):
    """Who wants to try it in their restaurant; ``use_case`` has 5 characters or more."""

    name: Words
    org: Words
    use_case: Text

    def fields(self) -> dict[str, str]:
        """What a lead is made of."""
        return super().fields() | {"company": self.org, "message": self.use_case}


class Received(msgspec.Struct):
    """The one answer to every form."""

    status: str
    message: str


class Report(msgspec.Struct, kw_only=True):
    """What went wrong in a browser; other keys are kept out of the log."""

    message: Any = ""
    stack: Any = ""
    url: Any = ""
    source: Any = ""
    line: Any = ""
    column: Any = ""
    level: Any = ""
    release: Any = ""


class UserChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the developer console changes about a person."""

    role: str = ""
    is_active: Any = None
