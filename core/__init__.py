"""How every part of Countertop speaks: refusals, strict JSON, idempotency, limits, paging."""
