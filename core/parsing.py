"""The strict parser that every body passes before anything else looks at it.

UTF-8 JSON of at most 1 MiB and 64 levels; no key twice (``shopName`` and ``shop_name`` are the
same key, and may both come if they agree), no NUL, no lone surrogates, no ``NaN``; numbers are
``int`` or ``Decimal``, never ``float``. An integer field then takes a JSON integer only: see
``core.structs``.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, QueryDict, UnreadablePostError
from rest_framework import parsers

from core.errors import Invalid, TooLarge, UnsupportedMedia
from core.structs import Exact, Line, convert

__all__ = [
    "FREE_FORM",
    "MAX_BYTES",
    "MAX_DEPTH",
    "BadJSON",
    "DuplicateKey",
    "Exact",
    "FormParser",
    "Line",
    "MultiPartParser",
    "StrictJSONParser",
    "convert",
    "loads",
    "read",
    "snake",
]

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64

#: Keys of objects whose own keys belong to the sender and stay as they are.
FREE_FORM = frozenset({"settings", "translations"})

BIGGEST = 2**63 - 1  # what a column holds
DIGITS = 20  # before and after the point
SUSPECT = re.compile(r"\\u(?:0000|[dD][89abAB])")
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class BadJSON(Invalid):
    """The body cannot be read as JSON."""

    code = "bad_json"
    message = "The body is not valid JSON. Correct it and send it again."


class DuplicateKey(BadJSON):
    """An object names a key twice: which of the two counts, nobody can say."""

    code = "duplicate_key"


class NumberOutOfRange(BadJSON):
    """A number no field of ours could hold."""

    code = "number_out_of_range"
    message = "A number in the body is too large or too precise."


class BadText(BadJSON):
    """A text that cannot be stored."""

    code = "bad_text"
    message = "A text in the body holds a NUL or half of a surrogate pair. Remove it."


class TooDeep(BadJSON):
    """Lists and objects inside each other beyond reason."""

    code = "too_deep"
    message = f"The body nests deeper than {MAX_DEPTH} levels."


class BodyTooLarge(TooLarge):
    """More than a JSON body may have."""

    message = "The body is larger than 1 MiB. Send less at once."


def loads(raw: bytes, top: type = dict) -> Any:
    """Read JSON strictly; ``top`` is what its outermost value must be.

    Raises ``BodyTooLarge``, ``BadJSON`` and its kinds. Keys stay as sent: see ``snake``.
    """
    if len(raw) > MAX_BYTES:
        raise BodyTooLarge
    try:
        text = raw.decode()
        data = _decode(text)
    except UnicodeDecodeError:
        raise BadJSON("The body is not UTF-8. Encode it as UTF-8.") from None
    except RecursionError:
        raise TooDeep from None
    except json.JSONDecodeError as error:
        raise BadJSON(f"The body is not valid JSON: {error}.") from None
    # Fewer brackets than levels allowed: no need to walk.
    if text.count("{") + text.count("[") > MAX_DEPTH and _deeper(data, MAX_DEPTH):
        raise TooDeep
    if SUSPECT.search(text):
        _check_texts(data)
    if type(data) is not top:
        raise Invalid(f"The body must be {'a list' if top is list else 'an object'}.")
    return data


def snake(data: Any) -> Any:
    """Return ``data`` with camelCase keys in snake_case, except inside free-form objects.

    Raises ``DuplicateKey`` if a key came in both forms with two values.
    """
    if type(data) is list:
        return [snake(value) if type(value) in (dict, list) else value for value in data]
    if type(data) is not dict:
        return data
    result: dict[str, Any] = {}
    for key, value in data.items():
        name = key if key.islower() else _snake(key)
        if type(value) in (dict, list) and name not in FREE_FORM:
            value = snake(value)
        # Our own rows say shopId and shop_id, and come back as they are.
        if name in result and (type(result[name]) is not type(value) or result[name] != value):
            raise DuplicateKey(errors={name: ["This key came twice. Send it once."]})
        result[name] = value
    return result


def read(request: HttpRequest) -> bytes:
    """Read a request's body, at most ``MAX_BYTES`` of it, chunked ones too.

    Raises ``BodyTooLarge``, or ``Invalid`` if the client went away while sending.
    """
    if hasattr(request, "_body"):
        raw = request.body
        if len(raw) > MAX_BYTES:
            raise BodyTooLarge
        return raw
    meta = request.META
    length = meta.get("CONTENT_LENGTH") or ""
    if length.isdecimal() and int(length[:20]) > MAX_BYTES:
        raise BodyTooLarge
    if not length and "HTTP_TRANSFER_ENCODING" in meta and meta.get("wsgi.input_terminated"):
        request._stream = meta["wsgi.input"]  # Django takes no length for no body
    try:
        raw = request.read(MAX_BYTES + 1)
    except UnreadablePostError:
        raise Invalid("The body ended early. Send it again.") from None
    if len(raw) > MAX_BYTES:
        raise BodyTooLarge
    request._body = raw  # so that request.body still works for whoever comes later
    return raw


class StrictJSONParser(parsers.BaseParser):
    """DRF's door to ``loads``: the only parser of the API."""

    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Read the body of the request being parsed, keys in snake_case."""
        context = parser_context or {}
        request = getattr(context.get("request"), "_request", None)
        if request is None:
            return snake(loads(stream.read(MAX_BYTES + 1)))
        return parse(request, getattr(context.get("view"), "body_type", dict))


def parse(request: HttpRequest, top: type = dict) -> Any:
    """Read the JSON body of a request, keys in snake_case; an empty body is an empty object.

    Raises ``UnsupportedMedia`` for a charset other than UTF-8, and what ``loads`` raises.
    """
    charset = (request.content_params or {}).get("charset", "utf-8")
    if charset.lower().replace("_", "-") not in ("utf-8", "utf8"):
        raise UnsupportedMedia
    raw = read(request)
    return snake(loads(raw, top)) if raw else top()


class FormParser(parsers.FormParser):
    """A urlencoded form as a plain object, under the rules of a JSON body."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Read the form; keys in snake_case, each once, files and NUL refused."""
        request = parser_context["request"]._request
        return _flat(QueryDict(read(request), encoding="utf-8"))


