"""Eventory's routes, which answer at the root."""

from django.urls import path

from accounts.api import auth

urlpatterns = [
    path("auth/login", auth.Login.as_view()),
    path("auth/refresh", auth.Refresh.as_view()),
    path("auth/logout", auth.Logout.as_view()),
    path("auth/me", auth.Me.as_view()),
]
