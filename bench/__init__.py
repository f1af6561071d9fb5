"""What the counter costs, measured beside what somebody would build instead: ``make bench``."""
