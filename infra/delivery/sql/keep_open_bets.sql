-- Keeps the matches that bets are on, as long as these are open.
INSERT INTO delivery_open_bet (fixture_id, partition, account_id, bet_id, position)
SELECT * FROM unnest(%(fixture_ids)s::uuid[], %(partitions)s::smallint[], %(account_ids)s::uuid[], %(bet_ids)s::uuid[], %(positions)s::bigint[])
ON CONFLICT DO NOTHING
