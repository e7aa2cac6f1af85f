/**
 * What a packet's length tells of what is encrypted in it: how long the packet inside can be, and whether a ping as it is sent without any
 * option is among that.
 */

/** What carries the packet, by what can be told of each alone. */
export const OPAQUE = { wireguard: 0, esp: 1, udp: 2 } as const;
export type Opaque = (typeof OPAQUE)[keyof typeof OPAQUE];

/** WireGuard: a header and a tag of 16 bytes each, and what is inside filled up to a multiple of 16 (whitepaper, section 5.4.6). */
const WIREGUARD_AROUND = 32;
const WIREGUARD_UNIT = 16;
const WIREGUARD_DATA = 4;
/** OpenVPN's P_DATA_V2 with an AEAD cipher: opcode and peer, packet ID, tag. */
const OPENVPN_AROUND = 24;
const OPENVPN_DATA = 9;
/** What it sends to say that it is there: 16 bytes. */
const OPENVPN_PING = 16;
/** Hard resets (1, 2, 7, 8, 10), soft reset, control and acknowledgment (3, 4, 5, 11), data (6, 9). */
const OPENVPN_RESETS: ReadonlySet<number> = new Set([1, 2, 7, 8, 10]);
const OPENVPN_CONTROLS: ReadonlySet<number> = new Set([3, 4, 5, 11]);
const OPENVPN_DATA_1 = 6;
/** Opcode, and what comes next: a session ID of 8 bytes, or the packet ID. */
const LEAST_OPENVPN = 9;

/** IP packets of a ping without options: Linux, BSD and macOS; the same over IPv6; Windows, and over IPv6. */
const PING_BYTES: readonly number[] = [84, 104, 60, 80];
const ETHERNET = 14;

/** ESP: SPI and sequence number; an IV; padding up to a unit with a trailer of two bytes; the integrity check value. */
const ESP_HEADER = 8;
const ESP_TRAILER = 2;
const ESP_SUITES: readonly { readonly iv: number; readonly unit: number; readonly check: number }[] = [
  // AES-GCM and ChaCha20-Poly1305 (RFC 4106, RFC 7634), with 16 bytes.
  { iv: 8, unit: 4, check: 16 },
  // AES-CBC with HMAC-SHA-1-96 (RFC 2404), HMAC-SHA-256-128, -384-192 and -512-256 (RFC 4868).
  { iv: 16, unit: 16, check: 12 },
  { iv: 16, unit: 16, check: 16 },
  { iv: 16, unit: 16, check: 24 },
  { iv: 16, unit: 16, check: 32 },
];

export type EncryptedMessage = 'handshake' | 'keepalive' | 'data';

export function messageOf(view: DataView, protocol: Opaque, start: number, length: number): EncryptedMessage {
  if (protocol === OPAQUE.wireguard) {
    if (view.getUint8(start) !== WIREGUARD_DATA) return 'handshake';
    return length === WIREGUARD_AROUND ? 'keepalive' : 'data';
  }
  if (protocol === OPAQUE.esp) return 'data';
  const opcode = view.getUint8(start) >> 3;
  if (length < LEAST_OPENVPN) return 'data';
  if (opcode === OPENVPN_DATA && length === OPENVPN_AROUND + OPENVPN_PING) return 'keepalive';
  return OPENVPN_RESETS.has(opcode) || OPENVPN_CONTROLS.has(opcode) ? 'handshake' : 'data';
}

/** What {@link openvpnCounter} answers where there is no counter: in the first message, and in what is none of OpenVPN's. */
export const RESET = -2;
export const NOT_OPENVPN = -3;
const NO_COUNTER = -1;

/** The packet ID of OpenVPN's P_DATA_V2; below zero where there is none. */
export function openvpnCounter(view: DataView, start: number, length: number): number {
  if (length < LEAST_OPENVPN) return NOT_OPENVPN;
  const opcode = view.getUint8(start) >> 3;
  if (opcode === OPENVPN_DATA) return length < OPENVPN_AROUND ? NOT_OPENVPN : view.getUint32(start + 4);
  if (OPENVPN_RESETS.has(opcode)) return RESET;
  return OPENVPN_CONTROLS.has(opcode) || opcode === OPENVPN_DATA_1 ? NO_COUNTER : NOT_OPENVPN;
}

/** How long what is inside may be, in bytes: from and to. Undefined where that depends on what is not known. */
export function insideOf(
  kind: 'wireguard' | 'esp' | 'openvpn' | undefined,
  length: number,
): readonly [from: number, to: number] | undefined {
  if (kind === 'wireguard') {
    const most = length - WIREGUARD_AROUND;
    return [most - WIREGUARD_UNIT + 1, most];
  }
  return kind === 'openvpn' ? [length - OPENVPN_AROUND, length - OPENVPN_AROUND] : undefined;
}

/** A ping's usual length in bytes, with its IP header, if one has that length inside; undefined if none does. */
export function fittingPing(
  kind: 'wireguard' | 'esp' | 'openvpn' | undefined,
  length: number,
): number | undefined {
  if (kind === 'esp') return PING_BYTES.find((bytes) => espLengths(bytes).includes(length));
  const inside = insideOf(kind, length);
  if (inside === undefined) return undefined;
  const [from, to] = inside;
  const fits = (bytes: number) => bytes >= from && bytes <= to;
  // OpenVPN carries packets, or frames.
  return PING_BYTES.find((bytes) => fits(bytes) || (kind === 'openvpn' && fits(bytes + ETHERNET)));
}

/** What an IP packet is as ESP, from its SPI on: in tunnel mode, and in transport mode, where its header stays outside. */
function espLengths(bytes: number): number[] {
  const header = bytes === 104 || bytes === 80 ? 40 : 20;
  return ESP_SUITES.flatMap(({ iv, unit, check }) =>
    [bytes, bytes - header].map(
      (inside) => ESP_HEADER + iv + Math.ceil((inside + ESP_TRAILER) / unit) * unit + check,
    ),
  );
}
