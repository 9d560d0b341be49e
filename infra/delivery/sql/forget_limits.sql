-- Limits that are whole again need not be kept.
DELETE FROM delivery_limit WHERE at_us < %(before_us)s
