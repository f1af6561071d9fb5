"""The least that could do the work: what nobody can be faster than by much."""
