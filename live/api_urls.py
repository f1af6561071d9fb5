"""Where live updates answer programs over plain HTTP, under both mounts of the API."""

from django.urls import path

from live.api import events, tickets, webhooks

WEBHOOKS = "shops/<uuid:shop_id>/webhooks"
WEBHOOK = f"{WEBHOOKS}/<uuid:webhook_id>"

urlpatterns = [
    path("shops/<uuid:shop_id>/events", events.EventList.as_view()),
    path("live/tickets", tickets.TicketList.as_view()),
    path(WEBHOOKS, webhooks.WebhookList.as_view()),
    path(WEBHOOK, webhooks.WebhookDetail.as_view()),
    path(f"{WEBHOOK}/deliveries", webhooks.DeliveryList.as_view()),
    path(f"{WEBHOOK}/replay", webhooks.WebhookReplay.as_view()),
]
