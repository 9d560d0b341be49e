-- Sends the requests of a file in turn, each with a key of its own where it says <key>; tells what it measured as JSON.
-- Arguments: the file, what its requests are parted by, the first twelve hex digits of the keys, the pause before each request in milliseconds,
-- and "retry" where connections wait for as long as Retry-After says. Which connection waits is not known to a script: as many do as were told.
local requests, keys, number, first, pause, owed = {}, 0, 0, "", 0, {}

local function note_refused(_, headers)
  local after_s = headers["Retry-After"] or headers["retry-after"]
  if after_s then owed[#owed + 1] = 1000 * tonumber(after_s) end
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local whole, from = file:read("*a"), 1
  file:close()
  while true do
    local found, last = whole:find(args[2], from, true)
    requests[#requests + 1] = whole:sub(from, found and found - 1 or -1)
    if not found then break end
    from = last + 1
  end
  first, pause = args[3], tonumber(args[4])
  if args[5] == "retry" then response = note_refused end
  for index, request in ipairs(requests) do
    local at, last = request:find("<key>", 1, true)
    requests[index] = at and { request:sub(1, at - 1), request:sub(last + 1) } or { request }
  end
end

function request()
  number = number % #requests + 1
  local parts = requests[number]
  if not parts[2] then return parts[1] end
  keys = keys + 1
  local stamp = tonumber(first, 16) + math.floor(keys / 4096)
  local hex = string.format("%06x%06x", math.floor(stamp / 16777216), stamp % 16777216)
  return parts[1] .. hex:sub(1, 8) .. "-" .. hex:sub(9) .. string.format("-7%03x-8000-%012x", keys % 4096, keys) .. parts[2]
end

function delay()
  if #owed > 0 then return table.remove(owed) end
  return pause > 0 and math.random(0, 2 * pause) or 0
end

function done(summary, latency)
  local errors = summary.errors
  io.write("\n", string.format(
    '{"per_s": %f, "answers": %d, "refused": %d, "broken": %d, "p50_ms": %f, "p99_ms": %f}',
    summary.requests / summary.duration * 1e6, summary.requests, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(50) / 1000, latency:percentile(99) / 1000
  ), "\n")
end
