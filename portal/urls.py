"""Where the portal's pages are."""

from django.urls import path

from portal.views import forms

urlpatterns = [
    *(path(f"forms/{each.slug}/", forms.page(each), name=each.url_name) for each in forms.FORMS),
    path("forms/thanks/", forms.thanks, name="form-thanks"),
]
