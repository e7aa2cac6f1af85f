/** tunnelscope's library: read captures, decode packets, verify tunneled pings. No terminal, no command line. */

export { openCaptureFile, openCaptureStream } from './capture/file/open-capture.ts';
export { filtered } from './capture/filter/filter.ts';
export { type LiveOptions, openLive } from './capture/live.ts';
export { openWriter, type PacketWriter, type Rotation, type WriterOptions } from './capture/write/writer.ts';
export type { DecodeAs } from './decode/decode-as.ts';
export { createDecoder, type Decoder, type DecoderOptions } from './decode/decoder.ts';
export { type Issue, type IssueCode, LayerStack } from './decode/layer-stack.ts';
export type { Field, FieldKind, IdentifierName, Protocol, TunnelIdentifier } from './decode/protocol.ts';
export { createReassembler, type Reassembler, type ReassemblyEvents } from './decode/reassembly.ts';
export { protocols } from './decode/registry.ts';
export type { ExchangeEvent } from './exchange/exchange-events.ts';
export type { PingEnds, PingEvent } from './exchange/ping/ping-events.ts';
export type { RoundTripSummary } from './exchange/round-trip-times.ts';
export type { Tunnel } from './exchange/tunnel.ts';
export type { EncryptedSize, VerdictEncrypted } from './finding/encrypted-tunnel.ts';
export type { Finding, FindingCode, Severity } from './finding/finding.ts';
export { createPacketFilter, type PacketTest } from './library/packet-filter.ts';
export {
  type DecodedLayer,
  type DecodedPacket,
  type DecodeOptions,
  decode,
  type FieldValue,
  fieldValues,
  type Packet,
} from './library/packet-objects.ts';
export { batches, openCapture, packets } from './library/sources.ts';
export { type WriteOptions, writeCapture } from './library/write-capture.ts';
export {
  type ByteStream,
  CaptureError,
  type CaptureInterface,
  type CaptureStatistics,
  type PacketBatch,
  type PacketSource,
} from './packet/source.ts';
export type { LatestView } from './path/make-path-view.ts';
export {
  createPathTracker,
  type PathTracker,
  type PathTrackerOptions,
} from './path/path-tracker.ts';
export type * from './path/path-view.ts';
export type { PointOrigin } from './path/points.ts';
export { tracePath } from './path/trace-path.ts';
export type { ExchangeDemands } from './verdict/exchange-demands.ts';
export { expectExchanges } from './verdict/exchange-expectation.ts';
export type {
  VerdictExchange,
  VerdictHop,
  VerdictTransfer,
  VerdictTransferSide,
} from './verdict/exchange-rows.ts';
export type { Expectation, VerdictExpectation } from './verdict/expectation.ts';
export type { AddressPair, PingDemands } from './verdict/ping-demands.ts';
export { expectNoFindings, expectPings } from './verdict/ping-expectation.ts';
export type { Verdict, VerdictCapture, VerdictPath } from './verdict/verdict.ts';
export {
  createPingTracker,
  type PingSnapshot,
  type PingTracker,
  type VerifyOptions,
  verifyCapture,
} from './verdict/verify.ts';
