-- Keeps a bell that is switched on; one that is on stays since when it was.
INSERT INTO delivery_bell (author_id, partition, account_id, position)
VALUES (%(author_id)s, %(partition)s, %(account_id)s, %(position)s) ON CONFLICT DO NOTHING
