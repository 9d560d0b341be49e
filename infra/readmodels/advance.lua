#!lua
-- Moves a build's position once all its partitions have a batch. KEYS[1]: the position. ARGV: where it should be, where it goes.
-- Returns 1 moved, 0 was there already, -1 gone, -2 elsewhere.
local stored = redis.call('GET', KEYS[1])
if not stored then return -1 end
if tonumber(stored) >= tonumber(ARGV[2]) then return 0 end
if stored ~= ARGV[1] then return -2 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
