"""The API's routes of the vendor's desk, under ``/api/v1`` and ``/api``."""

from django.urls import path

from licensing.api import heartbeat, sites

SITE = "sites/<uuid:site_id>"

urlpatterns = [
    path("heartbeat", heartbeat.Heartbeat.as_view()),
    path("licensing/keys", heartbeat.LicensingKeys.as_view()),
    path("sites", sites.SiteList.as_view()),
    path(SITE, sites.SiteDetail.as_view()),
    path(f"{SITE}/lock", sites.SiteLock.as_view()),
    path(f"{SITE}/unlock", sites.SiteUnlock.as_view()),
    path(f"{SITE}/rotate-key", sites.SiteRotateKey.as_view()),
]
