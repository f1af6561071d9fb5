"""HTTP and sockets for an ASGI server (daphne, uvicorn)."""

import os

from django.core.asgi import get_asgi_application

from core import bodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
pages = get_asgi_application()  # loads the apps, which the imports below need

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from config.roles import CLOUD, SHOP, does  # noqa: E402
from eventory.consumers import EventoryProxy  # noqa: E402
from licensing import routing as sites  # noqa: E402
from live import routing  # noqa: E402
from live.streams import Streams  # noqa: E402

http = bodies.Bounded(Streams(pages))
if does(CLOUD):
    http = EventoryProxy(http)
sockets = [
    *(routing.urlpatterns if does(SHOP) else ()),
    *(sites.urlpatterns if does(CLOUD) else ()),
    routing.nowhere,
]
entries = {"http": http, "websocket": URLRouter(sockets)}
if does(SHOP):
    entries = {kind: routing.SocketIO(entry) for kind, entry in entries.items()}
application = ProtocolTypeRouter(entries)
