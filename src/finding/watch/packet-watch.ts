/** What is noticed on packets besides the pings: doubt, wrong checksums, and errors that quote what they are about. */
import { CHECKSUM } from '../../decode/checksum.ts';
import { checksumReaders } from '../../decode/checksum-status.ts';
import { LAYER_WORDS, type LayerStack } from '../../decode/layer-stack.ts';
import { PROTOCOL_MASK, type Protocol } from '../../decode/protocol.ts';
import { sideOf } from '../../decode/tunnel.ts';
import { createDamage } from '../../exchange/damage.ts';
import { createQuotingErrors, type QuotingError } from '../../exchange/quoting-error.ts';
import { Tally } from '../../exchange/tally.ts';
import { createChecksumProof } from './checksum-proof.ts';
import { createLikelyTunnels, type LikelyTunnel } from './likely-tunnels.ts';

export interface BadChecksum {
  readonly protocol: Protocol;
  /** Where it stands in a tunneled packet; `only` in one that no tunnel carries. */
  readonly place: 'outer' | 'inner' | 'only';
  /** The UDP header of a VXLAN packet. */
  readonly isVxlan: boolean;
  readonly tally: Tally;
}

export interface PacketWatch {
  /** VXLAN headers without the I flag. */
  readonly vxlanFlags: Tally;
  readonly truncated: Tally;
  readonly malformed: Tally;
  readonly badChecksums: ReadonlyMap<string, BadChecksum>;
  readonly errors: ReadonlyMap<string, QuotingError>;
  /** Ports whose payloads look like a tunnel's, and were not recognised. */
  likelyTunnels(): readonly LikelyTunnel[];
  /** Whether the packet taken last is a ping that receivers drop, as a checksum in it is wrong. */
  isDamaged(): boolean;
  /** Whether it is a ping of which nothing is to be said: decoded without an issue, its checksums proven. */
  isPlainPing(): boolean;
  /** A ping has come of which nothing is to be said. */
  plainPing(): void;
  /** Pings whose checksums were not looked at, as that many had been. */
  readonly unchecked: number;
  /**
   * @param echo the layer of the packet's echo header; -1 where it is no ping: checksums are of interest on pings alone
   * @returns the ICMP error that the packet is, if it is one
   */
  packet(view: DataView, stack: LayerStack, number: number, echo: number): QuotingError | undefined;
}

/** @param mostChecked pings whose checksums are looked at, which costs more than all else that is done with a ping */
export function createPacketWatch(mostChecked = Number.POSITIVE_INFINITY): PacketWatch {
  const BAD = CHECKSUM.bad;
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const truncated = new Tally();
  const malformed = new Tally();
  const vxlanFlags = new Tally();
  const badChecksums = new Map<string, BadChecksum>();
  const quoting = createQuotingErrors();
  const likely = createLikelyTunnels();
  let checked = 0;
  let unchecked = 0;
  let isDamaged = false;
  let isPlainPing = false;
  const areChecksumsGood = createChecksumProof();
  const isDamagedPing = createDamage();
  const statusReaders = checksumReaders();

  function noteBadChecksum(stack: LayerStack, layer: number, echo: number, number: number): void {
    const isOuter = sideOf(stack, layer) < stack.level(echo);
    const place = isOuter ? 'outer' : stack.level(echo) > 0 ? 'inner' : 'only';
    const protocol = stack.describe(layer);
    const isVxlan = protocol.name === 'udp' && stack.describe(layer + 1).name === 'vxlan';
    const key = `${place} ${protocol.name} ${isVxlan}`;
    let bad = badChecksums.get(key);
    if (bad === undefined) {
      bad = { protocol, place, isVxlan, tally: new Tally() };
      badChecksums.set(key, bad);
    }
    bad.tally.add(number);
  }

  function noteBadChecksums(view: DataView, stack: LayerStack, echo: number, number: number): void {
    const { words } = stack;
    for (let layer = 0; layer <= echo; layer++) {
      const read = statusReaders[words[layer * LAYER] & PROTOCOL_BITS];
      if (read !== undefined && read(view, words[layer * LAYER + 1], stack, layer) === BAD) {
        noteBadChecksum(stack, layer, echo, number);
      }
    }
    isDamaged = isDamagedPing(view, stack, echo);
  }

  return {
    vxlanFlags,
    truncated,
    malformed,
    badChecksums,
    errors: quoting.all,
    likelyTunnels: () => likely.found(),
    isDamaged: () => isDamaged,
    isPlainPing: () => isPlainPing,
    plainPing() {
      if (checked >= mostChecked) unchecked++;
      else checked++;
    },
    get unchecked() {
      return unchecked;
    },
    packet(view, stack, number, echo) {
      if (stack.issueCount > 0) {
        if (stack.hasIssue('truncated')) truncated.add(number);
        if (stack.hasIssue('malformed')) {
          malformed.add(number);
          if (endsInInvalidVxlan(stack)) vxlanFlags.add(number);
        }
      }
      isDamaged = false;
      isPlainPing = false;
      if (echo >= 0) {
        if (checked >= mostChecked) {
          unchecked++;
          return undefined;
        }
        checked++;
        if (areChecksumsGood(view, stack, echo)) isPlainPing = stack.issueCount === 0;
        else noteBadChecksums(view, stack, echo, number);
      } else if (stack.count > 0 && stack.isQuoted(stack.count - 1)) {
        return quoting.packet(view, stack, number);
      } else if (checked === 0) {
        // Of interest where no ping is seen.
        likely.packet(view, stack, number);
      }
      return undefined;
    },
  };
}

/** What became data behind a VXLAN header: its decoder gives a header up that does not have the I flag. */
function endsInInvalidVxlan(stack: LayerStack): boolean {
  const last = stack.count - 1;
  return last > 0 && stack.describe(last).name === 'data' && stack.describe(last - 1).name === 'vxlan';
}
