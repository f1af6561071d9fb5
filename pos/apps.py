from django.apps import AppConfig


class PosConfig(AppConfig):
    """What a shop sells: catalogue, stock, orders, payments."""

    name = "pos"
    verbose_name = "Point of sale"
