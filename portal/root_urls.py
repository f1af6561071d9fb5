"""What answers programs at the root."""

from portal.api_urls import PUBLIC

urlpatterns = PUBLIC
