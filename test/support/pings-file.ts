/** A capture file of many pings, made byte by byte. */

/** Pings of four hosts, every tenth of them lost, as a pcap file of raw IPv4 (link type 101). */
export function pingsFile(count: number): Uint8Array {
  const size = 28;
  const parts: Uint8Array[] = [];
  const header = new DataView(new ArrayBuffer(24));
  header.setUint32(0, 0xa1b2c3d4);
  header.setUint16(4, 2);
  header.setUint16(6, 4);
  header.setUint32(16, 65535);
  header.setUint32(20, 101);
  parts.push(new Uint8Array(header.buffer));
  for (let i = 0; i < count; i++) {
    for (const type of i % 10 === 9 ? [8] : [8, 0]) {
      const view = new DataView(new ArrayBuffer(16 + size));
      const micros = i * 10_000 + (type === 8 ? 0 : 200 + (i % 700));
      view.setUint32(0, 1_700_000_000 + Math.floor(micros / 1e6));
      view.setUint32(4, micros % 1e6);
      view.setUint32(8, size);
      view.setUint32(12, size);
      view.setUint16(16, 0x4500);
      view.setUint16(18, size);
      view.setUint16(24, 0x4001);
      const [near, far] = [0x0a000001 + (i % 4), 0x0a000101];
      view.setUint32(28, type === 8 ? near : far);
      view.setUint32(32, type === 8 ? far : near);
      view.setUint16(36, type << 8);
      view.setUint16(40, 7);
      view.setUint16(42, i & 0xffff);
      parts.push(new Uint8Array(view.buffer));
    }
  }
  return Buffer.concat(parts);
}
