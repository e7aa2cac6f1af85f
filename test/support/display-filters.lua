-- Has tshark apply many display filters in one run: each is the filter of a tap, which is what -Y is.
-- usage: FILTERS=file FOUND=file tshark -q -X lua_script:display-filters.lua -r capture
-- FILTERS has an expression a line. FOUND gets each packet's layers, a line a packet, then a line an expression: the numbers of the
-- packets that it lets pass, or "error" and tshark's words.
local filters, found, taps, layers = {}, {}, {}, {}
local protocols = Field.new("frame.protocols")

for expression in io.lines(os.getenv("FILTERS")) do
  local index = #filters + 1
  filters[index] = expression
  found[index] = {}
  local accepted, tap = pcall(Listener.new, "frame", expression)
  if accepted then
    taps[index] = tap
    function tap.packet(pinfo) table.insert(found[index], pinfo.number) end
  else
    found[index] = { "error", (tostring(tap):gsub("\n", " ")) }
  end
end

local all = Listener.new("frame")
function all.packet() table.insert(layers, tostring(protocols())) end
function all.draw()
  local out = io.open(os.getenv("FOUND"), "w")
  for _, line in ipairs(layers) do out:write(line, "\n") end
  for _, numbers in ipairs(found) do out:write(table.concat(numbers, " "), "\n") end
  out:close()
end
