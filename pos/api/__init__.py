"""The counter's JSON: parse, call a noun, answer."""
