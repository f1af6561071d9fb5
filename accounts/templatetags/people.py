"""How people are shown."""

from uuid import UUID

from django import template

from accounts import devices, facts
from accounts.principals import Principal

register = template.Library()


@register.filter
def initials(name: str) -> str:
    """``{{ user|initials }}``: "Ada Byron" is AB, "ada" is A."""
    return facts.initials(str(name))


@register.simple_tag
def lock_minutes(person: Principal) -> int:
    """``{% lock_minutes person as minutes %}``: when the till they are at locks itself."""
    return devices.lock_minutes(person.device_id)


@register.filter
def tint(person_id: UUID) -> int:
    """A person's colour, always the same: 1 to 8, as the tints are numbered."""
    return person_id.int % 8 + 1
