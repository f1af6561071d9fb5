-- The peer's sites: one row each.
CREATE TABLE site (
    id uuid PRIMARY KEY,
    key_sha256 text NOT NULL,
    is_active bool NOT NULL,
    is_locked bool NOT NULL,
    lock_reason text,
    license_expires_at timestamptz NOT NULL,
    seq bigint NOT NULL,
    last_seen_at timestamptz,
    last_seen_ip inet,
    version text
);
SET synchronous_commit = off;
INSERT INTO site
SELECT ('01900000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid,
    encode(sha256(convert_to('key-' || n, 'UTF8')), 'hex'), true, false,
    NULL, now() + interval '1 year', 1, now(), NULL, '1.0.0'
FROM generate_series(1, {sites}) AS n;
