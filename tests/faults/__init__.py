"""Attacks on a real deployment: what was promised must survive what is done to it.

``python -m tests.faults --seconds 60 --seed 1`` or ``make faults SECONDS=60 SEED=1``. Clients
sell against real server processes and keep a journal of what they asked and were answered; an
injector kills processes around them; at the end a judge compares journal and books.
"""
