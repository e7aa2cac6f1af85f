/**
 * Spanning Tree Protocol (IEEE Std 802.1D-2004, clause 9.3): how bridges find out which of their ports to shut, so that no frame
 * goes in circles.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      Protocol Identifier      |    Version    |   BPDU Type   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Flags     |  Root: priority, extension (16 bits), address (48 bits), path cost (32 bits) …
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Bridge: priority, extension, address; port (16 bits); ages and times (16 bits each, of 1/256 second) …
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { etherAddress, flag, hex, uint } from '../fields.ts';
import { DATA, type Field, HEADER_SHIFT, type Protocol } from '../protocol.ts';

const SHORT = 4;
const CONFIGURATION = 35;
const TYPE = 3;
const TOPOLOGY_CHANGE = 0x80;
const PRIORITY = 0xf000;

const hasConfiguration: NonNullable<Field['when']> = (_view, start, stack, layer) =>
  stack.payload(layer) - start >= CONFIGURATION;
const when = hasConfiguration;

const typeNames: Readonly<Record<number, string>> = {
  0: 'Configuration',
  2: 'Rapid/Multiple Spanning Tree',
  128: 'Topology Change Notification',
};

export const stp: Protocol = {
  name: 'stp',
  title: 'Spanning Tree Protocol',
  short: 'STP',
  reference: 'IEEE 802.1D',
  osi: 2,
  about: 'How bridges decide which of their ports to block, so that frames do not loop.',
  attach: [{ table: 'llc.dsap', values: [0x42] }],
  fields: [
    hex('protocol_id', 0, 16, 'Protocol Identifier', 'Always 0.', { filter: 'stp.protocol' }),
    uint('version', 2, 8, 'Version', '0 for STP, 2 for Rapid STP, 3 for Multiple STP.'),
    hex('type', TYPE, 8, 'BPDU Type', 'The type of the message.', { values: typeNames }),
    hex('flags', 4, 8, 'Flags', 'State and role of the port, and whether the tree is changing.', { when }),
    flag('flags.tcack', 32, 'Topology Change Acknowledgment', 'Acknowledges a topology change.', {
      hidden: true,
      when,
    }),
    flag('flags.tc', 39, 'Topology Change', 'The topology is changing.', { hidden: true, when }),
    uint('root.prio', 5, 16, 'Root Priority', 'The priority of the root bridge: the lowest wins.', {
      when,
      read: (view, start) => view.getUint16(start + 5) & PRIORITY,
    }),
    uint('root.ext', 5, 16, 'Root System ID Extension', 'The VLAN whose tree this is.', {
      when,
      read: (view, start) => view.getUint16(start + 5) & ~PRIORITY,
    }),
    etherAddress('root.hw', 7, 'Root System ID', 'The root bridge’s address.', { when }),
    uint('root.cost', 13, 32, 'Root Path Cost', 'The cost of the path from the sender to the root.', {
      when,
    }),
    uint('bridge.prio', 17, 16, 'Bridge Priority', 'The sender’s priority.', {
      when,
      read: (view, start) => view.getUint16(start + 17) & PRIORITY,
    }),
    uint('bridge.ext', 17, 16, 'Bridge System ID Extension', 'The sender’s VLAN.', {
      when,
      read: (view, start) => view.getUint16(start + 17) & ~PRIORITY,
    }),
    etherAddress('bridge.hw', 19, 'Bridge System ID', 'The sender’s address.', { when }),
    hex('port', 25, 16, 'Port Identifier', 'The sender’s port.', { when }),
  ],
  summary(out, view, start, stack, layer) {
    out.text(typeNames[view.getUint8(start + TYPE)] ?? 'Unknown type');
    if (!hasConfiguration(view, start, stack, layer)) return;
    out.text(' root=');
    out.ether(view, start + 7);
    out.text(' cost=');
    out.uint(view.getUint32(start + 13));
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < SHORT) return stack.tooShort(offset, SHORT, available, 'BPDU');
    if (view.getUint16(offset) !== 0) return stack.malformed(offset, 'BPDU protocol identifier is not 0');
    if (view.getUint8(offset + TYPE) === TOPOLOGY_CHANGE) return (SHORT << HEADER_SHIFT) | DATA;
    if (available < CONFIGURATION) return stack.tooShort(offset, CONFIGURATION, available, 'BPDU');
    return (CONFIGURATION << HEADER_SHIFT) | DATA;
  },
};
