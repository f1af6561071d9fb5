"""Files in the bodies of requests, as plain bytes among the other fields."""

from typing import Any

from rest_framework import parsers

from core import parsing
from core.errors import Invalid, TooLarge

#: The most that a file may have, in bytes, and what a form needs around it.
MOST = 5 * 1024 * 1024
FRAME = 64 * 1024


class FormParser(parsers.MultiPartParser):
    """A multipart form as a plain object: files are bytes, keys in snake_case, each once."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Read the form. Raises ``TooLarge`` beyond ``MOST``, ``Invalid`` for what is no form."""
        length = parser_context["request"].META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length[:20]) > MOST + FRAME:
            raise TooLarge("The file is larger than 5 MB. Send a smaller one.")
        found = super().parse(stream, media_type, parser_context)
        try:
            fields = _each_once([*found.data.lists(), *found.files.lists()])
        finally:
            for sent in (one for _, files in found.files.lists() for one in files):
                sent.close()
        return parsing.snake(fields)


def _each_once(sent: list[tuple[str, list[Any]]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key, (first, *more) in sent:
        if more or key in fields:
            raise parsing.DuplicateKey(errors={key: ["This key came twice. Send it once."]})
        if "\0" in key or (type(first) is str and "\0" in first):
            raise parsing.BadText
        fields[key] = first if type(first) is str else first.read()
    return fields


class CsvParser(parsers.BaseParser):
    """A bare CSV file, as the form's field ``file``."""

    media_type = "text/csv"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Read the file. Raises ``TooLarge``."""
        return {"file": parsing.read(parser_context["request"]._request)}


def file(data: Any, name: str) -> bytes:
    """The file of this name. Raises ``Invalid`` without one."""
    found = data.get(name) if type(data) is dict else None
    if type(found) is not bytes or not found:
        raise Invalid(errors={name: ["Send a file under this name."]})
    return found
