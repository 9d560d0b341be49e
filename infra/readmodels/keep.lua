#!lua
-- Keeps a list of the build that readers see for some seconds from now; one that is not there begins with the position of its partition.
-- KEYS: see key_names.py. ARGV: the partition's hash tag, the view, the key without tag and build, how many seconds.
-- Returns 1 where the list is kept, 0 where there is no build that readers see.
local call, build = redis.call, redis.call('HGET', KEYS[1], 'live:' .. ARGV[2])
local at = build and call('HGET', KEYS[1], 'at:' .. build)
if not at or at == 'broken' then return 0 end
local key = ARGV[1] .. ':' .. build .. ARGV[3]
if call('EXISTS', key) == 0 then call('LPUSH', key, string.match(at, '^%d+')) end
call('EXPIRE', key, ARGV[4])
return 1