class MultiPartParser(parsers.MultiPartParser):
    """A multipart form without files as a plain object, under the rules of a JSON body."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Read the form; keys in snake_case, each once, NUL refused."""
        length = parser_context["request"].META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length[:20]) > MAX_BYTES:
            raise BodyTooLarge
        return _flat(super().parse(stream, media_type, parser_context).data)


def _flat(form: QueryDict) -> dict[str, str]:
    fields = {}
    for key, values in form.lists():
        if len(values) > 1:
            raise DuplicateKey(errors={key: ["This key came twice. Send it once."]})
        fields[key] = values[0]
    _check_texts(fields)
    found: dict[str, str] = snake(fields)
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise DuplicateKey(errors={twice: ["This key came twice. Send it once."]})
    return result


def _integer(text: str) -> int:
    if len(text) < 19:
        return int(text)
    if len(text) > DIGITS or not -BIGGEST <= (number := int(text)) <= BIGGEST:
        raise NumberOutOfRange
    return number


def _decimal(text: str) -> Decimal:
    """Bounded, or ``1e999999999`` would cost gigabytes wherever it is first rounded."""
    if len(text) > 2 * DIGITS + 6:
        raise NumberOutOfRange
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    if number.adjusted() > DIGITS or not isinstance(exponent, int) or exponent < -DIGITS:
        raise NumberOutOfRange
    return number


def _constant(name: str) -> Any:
    raise BadJSON(f"The body is not valid JSON: {name} is no JSON number.")


_decode = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_decimal,
    parse_constant=_constant,
).decode


def _deeper(value: Any, levels: int) -> bool:
    """Whether ``value`` nests deeper than ``levels``."""
    if levels == 0:
        return True
    inner = value.values() if type(value) is dict else value
    return any(type(one) in (dict, list) and _deeper(one, levels - 1) for one in inner)


def _check_texts(value: Any) -> None:
    if type(value) is str:
        try:
            value.encode()
        except UnicodeEncodeError:
            raise BadText from None
        if "\0" in value:
            raise BadText
    elif type(value) is dict:
        for key, inner in value.items():
            _check_texts(key)
            _check_texts(inner)
    elif type(value) is list:
        for inner in value:
            _check_texts(inner)


@lru_cache(maxsize=1024)
def _snake(key: str) -> str:
    camel = key.isascii() and key.isalnum() and key[0].islower()
    return HUMP.sub("_", key).lower() if camel else key
