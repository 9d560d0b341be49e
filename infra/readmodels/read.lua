#!lua flags=no-writes
-- Answers questions about one partition of a view, all as of one moment.
-- KEYS: see key_names.py. ARGV: the partition's hash tag, the view, a build or nothing for the one that readers see, then the questions:
--   F key n name...                                                the fields of a hash
--   A key limit                                                    the fields of a hash with their names, all; of a larger one some
--   S key n member...                                              where members of a sorted set stand
--   C key                                                          how many members a sorted set has
--   L key limit                                                    the first entries of a list
--   B key other                                                    the members of a sorted set that another has too, each with its score there
--   P key rows limit newest_first score member n suffix...         a page of a sorted set after a member at a score (empty: from the
--                                                                  start), with the fields member + suffix of the hash `rows` for each
-- Keys come without tag and build. Returns the build's position with the log's mark there, then an answer for each question: values in the
-- order of the names or members; a number; entries; or member, score and the rows of each, flat.
local call, build, answers, at = redis.call, ARGV[3], {}, 4
if build == '' then build = call('HGET', KEYS[1], 'live:' .. ARGV[2]) or '' end
answers[1] = call('HGET', KEYS[1], 'at:' .. build)
local prefix = ARGV[1] .. ':' .. build

local function page(key, rows, limit, newest_first, score, member, first, last)
  local start = 0
  if score ~= '' then
    start = newest_first and call('ZCOUNT', key, '(' .. score, '+inf') or call('ZCOUNT', key, '-inf', '(' .. score)
    for _, tied in ipairs(call('ZRANGE', key, score, score, 'BYSCORE')) do
      if tied == member or (tied > member) == newest_first then start = start + 1 end
    end
  end
  local found
  if newest_first then
    found = call('ZRANGE', key, start, start + limit - 1, 'REV', 'WITHSCORES')
  else
    found = call('ZRANGE', key, start, start + limit - 1, 'WITHSCORES')
  end
  if first > last then return found end
  local answer = {}
  for i = 1, #found, 2 do
    answer[#answer + 1] = found[i]
    answer[#answer + 1] = found[i + 1]
    for suffix = first, last do answer[#answer + 1] = call('HGET', rows, found[i] .. ARGV[suffix]) end
  end
  return answer
end

while at <= #ARGV do
  local key, last = prefix .. ARGV[at + 1]
  if ARGV[at] == 'F' then
    last = at + 2 + tonumber(ARGV[at + 2])
    answers[#answers + 1] = call('HMGET', key, unpack(ARGV, at + 3, last))
  elseif ARGV[at] == 'A' then
    last = at + 2
    local is_larger = call('HLEN', key) > tonumber(ARGV[last])
    answers[#answers + 1] = is_larger and call('HRANDFIELD', key, ARGV[last], 'WITHVALUES') or call('HGETALL', key)
  elseif ARGV[at] == 'S' then
    last = at + 2 + tonumber(ARGV[at + 2])
    answers[#answers + 1] = call('ZMSCORE', key, unpack(ARGV, at + 3, last))
  elseif ARGV[at] == 'C' then
    last = at + 1
    answers[#answers + 1] = call('ZCARD', key)
  elseif ARGV[at] == 'L' then
    last = at + 2
    answers[#answers + 1] = call('LRANGE', key, 0, tonumber(ARGV[at + 2]) - 1)
  elseif ARGV[at] == 'B' then
    last = at + 2
    answers[#answers + 1] = call('ZINTER', 2, key, prefix .. ARGV[last], 'WEIGHTS', 0, 1, 'WITHSCORES')
  else
    last = at + 7 + tonumber(ARGV[at + 7])
    answers[#answers + 1] =
      page(key, prefix .. ARGV[at + 2], tonumber(ARGV[at + 3]), ARGV[at + 4] == '1', ARGV[at + 5], ARGV[at + 6], at + 8, last)
  end
  at = last + 1
end
return answers
