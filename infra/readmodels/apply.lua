#!lua
-- Applies a batch to one partition of a build and moves the partition's position, or does nothing.
-- KEYS[1]: the partition's position. ARGV: where it should be, where it goes, the operations as one msgpack array of arrays.
-- Returns 1 applied, 0 had it already, -1 gone, -2 elsewhere. All keys carry the hash tag of KEYS[1].
-- An operation that fails marks the partition broken, for what ran before it cannot be undone: the build must be made anew.

local function drop_belongings(operation, members)
  local rows, at = operation[4], 5
  local suffixes, indexes, owned = {}, {}, {}
  for i = 1, tonumber(operation[at]) do suffixes[i] = operation[at + i] end
  at = at + #suffixes + 1
  for i = 1, tonumber(operation[at]) do indexes[i] = operation[at + i] end
  at = at + #indexes + 1
  for i = at, #operation do owned[#owned + 1] = operation[i] end
  for _, member in ipairs(members) do
    for _, suffix in ipairs(suffixes) do redis.call('HDEL', rows, member .. suffix) end
    for _, index in ipairs(indexes) do redis.call('ZREM', index, member) end
    for _, prefix in ipairs(owned) do redis.call('UNLINK', prefix .. member) end
  end
end

local function trim(operation)
  local excess = redis.call('ZCARD', operation[2]) - tonumber(operation[3])
  if excess > 0 then
    drop_belongings(operation, redis.call('ZRANGE', operation[2], 0, excess - 1))
    redis.call('ZREMRANGEBYRANK', operation[2], 0, excess - 1)
  end
end

local function run(operations)
  for _, operation in ipairs(operations) do
    if operation[1] == 'TRIM' then
      trim(operation)
    else
      redis.call(unpack(operation))
    end
  end
end

local stored = redis.call('GET', KEYS[1])
if not stored or stored == 'broken' then return -1 end
if tonumber(stored) >= tonumber(ARGV[2]) then return 0 end
if stored ~= ARGV[1] then return -2 end
local done, problem = pcall(run, cmsgpack.unpack(ARGV[3]))
if not done then
  redis.call('SET', KEYS[1], 'broken')
  redis.log(redis.LOG_WARNING, 'a batch broke ' .. KEYS[1] .. ': ' .. (type(problem) == 'table' and problem.err or tostring(problem)))
  return -1
end
redis.call('SET', KEYS[1], ARGV[2])
return 1
