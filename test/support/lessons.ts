/** Lessons out of fixtures and hand-made packets. */
import { createDecoder } from '../../src/decode/decoder.ts';
import { LayerStack } from '../../src/decode/layer-stack.ts';
import { createLesson, type Lesson } from '../../src/explain/lesson.ts';
import { readCapture } from './captures.ts';

const { decode } = createDecoder();

export function lessonOf(bytes: Uint8Array, linkType = 1, originalLength = bytes.length): Lesson {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const stack = new LayerStack();
  decode(view, 0, bytes.length, originalLength, linkType, stack);
  return createLesson(view, stack);
}

/** @param number the packet's, from 1 */
export async function lessonFrom(path: string, number: number): Promise<Lesson> {
  const packet = (await readCapture(path))[number - 1];
  if (packet === undefined) throw new Error(`${path} has no packet ${number}`);
  return lessonOf(packet.bytes, packet.linkType, packet.originalLength);
}
