"""Programs that load a server and say how it answered."""
