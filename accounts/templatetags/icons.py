"""Icons in the page itself, so that they take the text's colour and cost no request."""

import re
from functools import cache
from pathlib import Path

from django import template
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

FOLDER = Path(settings.BASE_DIR) / "static" / "vendor" / "lucide"


@cache
def drawing(name: str) -> SafeString:
    """The shapes of an icon file, without its frame. Raises ``FileNotFoundError``."""
    file = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    shapes = re.search(r"<svg[^>]*>(.*)</svg>", file, re.DOTALL)
    if shapes is None:
        raise template.TemplateSyntaxError(f"{name}.svg is not an icon")
    text = " ".join(shapes.group(1).split())
    return mark_safe(  # noqa: S308 a file of ours, never a visitor's text
        '<svg class="icon" aria-hidden="true" viewBox="0 0 24 24" width="24" height="24"'
        ' fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"'
        f' stroke-linejoin="round">{text}</svg>'
    )


@register.simple_tag
def icon(name: str) -> SafeString:
    """``{% icon "plus" %}``: an icon that screen readers pass over; name it in words beside."""
    return drawing(name)
