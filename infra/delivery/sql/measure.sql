-- How many deliveries are under way by channel and state, and since when the oldest of those that are due is.
SELECT channel, 'queued', count(*), min(due_us) FROM delivery WHERE state = 'queued' GROUP BY channel
UNION ALL SELECT channel, 'waiting', count(*), NULL FROM delivery WHERE state = 'waiting' GROUP BY channel
UNION ALL SELECT channel, 'attempting', count(*), min(due_us) FROM delivery WHERE state IN ('claimed', 'attempting') GROUP BY channel
UNION ALL SELECT channel, 'folded', count(*), NULL FROM delivery WHERE state = 'folded' AND digest_id IS NOT NULL GROUP BY channel
