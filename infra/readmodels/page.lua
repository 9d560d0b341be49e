#!lua flags=no-writes
-- A page of a sorted set with the rows of its members, read at one moment.
-- KEYS[1]: the sorted set; KEYS[2]: the hash of rows, or the same key again. ARGV: limit, 1 for newest first, the score and the member
-- after which it begins (empty to begin at the start), then the suffixes of the fields that are wanted with each member.
-- Returns member, score and the rows of each, flat.
local limit, newest_first, score, member = tonumber(ARGV[1]), ARGV[2] == '1', ARGV[3], ARGV[4]
local start = 0
if score ~= '' then
  start = newest_first and redis.call('ZCOUNT', KEYS[1], '(' .. score, '+inf') or redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. score)
  for _, tied in ipairs(redis.call('ZRANGE', KEYS[1], score, score, 'BYSCORE')) do
    if tied == member or (tied > member) == newest_first then start = start + 1 end
  end
end
local page
if newest_first then
  page = redis.call('ZRANGE', KEYS[1], start, start + limit - 1, 'REV', 'WITHSCORES')
else
  page = redis.call('ZRANGE', KEYS[1], start, start + limit - 1, 'WITHSCORES')
end
if #ARGV == 4 then return page end
local answer = {}
for i = 1, #page, 2 do
  answer[#answer + 1] = page[i]
  answer[#answer + 1] = page[i + 1]
  for suffix = 5, #ARGV do answer[#answer + 1] = redis.call('HGET', KEYS[2], page[i] .. ARGV[suffix]) end
end
return answer
