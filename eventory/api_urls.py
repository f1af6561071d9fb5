"""Where logins and the proxy answer: at the root, where Eventory's front end looks for them, and
under both mounts of the API.
"""

from django.urls import path

from eventory import api

urlpatterns = [
    path("logins", api.LoginList.as_view()),
    path("logins/<uuid:login_id>", api.LoginDetail.as_view()),
    path("eventory/<path:path>", api.ProxyElsewhere.as_view()),
]
