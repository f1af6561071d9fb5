"""The same shop as other people would build it."""
