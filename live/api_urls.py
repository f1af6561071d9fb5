"""Where live updates answer programs over plain HTTP, under both mounts of the API."""

from django.urls import path

from live.api import tickets

urlpatterns = [
    path("live/tickets", tickets.TicketList.as_view()),
]
