#!lua
-- Moves a build's position once all its partitions have a batch. KEYS[1]: the position and the log's mark there, with a space between.
-- ARGV: where it should be, where it goes, the mark there. Returns 1 moved, 0 was there already, -1 gone, -2 elsewhere.
local stored = redis.call('GET', KEYS[1])
if not stored then return -1 end
local position = string.match(stored, '^%d+')
if tonumber(position) >= tonumber(ARGV[2]) then return 0 end
if position ~= ARGV[1] then return -2 end
redis.call('SET', KEYS[1], ARGV[2] .. ' ' .. ARGV[3])
return 1
