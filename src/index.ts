/** tunnelscope's library: read captures, decode packets, verify tunneled pings. No terminal, no command line. */
export { openCaptureFile } from './capture/open-capture.ts';
export {
  CaptureError,
  type CaptureInterface,
  type CaptureStatistics,
  type PacketBatch,
  type PacketSource,
} from './capture/source.ts';
export type { DecodeAs } from './decode/dispatch.ts';
export { createDecoder, type Decoder, type DecoderOptions } from './decode/decoder.ts';
export { type Issue, type IssueCode, LayerStack } from './decode/layer-stack.ts';
export { protocols } from './decode/registry.ts';
export type { Field, FieldKind, Protocol } from './decode/protocol.ts';
export {
  type DecodedLayer,
  type DecodedPacket,
  type DecodeOptions,
  decode,
  type FieldValue,
  openCapture,
  type Packet,
} from './library.ts';
