"""Where people's pages are."""

from django.urls import path

from accounts import views
from accounts.views import account, codes, passwords, pins, staff, terminal

urlpatterns = [
    path("sign-in/", terminal.sign_in, name="sign-in"),
    path("lock/", terminal.lock, name="lock"),
    path("sign-in/code/", codes.show_code, name="sign-in-code"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("account/otp/", codes.own_codes, name="otp"),
    path("account/pin/", pins.own_pin, name="own-pin"),
    path("account/", account.account, name="account"),
    path("account/sessions/", account.own_sessions, name="sessions"),
    path("forgot-password/", passwords.forgot, name="forgot"),
    path("reset-password/", passwords.reset, name="reset"),
    path("shops/", views.shops, name="shops"),
    path("shops/<uuid:shop_id>/staff/", staff.staff, name="staff"),
]
