-- The peer's sites: one row each.
CREATE TABLE site (
    id uuid PRIMARY KEY,
    key_sha256 text NOT NULL,
    is_active bool NOT NULL,
    is_locked bool NOT NULL,
    lock_reason text,
    license_expires_at timestamptz NOT NULL,
    last_seen_at timestamptz,
    last_seen_ip inet,
    version text
);
INSERT INTO site
SELECT md5('site' || n)::uuid, encode(sha256(convert_to('key-' || n, 'UTF8')), 'hex'), true, false,
    NULL, now() + interval '1 year', now(), NULL, '1.0.0'
FROM generate_series(1, {sites}) AS n;
