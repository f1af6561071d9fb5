-- Register sites as the desk would, each with its key "key-<number>" in use and heard of lately.
-- The day's sample of each is kept already: what is measured is a heartbeat without news. Ids rise
-- with time, as ours do.
SET session_replication_role = replica;
SET synchronous_commit = off;
INSERT INTO licensing_site (
    id, site_id, name, owner_name, contact_email, is_active, is_locked, lock_reason,
    license_expires_at, grace_days, created_at, updated_at
)
SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
    ('01900000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid,
    'Site ' || n, '', '', true, false, '', now() + interval '1 year', 7, now(), now()
FROM generate_series(1, {sites}) AS n;
INSERT INTO licensing_sitekey (id, site_id, digest, created_at, first_used_at)
SELECT ('01900000-0000-7000-a000-' || lpad(to_hex(n), 12, '0'))::uuid,
    ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
    sha256(convert_to('key-' || n, 'UTF8')), now(), now()
FROM generate_series(1, {sites}) AS n;
INSERT INTO licensing_sitecontact (
    site_id, revision, seq, applied_seq, last_seen_at, address, version, uptime_seconds, told,
    is_counted, has_command, is_licensed, is_locked, calls, sampled_at
)
SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
    0, 1, 1, now() - random() * interval '6 hours', '', '1.0.0', 1, 0,
    true, false, true, false, 0, now()
FROM generate_series(1, {sites}) AS n;
