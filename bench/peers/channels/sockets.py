"""Sockets by Django Channels, as its tutorial has one write them: a group for each shop.

Served by uvicorn like ours, on the channel layer that loses nothing when many are told at once. It
stores nothing and knows no cursor: what a screen misses is lost.
"""

import json
import os
from urllib.parse import parse_qs

import django
import jwt
from django.conf import settings

SECRET = os.environ["PEER_SECRET"]
LAYER = "channels_redis.pubsub.RedisPubSubChannelLayer"
settings.configure(
    SECRET_KEY=SECRET,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["channels"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    CHANNEL_LAYERS={"default": {"BACKEND": LAYER, "CONFIG": {"hosts": [os.environ["PEER_REDIS"]]}}},
)
django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.layers import get_channel_layer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402


class ShopConsumer(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        token = parse_qs(self.scope["query_string"].decode())["token"][0]
        claims = jwt.decode(token, SECRET, algorithms=["HS256"])
        self.group = f"shop_{claims['shop_id']}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def shop_event(self, message: dict) -> None:
        await self.send(text_data=json.dumps(message["event"]))


async def health(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "healthy"})


async def publish(request: HttpRequest, shop: int) -> JsonResponse:
    told = {"type": "shop.event", "event": json.loads(request.body)}
    await get_channel_layer().group_send(f"shop_{shop}", told)
    return JsonResponse({}, status=202)


urlpatterns = [path("health", health), path("publish/<int:shop>", publish)]
application = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "websocket": URLRouter([path("ws", ShopConsumer.as_asgi())]),
    }
)
