"""The addresses of sites' lines."""

from django.urls import path

from licensing.consumers import SiteConsumer

site = SiteConsumer.as_asgi()

urlpatterns = [path("ws/site", site), path("ws/site/", site)]
