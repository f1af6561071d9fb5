"""The API's routes of people and shops, under ``/api/v1`` and ``/api``."""

from django.urls import path

from accounts.api import (
    account,
    approvals,
    auth,
    otp,
    passwords,
    pins,
    register,
    sessions,
    shops,
    terminals,
    trail,
    users,
)

#: These answer at the root too, where the Eventory front end looks for them.
SIGN_IN = [
    path("auth/register", register.Register.as_view()),
    path("auth/login", auth.Login.as_view()),
    path("auth/refresh", auth.Refresh.as_view()),
    path("auth/logout", auth.Logout.as_view()),
    path("auth/logout-all", sessions.LogoutAll.as_view()),
    path("auth/me", auth.Me.as_view()),
    path("auth/profile", account.Profile.as_view()),
    path("auth/sessions", sessions.SessionList.as_view()),
    path("auth/sessions/<uuid:session_id>", sessions.SessionDetail.as_view()),
    path("auth/password/forgot", passwords.Forgot.as_view()),
    path("auth/password/reset", passwords.Reset.as_view()),
]

urlpatterns = [
    *SIGN_IN,
    path("users/me", auth.Me.as_view()),
    path("users", users.UserList.as_view()),
    path("users/<uuid:user_id>", users.UserDetail.as_view()),
    path("account/profile", account.Profile.as_view()),
    path("account/password", account.Password.as_view()),
    path("account/organization", account.OrganizationName.as_view()),
    path("settings", account.Settings.as_view()),
    path("settings/notifications", account.Notifications.as_view()),
    path("settings/automation", account.Automation.as_view()),
    path("otp/enrol", otp.Enrol.as_view()),
    path("otp/confirm", otp.Confirm.as_view()),
    path("otp/recovery-codes", otp.RecoveryCodeList.as_view()),
    path("shops", shops.ShopList.as_view()),
    path("shops/<uuid:shop_id>/audit", trail.Audit.as_view()),
    path("shops/<uuid:shop_id>/presence", trail.Presence.as_view()),
    path("shops/<uuid:shop_id>/staff/<uuid:user_id>/pin", pins.Pin.as_view()),
    path("shops/<uuid:shop_id>/approvals", approvals.ApprovalList.as_view()),
    path("devices/me/staff", terminals.Staff.as_view()),
    path("devices/me/sign-in", terminals.SignInByPin.as_view()),
]
