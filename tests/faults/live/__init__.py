"""Attacks on what screens see: every follower gets each event once, in order, soon again (G4),
and selling does not notice that Redis is away (G15).

``python -m tests.faults --scenario live --seconds 60 --seed 1``. Followers of every kind keep a
diary outside the server; at the end each diary is compared with the outbox.
"""
