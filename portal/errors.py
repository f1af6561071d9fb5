"""Refusals of the portal."""

from core.errors import TooLarge

__all__ = ["FormTooLarge", "ReportTooLarge"]


class FormTooLarge(TooLarge):
    """More than anybody types into a form."""

    message = "The form is larger than 32 KiB. Shorten your text."


class ReportTooLarge(TooLarge):
    """More than a page has to say about one mistake."""

    message = "The report is larger than 16 KiB. Send less of the trace."
