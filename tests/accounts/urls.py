"""The routes of accounts alone, mounted as the house mounts them."""

from django.contrib import admin
from django.http import HttpResponse
from django.urls import include, path

from accounts import api_urls, root_urls


def page(request):
    return HttpResponse(str(request.user))


urlpatterns = [
    path("api/v1/", include(api_urls.urlpatterns)),
    path("api/", include((api_urls.urlpatterns, "unversioned"))),
    *root_urls.urlpatterns,
    path("admin/", admin.site.urls),
    path("sign-in/", page, name="sign-in"),
    path("shops/", page, name="shops"),
]
