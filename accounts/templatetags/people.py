"""How people are shown."""

from django import template

from accounts import facts

register = template.Library()


@register.filter
def initials(name: str) -> str:
    """``{{ user|initials }}``: "Ada Byron" is AB, "ada" is A."""
    return facts.initials(str(name))
