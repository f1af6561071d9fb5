"""How people are shown."""

from django import template

register = template.Library()


@register.filter
def initials(name: str) -> str:
    """``{{ user|initials }}``: "Ada Byron" is AB, "ada" is A."""
    words = [word for word in str(name).split() if word[0].isalnum()]
    letters = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(word[0] for word in letters).upper() or "?"
