#!lua
-- Applies a batch to one partition: to each build that stands where it should, or not at all, together with its position.
-- KEYS: see key_names.py. ARGV: the partition's hash tag, then sections of one build each: view, build, where it should be, where it goes, the
-- log's mark there, how many words follow, and these: operations, each as how many words, command, key without tag and build, arguments.
-- Returns one answer a section: 1 applied, 0 had it already, -1 gone, -2 elsewhere, or text: `UNKNOWN command` where nothing was applied,
-- `BROKEN reason` where an operation failed. What ran before it cannot be undone, so the build is then marked broken and made anew.
local call, meta, tag = redis.call, KEYS[1], ARGV[1]

local KNOWN = {
  HSET = true, HDEL = true, ADD = true, ADD_ALL = true, ZADD = true, ZREM = true, ZREMRANGEBYSCORE = true,
  RANK_EACH = true, TALLY = true, TALLY_EACH = true, TRIM = true, SPREAD = true, SPUBLISH = true
}
local CHUNK = 1000

local function unknown(at, last)
  while at <= last do
    if not KNOWN[ARGV[at + 1]] then return ARGV[at + 1] end
    at = at + tonumber(ARGV[at]) + 1
  end
end

-- TRIM key keep_max rows #suffixes suffix... #indexes index... owned...
local function trim(prefix, first, last)
  local key, rows, at = prefix .. ARGV[first + 1], prefix .. ARGV[first + 3], first + 4
  local excess = call('ZCARD', key) - tonumber(ARGV[first + 2])
  if excess <= 0 then return end
  local suffixes = at + tonumber(ARGV[at])
  local indexes = suffixes + 1 + tonumber(ARGV[suffixes + 1])
  for _, member in ipairs(call('ZRANGE', key, 0, excess - 1)) do
    for i = at + 1, suffixes do call('HDEL', rows, member .. ARGV[i]) end
    for i = suffixes + 2, indexes do call('ZREM', prefix .. ARGV[i], member) end
    for i = indexes + 1, last do call('UNLINK', prefix .. ARGV[i] .. member) end
  end
  call('ZREMRANGEBYRANK', key, 0, excess - 1)
end

-- ADD key by field [by field]...
local function add(prefix, first, last)
  local key = prefix .. ARGV[first + 1]
  for at = first + 2, last, 2 do call('HINCRBY', key, ARGV[at + 1], ARGV[at]) end
end

-- ADD_ALL key field numbers [key field numbers]...
local function add_all(prefix, first, last)
  for at = first + 1, last, 3 do
    local key, field, by = prefix .. ARGV[at], ARGV[at + 1], ARGV[at + 2]
    local held = call('HGET', key, field)
    if held then
      local numbers, more, sums, any = string.gmatch(held, '[^ ]+'), string.gmatch(by, '[^ ]+'), {}, false
      for number in numbers do
        local sum = tonumber(number) + tonumber(more())
        sums[#sums + 1], any = string.format('%.0f', sum), any or sum ~= 0
      end
      if more() then error('numbers are added to fewer') end
      by = any and table.concat(sums, ' ')
    elseif not string.find(by, '[1-9]') then
      by = false
    end
    if by then call('HSET', key, field, by) else call('HDEL', key, field) end
  end
end

-- RANK_EACH key score member [key score member]...
local function rank_each(prefix, first, last)
  for at = first + 1, last, 3 do call('ZADD', prefix .. ARGV[at], ARGV[at + 1], ARGV[at + 2]) end
end

local function tally_one(key, by, member)
  if tonumber(call('ZINCRBY', key, by, member)) == 0 then call('ZREM', key, member) end
end

-- TALLY key by member [by member]...
local function tally(prefix, first, last)
  local key = prefix .. ARGV[first + 1]
  for at = first + 2, last, 2 do tally_one(key, ARGV[at], ARGV[at + 1]) end
end

-- TALLY_EACH key by member [key by member]...
local function tally_each(prefix, first, last)
  for at = first + 1, last, 3 do tally_one(prefix .. ARGV[at], ARGV[at + 1], ARGV[at + 2]) end
end

-- SPREAD into keep_max slack LPUSH|LPUSHX members_max width, then for each: over entry [key score member]
local function spread(prefix, first, last)
  local into, keep_max, push = prefix .. ARGV[first + 1], tonumber(ARGV[first + 2]), ARGV[first + 4]
  local cut_above, members_max, width = keep_max + tonumber(ARGV[first + 3]), tonumber(ARGV[first + 5]), tonumber(ARGV[first + 6])
  for at = first + 7, last, width do
    local over, entry = prefix .. ARGV[at], ARGV[at + 1]
    local size = call('ZCARD', over)
    if size > members_max then
      if width > 2 then call('ZADD', prefix .. ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]) end
      size = 0
    end
    for start = 0, size - 1, CHUNK do
      for _, member in ipairs(call('ZRANGE', over, start, start + CHUNK - 1)) do
        local timeline = into .. member
        if call(push, timeline, entry) > cut_above then call('LTRIM', timeline, 0, keep_max - 1) end
      end
    end
  end
end

local OWN = {
  ADD = add, ADD_ALL = add_all, RANK_EACH = rank_each, TALLY = tally, TALLY_EACH = tally_each, TRIM = trim, SPREAD = spread
}

local function run(view, build, at, last)
  local is_live, prefix = nil, tag .. ':' .. build
  while at <= last do
    local first, stop = at + 1, at + tonumber(ARGV[at])
    local command = ARGV[first]
    local own = OWN[command]
    if own then
      own(prefix, first, stop)
    elseif command == 'SPUBLISH' then
      if is_live == nil then is_live = call('HGET', meta, 'live:' .. view) == build end
      if is_live then call('SPUBLISH', tag .. ARGV[first + 1], ARGV[first + 2]) end
    else
      ARGV[first + 1] = prefix .. ARGV[first + 1]
      call(unpack(ARGV, first, stop))
    end
    at = stop + 1
  end
end

local function section(view, build, expected, upto, mark, first, last)
  local stored = call('HGET', meta, 'at:' .. build)
  if not stored or stored == 'broken' then return -1 end
  local position = string.match(stored, '^%d+')
  if tonumber(position) >= tonumber(upto) then return 0 end
  if position ~= expected then return -2 end
  if first <= last then
    local other = unknown(first, last)
    if other then return 'UNKNOWN ' .. other end
    local done, problem = pcall(run, view, build, first, last)
    if not done then
      local reason = type(problem) == 'table' and problem.err or tostring(problem)
      call('HSET', meta, 'at:' .. build, 'broken')
      redis.log(redis.LOG_WARNING, 'a batch broke ' .. tag .. ' of ' .. build .. ': ' .. reason)
      return 'BROKEN ' .. reason
    end
  end
  call('HSET', meta, 'at:' .. build, upto .. ' ' .. mark)
  return 1
end

local answers, at = {}, 2
while at < #ARGV do
  local last = at + 5 + tonumber(ARGV[at + 5])
  answers[#answers + 1] = section(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], at + 6, last)
  at = last + 1
end
return answers
