"""Where the counter's pages are."""

from django.urls import path

from pos import views

urlpatterns = [
    path("shops/<uuid:shop_id>/till/", views.till, name="till"),
    path("shops/<uuid:shop_id>/orders/", views.orders, name="orders"),
    path("r/<str:token>/", views.receipt, name="receipt"),
]
