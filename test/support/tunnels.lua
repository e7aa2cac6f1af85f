-- Teaches tshark what socat's tunnels carry in UDP: a TUN packet information header, an IP packet, or an Ethernet frame.
-- The test's own reading of the bytes, apart from the program's: tshark then is an oracle for what is inside.
-- usage: tshark -X lua_script:tunnels.lua
local tunpi = Proto("tunpi", "TUN Packet Information")
local ethertype = DissectorTable.get("ethertype")

local function inside(buffer, pinfo, tree)
  if buffer:len() < 24 then return false end
  local first = buffer(0, 1):uint()
  if buffer(0, 4):uint() == 0x0800 or buffer(0, 4):uint() == 0x86dd then
    ethertype:try(buffer(2, 2):uint(), buffer(4):tvb(), pinfo, tree)
  elseif first == 0x45 then
    Dissector.get("ip"):call(buffer, pinfo, tree)
  elseif first == 0x60 then
    Dissector.get("ipv6"):call(buffer, pinfo, tree)
  elseif buffer(12, 2):uint() == 0x0800 or buffer(12, 2):uint() == 0x86dd or buffer(12, 2):uint() == 0x0806 then
    Dissector.get("eth_withoutfcs"):call(buffer, pinfo, tree)
  else
    return false
  end
  return true
end

tunpi:register_heuristic("udp", inside)
