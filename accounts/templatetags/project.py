"""What the product calls itself."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def project_name() -> str:
    """``{% project_name %}``: the name on every screen, error pages included."""
    return settings.PROJECT_NAME
