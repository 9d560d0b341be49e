-- Keeps how accounts stand now.
INSERT INTO delivery_account (account_id, reachable, standing)
SELECT * FROM unnest(%(account_ids)s::uuid[], %(reachable)s::boolean[], %(standings)s::bytea[])
ON CONFLICT (account_id) DO UPDATE SET reachable = excluded.reachable, standing = excluded.standing
