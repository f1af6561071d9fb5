"""Where people's pages are."""

from django.urls import path

from accounts import views
from accounts.views import codes

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/code/", codes.show_code, name="sign-in-code"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("account/otp/", codes.own_codes, name="otp"),
    path("shops/", views.shops, name="shops"),
]
