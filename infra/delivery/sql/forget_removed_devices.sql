-- Forget who registered phones at addresses that were removed after that.
DELETE FROM delivery_device USING unnest(%(account_ids)s::uuid[], %(address_ids)s::uuid[], %(positions)s::bigint[])
    AS removed (account_id, address_id, position)
WHERE delivery_device.account_id = removed.account_id AND delivery_device.address_id = removed.address_id
    AND delivery_device.position < removed.position
