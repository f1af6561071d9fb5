"""Eventory's routes, which answer at the root."""

from accounts.api_urls import SIGN_IN

urlpatterns = SIGN_IN
