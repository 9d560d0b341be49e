-- Deliveries that are not told, each by its rule.
UPDATE delivery SET state = 'suppressed', rule = told.rule, why = told.why, done_us = %(now_us)s, lease_us = 0
FROM unnest(%(ids)s::uuid[], %(rules)s::text[], %(whys)s::text[]) AS told (delivery_id, rule, why)
WHERE delivery.delivery_id = told.delivery_id AND state IN ('claimed', 'folded')
