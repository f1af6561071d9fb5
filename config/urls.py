"""Where everything answers: the API under two mounts, the screens, the console, health."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.static import serve

from accounts import api_urls as accounts_api
from accounts import root_urls as accounts_root
from accounts import urls as accounts_screens
from accounts.api import shops as accounts_shops
from config import docs, health, views
from config.roles import CLOUD, SHOP, does, only
from eventory import api_urls as eventory_api
from licensing import api_urls as licensing_api
from live import api_urls as live_api
from portal import api_urls as portal_api
from portal import root_urls as portal_root
from portal import urls as portal_screens
from pos import api_urls as pos_api
from pos import device_urls
from pos import urls as pos_screens
from pos.api import shops as pos_shops

# Where there is a counter, an owner changes the shop as well; elsewhere it is shown.
shops = pos_shops if does(SHOP) else accounts_shops
# The busiest first: Django tries one address after the other.
api = [
    *only(SHOP, pos_api.urlpatterns), *only(SHOP, device_urls.api),
    *only(SHOP, live_api.urlpatterns), path("shops/<uuid:shop_id>", shops.ShopDetail.as_view()),
    *accounts_api.urlpatterns, *only(CLOUD, portal_api.urlpatterns),
    *only(CLOUD, eventory_api.urlpatterns), *only(CLOUD, licensing_api.urlpatterns),
    *health.api, *docs.api,
]  # fmt: skip

urlpatterns = [
    path("api/v1/", include(api)),
    path("api/", include((api, "unversioned"))),
    *health.root,
    *docs.root,
    *accounts_root.urlpatterns,
    *only(CLOUD, portal_root.urlpatterns),
    *only(CLOUD, eventory_api.urlpatterns),
    path("admin/", admin.site.urls),
    path("", views.landing, name="landing"),
    *accounts_screens.urlpatterns,
    *only(CLOUD, portal_screens.urlpatterns),
    *only(SHOP, pos_screens.urlpatterns),
    *only(SHOP, device_urls.urlpatterns),
    re_path(r"^media/(?P<path>.+)$", serve, {"document_root": settings.MEDIA_ROOT}),
]

handler400 = "core.api.handler400"
handler403 = "core.api.handler403"
handler404 = "core.api.handler404"
handler500 = "core.api.handler500"
