-- Forgets what is folded from the log, which is read again from its beginning; only causes after `tell_from` are told. Deliveries stay.
WITH accounts AS (DELETE FROM delivery_account), bells AS (DELETE FROM delivery_bell), fanouts AS (DELETE FROM delivery_fanout),
    bets AS (DELETE FROM delivery_open_bet), kick_offs AS (DELETE FROM delivery_kick_off)
UPDATE delivery_position SET position = 0, mark = '', version = %(version)s, tell_from = %(tell_from)s
