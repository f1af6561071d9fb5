"""Where the portal's pages are."""

from django.urls import path

from portal.views import console, dashboard, forms

urlpatterns = [
    *(path(f"forms/{each.slug}/", forms.page(each), name=each.url_name) for each in forms.FORMS),
    path("forms/", forms.everything, name="forms"),
    path("forms/thanks/", forms.thanks, name="form-thanks"),
    path("dashboard/", dashboard.page, name="dashboard"),
    path("developer/", console.summary, name="developer"),
    *(
        path(f"developer/{each.what}/", console.listed(each), name=each.url_name)
        for each in console.LISTS
    ),
    path("developer/users/<uuid:user_id>/", console.person_page, name="developer-person"),
]
