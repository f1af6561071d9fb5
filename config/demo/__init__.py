"""The demo restaurant: its menu, and a drawn picture of every dish."""
