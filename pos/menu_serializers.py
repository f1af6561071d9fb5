"""What a manager may send of the menu: products, categories, taxes, choices."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

from core.errors import Invalid
from core.structs import NOT_ALLOWED, Exact, Line, wrong
from pos import money
from pos.serializers import FIRST, PROSE, Moment, Name, Named, Prose, Text64, Whole, amount, percent

#: Nobody sleeps longer.
LAST = datetime(9000, 1, 1, tzinfo=UTC)

Label = Annotated[Named, Meta(max_length=120)]
Short = Annotated[Named, Meta(max_length=60)]
Position = Annotated[int, Meta(ge=0, le=32_000)]
Few = Annotated[int, Meta(ge=0, le=100)]
Language = Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}\Z")]
Words = Annotated[Prose, Meta(max_length=5000)]
#: A name, or what is said by field. The name has no pattern here: beside a dict, msgspec 0.22 frees
#: the pattern as if it were the dict's, and a process that read one crashes when it ends.
Said = Annotated[str, Meta(max_length=5000)] | dict[str, Words]
Translations = Annotated[dict[Language, Said], Meta(max_length=50)]


class Wish(Struct):
    """Fields that may be left out, and how those that were sent are read."""

    def sent(self) -> dict[str, Any]:
        """What was sent, by name."""
        return {
            name: value
            for name in self.__struct_fields__
            if (value := getattr(self, name)) is not UNSET
        }


class Translated(Wish, kw_only=True):
    """Something whose words are there in several languages."""

    translations: Translations | UnsetType = UNSET

    def __post_init__(self) -> None:
        names = self.translations.values() if isinstance(self.translations, dict) else ()
        for said in names:
            if isinstance(said, str) and not PROSE.match(said):
                raise wrong("translations", NOT_ALLOWED)


class GroupRef(Struct):
    """A modifier group as a product's own row names it."""

    id: UUID


class ChangeProduct(Translated, forbid_unknown_fields=True):
    """What to change of a product; what is left out stays."""

    name: Name | UnsetType = UNSET
    price: Exact | UnsetType = UNSET
    sku: Text64 | UnsetType | None = UNSET
    barcode: Text64 | UnsetType | None = UNSET
    description: Words | UnsetType | None = UNSET
    category: Annotated[Line, Meta(max_length=120)] | UnsetType | None = UNSET
    category_id: UUID | UnsetType | None = UNSET
    tax_rate: Exact | UnsetType | None = UNSET
    tax_rate_id: UUID | UnsetType | None = UNSET
    cost: Exact | UnsetType | None = UNSET
    modifier_groups: Annotated[list[UUID | GroupRef], Meta(max_length=50)] | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    snoozed_until: Moment | UnsetType | None = UNSET
    stock_policy: Literal["block", "allow"] | UnsetType = UNSET
    reorder_level: Whole | UnsetType = UNSET

    def fields(self, digits: int) -> dict[str, Any]:
        """What was sent, by name, money in the smallest unit. Raises ``Invalid``."""
        sent = self.sent()
        for name in ("price", "cost"):
            if name in sent:
                sent[name] = amount(sent[name], digits, name)
        for name in ("sku", "barcode", "description"):
            if sent.get(name, "") is None:
                sent[name] = ""
        if sent.get("tax_rate") is not None:
            sent["tax_rate"] = percent(sent["tax_rate"], "tax_rate")
        if sent.get("snoozed_until") and not FIRST <= sent["snoozed_until"] <= LAST:
            raise Invalid(errors={"snoozed_until": ["Must be a time of this age."]})
        if "modifier_groups" in sent:
            sent["modifier_groups"] = [
                each.id if isinstance(each, GroupRef) else each for each in sent["modifier_groups"]
            ]
        return sent


class AddProduct(ChangeProduct, forbid_unknown_fields=True, kw_only=True):
    """A product to be added."""

    name: Name
    price: Exact


class ChangeCategory(Translated, forbid_unknown_fields=True):
    """What to change of a heading of the menu; what is left out stays."""

    name: Label | UnsetType = UNSET
    position: Position | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class AddCategory(ChangeCategory, forbid_unknown_fields=True, kw_only=True):
    """A heading to be added to the menu."""

    name: Label


class TaxPart(Struct, forbid_unknown_fields=True):
    """A part of a tax, as receipts show it: CGST, SGST."""

    name: Short
    percent: Exact


class ChangeTaxRate(Wish, forbid_unknown_fields=True):
    """What to change of a tax; what is left out stays."""

    name: Short | UnsetType = UNSET
    percent: Exact | UnsetType = UNSET
    components: Annotated[list[TaxPart], Meta(max_length=10)] | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET

    def fields(self) -> dict[str, Any]:
        """What was sent, by name; percentages exact. Raises ``Invalid``."""
        sent = self.sent()
        if "percent" in sent:
            sent["percent"] = percent(sent["percent"], "percent")
        if "components" in sent:
            sent["components"] = [
                {"name": part.name, "percent": _written(part.percent, place)}
                for place, part in enumerate(sent["components"])
            ]
        return sent


class AddTaxRate(ChangeTaxRate, forbid_unknown_fields=True, kw_only=True):
    """A tax to be added."""

    name: Short
    percent: Exact


class NewModifier(Translated, forbid_unknown_fields=True, kw_only=True):
    """A modifier to be added to a group."""

    name: Label
    price: Exact | UnsetType = UNSET
    position: Position | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class WishedModifier(NewModifier, forbid_unknown_fields=True, kw_only=True):
    """A modifier of a group; ``id`` names one that is there."""

    id: UUID | UnsetType = UNSET


class Choice(Translated, forbid_unknown_fields=True):
    """What may be said of a choice, but for its modifiers."""

    name: Label | UnsetType = UNSET
    least: Few | UnsetType = field(name="min", default=UNSET)
    most: Few | UnsetType = field(name="max", default=UNSET)
    position: Position | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET

    def fields(self, digits: int) -> dict[str, Any]:
        """What was sent, by name, money in the smallest unit. Raises ``Invalid``."""
        sent = self.sent()
        if "modifiers" in sent:
            sent["modifiers"] = [
                _priced(each.sent(), digits, f"modifiers.{place}.price")
                for place, each in enumerate(sent["modifiers"])
            ]
        return sent


class ChangeModifierGroup(Choice, forbid_unknown_fields=True):
    """What to change of a choice; ``modifiers`` is the whole list of them."""

    modifiers: Annotated[list[WishedModifier], Meta(max_length=200)] | UnsetType = UNSET


class AddModifierGroup(Choice, forbid_unknown_fields=True, kw_only=True):
    """A choice to be added."""

    name: Label
    modifiers: Annotated[list[NewModifier], Meta(max_length=200)] | UnsetType = UNSET


def read_only(fact: type[Struct], wish: type[Struct]) -> frozenset[str]:
    """Keys of a row of ours that may come back and have no effect."""
    return frozenset(fact.__struct_encode_fields__) - frozenset(wish.__struct_encode_fields__)


def _written(written: Decimal, place: int) -> str:
    return money.percent(percent(written, f"components.{place}.percent"))


def _priced(sent: dict[str, Any], digits: int, path: str) -> dict[str, Any]:
    if "price" in sent:
        sent["price"] = amount(sent["price"], digits, path)
    return sent
