"""``python -m bench.overdue``: how long the watch over all sites takes, in milliseconds."""

import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from licensing import overdue  # noqa: E402

times = []
for _ in range(5):
    begun = time.perf_counter()
    checked = overdue.check()
    times.append((time.perf_counter() - begun) * 1000)
assert checked.sites, "no site was looked at"
print(sorted(times)[2])
