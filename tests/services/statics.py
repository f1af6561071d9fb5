"""Lets every client of a test find the static files that the first has found.

Each has middleware of its own, and whitenoise's looks through all folders when it begins, which
takes longer than most tests.
"""

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware

found: dict[tuple[str, ...], dict] = {}
look = WhiteNoiseMiddleware.add_files_from_finders


def add_files_from_finders(self: WhiteNoiseMiddleware) -> None:
    where = (settings.STATIC_URL, *map(str, settings.STATICFILES_DIRS))
    if where not in found:
        before = dict(self.files)
        look(self)
        found[where] = {url: file for url, file in self.files.items() if url not in before}
    self.files.update(found[where])


def look_once() -> None:
    WhiteNoiseMiddleware.add_files_from_finders = add_files_from_finders
