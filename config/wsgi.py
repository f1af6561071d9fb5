"""HTTP for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
_whole = get_wsgi_application()  # before anything of ours is imported

from core.programs import Straight  # noqa: E402

application = Straight(_whole)
