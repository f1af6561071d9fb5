-- L for heartbeats, for pgbench: the bare SQL of the same work on the same tables.
\set n random(1, :sites)
SELECT site.id, site.is_active, site.is_locked, site.license_expires_at, contact.revision, held.digest FROM licensing_site AS site JOIN licensing_sitecontact AS contact ON contact.site_id = site.id JOIN licensing_sitekey AS held ON held.site_id = site.id WHERE site.site_id = ('01900000-0000-7000-9000-' || lpad(to_hex(CAST(:n AS bigint)), 12, '0'))::uuid AND site.deleted_at IS NULL;
UPDATE licensing_sitecontact SET seq = seq + 1, last_seen_at = now(), address = '192.0.2.1', version = '1.0.0', uptime_seconds = 1, calls = calls + 1 WHERE site_id = ('01900000-0000-7000-8000-' || lpad(to_hex(CAST(:n AS bigint)), 12, '0'))::uuid AND revision = 0 RETURNING seq;
