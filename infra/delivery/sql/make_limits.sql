-- Begins the limits of accounts that have none yet.
INSERT INTO delivery_limit (account_id, channel, levels)
SELECT account_id, %(channel)s, '\x80' FROM unnest(%(account_ids)s::uuid[]) AS account_id ORDER BY account_id ON CONFLICT DO NOTHING
