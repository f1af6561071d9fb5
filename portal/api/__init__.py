"""The portal's side of the API."""
