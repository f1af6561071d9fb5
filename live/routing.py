"""The sockets' addresses."""

from channels.sessions import CookieMiddleware
from django.urls import path, re_path

from live.consumers import Nowhere, ShopConsumer

shop = CookieMiddleware(ShopConsumer.as_asgi())

urlpatterns = [
    path("ws/shops/<uuid:shop_id>", shop),
    path("ws/shops/<uuid:shop_id>/", shop),
]
#: Any other address: it comes last.
nowhere = re_path("", Nowhere.as_asgi())
