#!lua
-- Lets readers of a view see a build in this partition, where they see what was expected. KEYS: see key_names.py.
-- ARGV: the view, the build that they see (empty: none), the new one. Returns 1 where they see it now, else 0.
local field = 'live:' .. ARGV[1]
if (redis.call('HGET', KEYS[1], field) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], field, ARGV[3])
return 1
