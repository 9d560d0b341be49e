-- Keeps what accounts have left on a channel.
UPDATE delivery_limit SET levels = kept.levels, at_us = %(now_us)s FROM unnest(%(account_ids)s::uuid[], %(levels)s::bytea[]) AS kept (account_id, levels)
WHERE delivery_limit.account_id = kept.account_id AND channel = %(channel)s
