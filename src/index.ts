/** tunnelscope's library: read captures, decode packets, verify tunneled pings. No terminal, no command line. */
export type { Expectation, VerdictExpectation } from './assert/expectation.ts';
export type { AddressPair, PingDemands } from './assert/ping-demands.ts';
export { expectNoFindings, expectPings } from './assert/ping-expectation.ts';
export { filtered } from './capture/filter.ts';
export { type LiveOptions, openLive } from './capture/live.ts';
export { openCaptureFile, openCaptureStream } from './capture/open-capture.ts';
export {
  type ByteStream,
  CaptureError,
  type CaptureInterface,
  type CaptureStatistics,
  type PacketBatch,
  type PacketSource,
} from './capture/source.ts';
export { openWriter, type PacketWriter, type Rotation, type WriterOptions } from './capture/writer.ts';
export { createDecoder, type Decoder, type DecoderOptions } from './decode/decoder.ts';
export type { DecodeAs } from './decode/dispatch.ts';
export { type Issue, type IssueCode, LayerStack } from './decode/layer-stack.ts';
export type { Field, FieldKind, Protocol } from './decode/protocol.ts';
export { createReassembler, type Reassembler, type ReassemblyEvents } from './decode/reassembly.ts';
export { protocols } from './decode/registry.ts';
export {
  type DecodedLayer,
  type DecodedPacket,
  type DecodeOptions,
  decode,
  type FieldValue,
  fieldValues,
  type Packet,
} from './library.ts';
export {
  batches,
  createPacketFilter,
  openCapture,
  type PacketTest,
  packets,
  type WriteOptions,
  writeCapture,
} from './library-sources.ts';
export type { Finding, FindingCode, Severity } from './ping/finding.ts';
export type { PingEnds, PingEvent } from './ping/ping-events.ts';
export type { RoundTripSummary } from './ping/round-trip-times.ts';
export {
  createPathTracker,
  type PathTracker,
  type PathTrackerOptions,
} from './ping/sightings/path-tracker.ts';
export type * from './ping/sightings/path-view.ts';
export type { PointOrigin } from './ping/sightings/points.ts';
export { tracePath } from './ping/sightings/trace-path.ts';
export type { Tunnel } from './ping/tunnel-table.ts';
export type { Verdict, VerdictCapture, VerdictPath } from './ping/verdict.ts';
export {
  createPingTracker,
  type PingSnapshot,
  type PingTracker,
  type VerifyOptions,
  verifyCapture,
} from './ping/verify.ts';
