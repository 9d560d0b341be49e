#!lua flags=no-writes
-- Some rows of a key from a mark on. KEYS: see key_names.py. ARGV: the build, the key, the mark, how many rows.
-- Returns the position of the build, the type of the key, how many rows it has, the next mark (of a hash) and the rows, flat.
local call, key, start, count = redis.call, ARGV[2], ARGV[3], tonumber(ARGV[4])
local at, kind = call('HGET', KEYS[1], 'at:' .. ARGV[1]), call('TYPE', key).ok
if kind == 'zset' then
  return { at, kind, call('ZCARD', key), '', call('ZRANGE', key, start, start + count - 1, 'WITHSCORES') }
elseif kind == 'list' then
  return { at, kind, call('LLEN', key), '', call('LRANGE', key, start, start + count - 1) }
elseif kind == 'none' then
  return { at, kind, 0, '0', {} }
end
local found = call('HSCAN', key, start, 'COUNT', count)
return { at, kind, call('HLEN', key), found[1], found[2] }
