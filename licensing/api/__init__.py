"""The vendor's desk and the heartbeat over the wire."""
