#!lua
-- Applies a batch to one partition of a build and moves the partition's position, or does nothing.
-- KEYS[1]: the partition's position. ARGV: where it should be, where it goes, then each operation: how many words, the words.
-- Returns 1 applied, 0 had it already, -1 gone, -2 elsewhere; an operation that is none of these is an error by its name, and nothing is
-- applied. All keys carry the hash tag of KEYS[1].
-- An operation that fails marks the partition broken and is told, for what ran before it cannot be undone: the build must be made anew.

local KNOWN = {HSET = true, HDEL = true, HINCRBY = true, ZADD = true, ZREM = true, ZREMRANGEBYSCORE = true, TRIM = true}

local function unknown()
  local at, words = 3, #ARGV
  while at <= words do
    if not KNOWN[ARGV[at + 1]] then return ARGV[at + 1] end
    at = at + tonumber(ARGV[at]) + 1
  end
end

-- TRIM key keep_max rows #suffixes suffix... #indexes index... owned...
local function trim(first, last)
  local key, rows, at = ARGV[first + 1], ARGV[first + 3], first + 4
  local excess = redis.call('ZCARD', key) - tonumber(ARGV[first + 2])
  if excess <= 0 then return end
  local suffixes = at + tonumber(ARGV[at])
  local indexes = suffixes + 1 + tonumber(ARGV[suffixes + 1])
  for _, member in ipairs(redis.call('ZRANGE', key, 0, excess - 1)) do
    for i = at + 1, suffixes do redis.call('HDEL', rows, member .. ARGV[i]) end
    for i = suffixes + 2, indexes do redis.call('ZREM', ARGV[i], member) end
    for i = indexes + 1, last do redis.call('UNLINK', ARGV[i] .. member) end
  end
  redis.call('ZREMRANGEBYRANK', key, 0, excess - 1)
end

local function run()
  local at, call, words = 3, redis.call, #ARGV
  while at <= words do
    local first, last = at + 1, at + tonumber(ARGV[at])
    if ARGV[first] == 'TRIM' then
      trim(first, last)
    else
      call(unpack(ARGV, first, last))
    end
    at = last + 1
  end
end

local stored = redis.call('GET', KEYS[1])
if not stored or stored == 'broken' then return -1 end
if tonumber(stored) >= tonumber(ARGV[2]) then return 0 end
if stored ~= ARGV[1] then return -2 end
local other = unknown()
if other then return redis.error_reply('UNKNOWNOPERATION ' .. tostring(other)) end
local done, problem = pcall(run)
if not done then
  local said = KEYS[1] .. ' ' .. (type(problem) == 'table' and problem.err or tostring(problem))
  redis.call('SET', KEYS[1], 'broken')
  redis.log(redis.LOG_WARNING, 'a batch broke ' .. said)
  return redis.error_reply('BUILDBROKEN ' .. said)
end
redis.call('SET', KEYS[1], ARGV[2])
return 1
