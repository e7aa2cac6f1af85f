/** Bytes of pcapng, block by block, in either byte order: for tests of what no program at hand writes. */

export type ByteOrder = 'little' | 'big';

export function u16(order: ByteOrder, ...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) {
    if (order === 'little') bytes.writeUInt16LE(value, i * 2);
    else bytes.writeUInt16BE(value, i * 2);
  }
  return bytes;
}

export function u32(order: ByteOrder, ...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) {
    if (order === 'little') bytes.writeUInt32LE(value, i * 4);
    else bytes.writeUInt32BE(value, i * 4);
  }
  return bytes;
}

export function u64(order: ByteOrder, value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  if (order === 'little') bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  else bytes.writeBigUInt64BE(BigInt.asUintN(64, value));
  return bytes;
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

export function block(order: ByteOrder, type: number, ...body: readonly Uint8Array[]): Buffer {
  const content = padded(Buffer.concat(body));
  const length = u32(order, content.length + 12);
  return Buffer.concat([u32(order, type), length, content, length]);
}

export function option(order: ByteOrder, code: number, value: Uint8Array): Buffer {
  return Buffer.concat([u16(order, code, value.length), padded(value)]);
}

export function section(order: ByteOrder, major = 1): Buffer {
  return block(order, 0x0a0d0d0a, u32(order, 0x1a2b3c4d), u16(order, major, 0), u64(order, -1n));
}

export function description(order: ByteOrder, linkType: number, ...options: readonly Buffer[]): Buffer {
  return block(order, 1, u16(order, linkType, 0), u32(order, 0), ...options);
}

export function enhanced(
  order: ByteOrder,
  id: number,
  time: bigint,
  data: Uint8Array,
  original = data.length,
): Buffer {
  const head = u32(order, id, Number(time >> 32n), Number(time & 0xffffffffn), data.length, original);
  return block(order, 6, head, padded(data));
}
