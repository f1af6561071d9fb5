"""What the lists of the menu take in their query."""

from collections.abc import Mapping

from drf_spectacular.utils import OpenApiParameter

from core.errors import Invalid

ACTIVE = OpenApiParameter("active", bool, description="`false`: what has retired instead.")


def wants_active(query: Mapping[str, str]) -> bool:
    """Whether what is offered is asked for, or what has retired. Raises ``Invalid``."""
    said = query.get("active", "").lower() or "true"
    if said not in ("true", "false", "1", "0"):
        raise Invalid(errors={"active": ["Must be true or false."]})
    return said in ("true", "1")
