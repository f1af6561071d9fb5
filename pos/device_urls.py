"""Where devices are registered, paired and revoked: views of accounts, bound to our verbs."""

from django.urls import path

from accounts.api import devices as api_views
from accounts.api import terminals
from accounts.views import devices as pages
from accounts.views import terminal
from pos import devices

VERBS = {"verbs": devices}
LIST = "shops/<uuid:shop_id>/devices"
DEVICE = f"{LIST}/<uuid:device_id>"

api = [
    path(LIST, api_views.DeviceList.as_view(**VERBS)),
    path(DEVICE, api_views.DeviceDetail.as_view()),
    path(f"{DEVICE}/pairing-code", api_views.PairingCode.as_view(**VERBS)),
    path(f"{DEVICE}/revoke", api_views.Revoke.as_view(**VERBS)),
    path("devices/pair", terminals.Pair.as_view(**VERBS)),
]

urlpatterns = [
    path("pair/", terminal.pair, VERBS, name="pair"),
    path("shops/<uuid:shop_id>/devices/", pages.devices, VERBS, name="devices"),
]
