/** A capture in which everything that can have a text tries to take the terminal over. Written by hand after pcapng's specification. */
import { readFileSync } from 'node:fs';

/** Sets the title, clears the screen, moves the cursor; in C0, in C1 as one byte, and in C1 as UTF-8 has it. */
export const ATTACK = '\x1b]2;owned\x07\x1b[2J\x1b[H\r\n\x7f';
const ATTACK_BYTES = Buffer.concat([
  Buffer.from(ATTACK, 'latin1'),
  Buffer.from([0x9d, 0x32, 0x3b, 0x6f, 0x9c, 0x9b, 0x32, 0x4a]),
  Buffer.from('\u009b2J\u202e', 'utf8'),
]);

function block(type: number, body: Buffer): Buffer {
  const length = 12 + body.length;
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(length, 4);
  body.copy(bytes, 8);
  bytes.writeUInt32LE(length, length - 4);
  return bytes;
}

function option(code: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + ((value.length + 3) & ~3));
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt16LE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}

const END_OF_OPTIONS = Buffer.alloc(4);
const COMMENT = 1;
const IF_NAME = 2;
const IF_DESCRIPTION = 3;
const USER_APPLICATION = 4;

function packetBlock(packet: Buffer, milliseconds: number): Buffer {
  const fixed = Buffer.alloc(20);
  fixed.writeUInt32LE(milliseconds * 1000, 8);
  fixed.writeUInt32LE(packet.length, 12);
  fixed.writeUInt32LE(packet.length, 16);
  const padded = Buffer.alloc((packet.length + 3) & ~3);
  packet.copy(padded);
  return block(6, Buffer.concat([fixed, padded, option(COMMENT, ATTACK_BYTES), END_OF_OPTIONS]));
}

/** A TCP segment to port 80 between 10.0.0.1 and 10.0.0.2 in Ethernet; checksums are left 0. */
function http(text: Buffer): Buffer {
  const headers = Buffer.from(
    `${'02'.repeat(12)}0800` +
      `4500${(40 + text.length).toString(16).padStart(4, '0')}0001000040060000 0a000001 0a000002` +
      '9c400050 00000001 00000001 50180100 00000000',
    'utf8',
  );
  return Buffer.concat([Buffer.from(headers.toString().replaceAll(' ', ''), 'hex'), text]);
}

/** Pings through a tunnel with that in their payload, and requests of which every line has it. */
export function hostileCapture(): Buffer {
  const socat = readFileSync('fixtures/socat.pcap');
  const packets: Buffer[] = [];
  // Behind the file's header of 24 bytes: records with 16 bytes before the packet, its length in the third word.
  for (let at = 24; at < socat.length; at += 16 + socat.readUInt32LE(at + 8)) {
    const packet = Buffer.from(socat.subarray(at + 16, at + 16 + socat.readUInt32LE(at + 8)));
    ATTACK_BYTES.copy(packet, 90);
    packets.push(packet);
  }
  const line = Buffer.concat([
    Buffer.from('GET /'),
    ATTACK_BYTES,
    Buffer.from(' HTTP/1.1\r\nHost: '),
    ATTACK_BYTES,
  ]);
  packets.push(http(Buffer.concat([line, Buffer.from('\r\n\r\n')])));
  const section = Buffer.alloc(16, 0xff);
  section.writeUInt32LE(0x1a2b3c4d, 0);
  section.writeUInt16LE(1, 4);
  section.writeUInt16LE(0, 6);
  const ethernet = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([
    block(
      0x0a0d0d0a,
      Buffer.concat([
        section,
        option(COMMENT, ATTACK_BYTES),
        option(USER_APPLICATION, ATTACK_BYTES),
        END_OF_OPTIONS,
      ]),
    ),
    block(
      1,
      Buffer.concat([
        ethernet,
        option(IF_NAME, ATTACK_BYTES),
        option(IF_DESCRIPTION, ATTACK_BYTES),
        END_OF_OPTIONS,
      ]),
    ),
    ...packets.map((packet, i) => packetBlock(packet, i)),
  ]);
}
