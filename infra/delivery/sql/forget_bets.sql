-- Forgets bets that are settled.
DELETE FROM delivery_open_bet WHERE bet_id = ANY(%(bet_ids)s::uuid[])
