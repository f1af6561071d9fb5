"""The API's routes of people and shops, under ``/api/v1`` and ``/api``."""

from django.urls import path

from accounts.api import auth, otp, shops

urlpatterns = [
    path("auth/login", auth.Login.as_view()),
    path("auth/refresh", auth.Refresh.as_view()),
    path("auth/logout", auth.Logout.as_view()),
    path("auth/me", auth.Me.as_view()),
    path("auth/profile", auth.Me.as_view()),
    path("users/me", auth.Me.as_view()),
    path("otp/enrol", otp.Enrol.as_view()),
    path("otp/confirm", otp.Confirm.as_view()),
    path("otp/recovery-codes", otp.RecoveryCodeList.as_view()),
    path("shops", shops.ShopList.as_view()),
    path("shops/<uuid:shop_id>", shops.ShopDetail.as_view()),
]
