"""Attacks on every door, made from the URL map: a route nobody thought of fails here."""
