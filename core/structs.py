"""Wishes as msgspec structs: from parsed JSON to a typed value, or to a named wrong field."""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec

from core.errors import Invalid

__all__ = ["NOT_ALLOWED", "Exact", "Line", "UnknownField", "convert", "wrong"]

T = TypeVar("T")

#: Text of one line: no line breaks and no other control characters.
Line = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f\x7f]*\Z")]

NOT_ALLOWED = "Has characters or a form not allowed here."

#: What a request is known by when it comes again: see ``core.api.once``.
KEY = "client_id"

NUMBER = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?")


class Exact(Decimal):
    """A decimal number as it was sent, as JSON number or as text: ``12.50`` or ``"12.50"``.

    Text may not hold an exponent, a sign of plus, spaces or digits of other scripts.
    """

    __slots__ = ()


class UnknownField(Invalid):
    """A key we do not know, where the caller could believe that it took effect."""

    code = "unknown_field"


def convert(data: Any, kind: type[T], *, ignore: frozenset[str] = frozenset()) -> T:
    """Make a ``kind`` (a struct) of parsed JSON; a blank or null optional value is absent.

    ``ignore`` names read-only keys that may come back and have no effect; a ``client_id`` that the
    struct does not know is the key of its request. Raises ``Invalid`` naming the wrong field,
    ``UnknownField`` where the struct forbids what it does not know.
    """
    if type(data) is dict and KEY in data and not hasattr(kind, KEY):
        ignore |= {KEY}
    if ignore and type(data) is dict and not ignore.isdisjoint(data):
        data = {key: value for key, value in data.items() if key not in ignore}
    try:
        return msgspec.convert(_without_blanks(data, kind), kind, dec_hook=_exact)
    except msgspec.ValidationError as error:
        raise _explain(str(error)) from None


def wrong(field: str, problem: str) -> ValueError:
    """What a struct's ``__post_init__`` raises for a field of its own; ``convert`` names the field."""
    return ValueError(f"Wrong `{field}`: {problem}")


def _exact(kind: type, value: Any) -> Any:
    """Read the types that msgspec does not know: ``Exact``."""
    if kind is not Exact:
        raise NotImplementedError(f"No way to read {kind}")
    if type(value) is str:
        if NUMBER.fullmatch(value):
            return Exact(value)
    elif type(value) in (int, Decimal):
        return Exact(value)
    raise ValueError('Must be a decimal number such as "12.50".')


# --- blank means absent ---------------------------------------------------------------


class _Plan:
    """What may be left out of a struct, and where structs lie inside it."""

    __slots__ = ("blank", "inner", "null")

    def __init__(self, kind: type) -> None:
        self.blank: set[str] = set()
        self.null: set[str] = set()
        self.inner: dict[str, type] = {}
        for field in msgspec.structs.fields(kind):
            name = field.encode_name
            if not field.required:
                self.blank.add(name)
                if type(None) not in _parts(field.type):
                    self.null.add(name)
            for part in _parts(field.type):
                if isinstance(part, type) and issubclass(part, msgspec.Struct):
                    self.inner[name] = part


@lru_cache(maxsize=512)
def _plan(kind: type) -> _Plan | None:
    is_struct = isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    return _Plan(kind) if is_struct else None


def _parts(kind: Any) -> list[Any]:
    """Return the types a field may hold, out of unions, annotations and lists."""
    origin = get_origin(kind)
    if origin is Annotated or origin in (list, tuple):
        return _parts(get_args(kind)[0])
    if origin is Union or type(kind).__name__ == "UnionType":
        return [part for member in get_args(kind) for part in _parts(member)]
    return [kind]


def _without_blanks(data: Any, kind: Any) -> Any:
    plan = _plan(kind)
    if plan is None:
        return data
    if type(data) is list:
        return [_without_blanks(one, kind) for one in data]
    if type(data) is not dict:
        return data
    values = data.values()
    if "" in values or None in values:
        data = {
            key: value
            for key, value in data.items()
            if not (value == "" and key in plan.blank) and not (value is None and key in plan.null)
        }
    for name, inner in plan.inner.items():
        if type(value := data.get(name)) in (dict, list):
            data = data | {name: _without_blanks(value, inner)}
    return data


# --- what is wrong, in words ----------------------------------------------------------

PLACE = re.compile(r"^(?P<what>.*?)(?: - at `(?P<key>key in )?\$(?P<path>.*)`)?$", re.DOTALL)
MISSING = re.compile(r"Object missing required field `(.+)`")
UNKNOWN = re.compile(r"Object contains unknown field `(.+)`", re.DOTALL)
#: What ``wrong`` says.
OWN = re.compile(r"Wrong `(\w+)`: (.+)", re.DOTALL)
NAMES = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number with decimals",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "uuid": "an id",
    "datetime": "a time",
    "date": "a date",
}
SENTENCES = [
    (re.compile(r"Expected `(.+)`, got `(.+)`"), "Must be {0}, not {1}."),
    (re.compile(r"Expected `\w+` >= (.+)"), "Must be at least {0}."),
    (re.compile(r"Expected `\w+` <= (.+)"), "Must be at most {0}."),
    (re.compile(r"Expected `\w+` > (.+)"), "Must be more than {0}."),
    (re.compile(r"Expected `\w+` < (.+)"), "Must be less than {0}."),
    (re.compile(r"Expected `str` of length >= (.+)"), "Must have at least {0} characters."),
    (re.compile(r"Expected `str` of length <= (.+)"), "Must have at most {0} characters."),
    (re.compile(r"Expected `array` of length >= (.+)"), "Must have at least {0} entries."),
    (re.compile(r"Expected `array` of length <= (.+)"), "Must have at most {0} entries."),
    (re.compile(r"Expected `object` of length <= (.+)"), "Must have at most {0} entries."),
    (re.compile(r"Expected `str` matching regex .+"), NOT_ALLOWED),
    (re.compile(r"Invalid enum value (.+)", re.DOTALL), "{0} is not one of the choices."),
    (re.compile(r"Invalid UUID"), "Must be an id (a UUID)."),
    (re.compile(r"Invalid RFC3339.+"), "Must be a time such as 2026-01-31T12:00:00Z."),
]


def _explain(problem: str) -> Invalid:
    match = PLACE.match(problem)
    what, path = (match["what"], match["path"] or "") if match else (problem, "")
    field = path.replace("[...]", "").replace("[", ".").replace("]", "").strip(".")
    if missing := MISSING.fullmatch(what):
        return Invalid(errors={_join(field, missing[1]): ["This field is required."]})
    if unknown := UNKNOWN.fullmatch(what):
        name = _join(field, unknown[1][:80])
        return UnknownField(errors={name: ["This field is not known here. Leave it out."]})
    if own := OWN.fullmatch(what):
        return Invalid(errors={_join(field, own[1]): [own[2]]})
    if not field:
        return Invalid(_sentence(what))
    return Invalid(errors={field: [_sentence(what)]})


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _sentence(what: str) -> str:
    for pattern, sentence in SENTENCES:
        if match := pattern.fullmatch(what):
            words = (" or ".join(_named(g)) for g in match.groups())
            return sentence.format(*words)
    return what


def _named(text: str) -> list[str]:
    return [NAMES.get(part, part) for part in text[:80].split(" | ")]
