import type { DecodeAs } from './decode-as.ts';
import type { DispatchTables, Guess, KnownPrelude, StreamGuess } from './dispatch-tables.ts';
import { LENGTHS_IN_FRONT } from './proof.ts';
import { BY, BY_SHIFT, DATA, type Protocol, type TableName } from './protocol.ts';

const SKIP = /^skip:(\d{1,3})$/;
const MOST_SKIPPED = 255;

/**
 * Compiles the protocols' attachments, and the user's own, into tables.
 *
 * @throws {RangeError} if two protocols claim one value, or `decodeAs` names nothing that exists
 */
export function compileTables(
  protocols: readonly Protocol[],
  decodeAs: readonly DecodeAs[] = [],
): DispatchTables {
  const byName: Record<TableName, Uint16Array> = {
    link: new Uint16Array(65536),
    ethertype: new Uint16Array(65536),
    'ip.proto': new Uint16Array(256),
    'udp.port': new Uint16Array(65536),
    'udp.port.either': new Uint16Array(65536),
    'tcp.port': new Uint16Array(65536),
    'llc.dsap': new Uint16Array(256),
    'gre.proto': new Uint16Array(65536),
    'ppp.protocol': new Uint16Array(65536),
    'mpls.payload': new Uint16Array(16),
  };
  const udpGuesses: FirstByteGuess[] = [];
  const udpPreludes = Array.from({ length: Math.max(...LENGTHS_IN_FRONT) + 1 }, (): KnownPrelude[] => []);
  const ipGuesses: Guess[] = [];
  const tcpGuesses: StreamGuess[] = [];
  const udpSkip = new Uint8Array(65536);
  const udpSourcePort = new Uint8Array(65536);
  const udpAnswers: Guess[] = [{ entry: DATA, mask: 0, bits: 0, prove: () => false }];
  const names = new Map<string, number>();
  for (const [number, protocol] of protocols.entries()) {
    for (const attachment of protocol.attach) {
      if (attachment.table === 'udp.guess') {
        const [from, to] = attachment.firstByte ?? [0, 255];
        const [mask, bits] = attachment.firstWord ?? [0, 0];
        const guess = { entry: number | (BY.guess << BY_SHIFT), mask, bits, prove: attachment.prove };
        udpGuesses.push({ from, to, guess });
      } else if (attachment.table === 'tcp.guess') {
        const { firstWord, prove, length } = attachment;
        const entry = number | (BY.guess << BY_SHIFT);
        tcpGuesses.push({ entry, mask: firstWord[0], bits: firstWord[1], prove, length });
      } else if (attachment.table === 'ip.guess') {
        ipGuesses.push({ entry: number, mask: 0, bits: 0, prove: attachment.prove });
      } else if (attachment.table === 'udp.prelude') {
        const known = { entry: number | (BY.guess << BY_SHIFT), fits: attachment.fits };
        for (const bytes of attachment.bytes) udpPreludes[bytes]?.push(known);
      } else if (attachment.table === 'decode-as') {
        names.set(attachment.name, number);
      } else {
        const table = byName[attachment.table];
        const by = attachment.tunnel === undefined ? BY.none : BY[attachment.tunnel];
        for (const value of attachment.values) {
          if (value >= table.length || (table[value] as number) !== DATA) {
            throw new RangeError(
              `${protocol.name}: ${attachment.table} ${value} is already taken or out of range`,
            );
          }
          table[value] = number | (by << BY_SHIFT);
          if (attachment.answers !== undefined) udpSourcePort[value] = udpAnswers.length;
        }
        if (attachment.answers !== undefined) {
          udpAnswers.push({ entry: number | (by << BY_SHIFT), mask: 0, bits: 0, prove: attachment.answers });
        }
      }
    }
  }
  for (const { table, value, name } of decodeAs) {
    const skip = SKIP.exec(name)?.[1];
    const number = names.get(skip === undefined ? name : 'skip:N');
    if (number === undefined || Number(skip ?? 0) > MOST_SKIPPED) {
      throw new RangeError(
        `unknown protocol "${name}"; expected one of ${[...names.keys()].sort().join(', ')} (N up to ${MOST_SKIPPED})`,
      );
    }
    udpSkip[value] = Number(skip ?? 0);
    byName[table][value] = number | (BY.user << BY_SHIFT);
  }
  return {
    link: byName.link,
    etherType: byName.ethertype,
    ipProtocol: byName['ip.proto'],
    udpPort: byName['udp.port'],
    udpEitherPort: byName['udp.port.either'],
    tcpPort: byName['tcp.port'],
    greProtocol: byName['gre.proto'],
    pppProtocol: byName['ppp.protocol'],
    mplsPayload: byName['mpls.payload'],
    llcSap: byName['llc.dsap'],
    udpSourcePort,
    udpAnswers,
    udpGuesses: byFirstByte(udpGuesses),
    ipGuesses,
    tcpGuesses,
    tcpStreams: new Uint8Array(65536),
    udpPreludes,
    udpSkip,
  };
}

interface FirstByteGuess {
  readonly from: number;
  readonly to: number;
  readonly guess: Guess;
}

/** @returns 256 lists: neighbours that are asked the same share one */
function byFirstByte(guesses: readonly FirstByteGuess[]): (readonly Guess[])[] {
  const changes = new Set(guesses.flatMap(({ from, to }) => [from, to + 1]));
  let asked: readonly Guess[] = [];
  return Array.from({ length: 256 }, (_, first) => {
    if (changes.has(first))
      asked = guesses.filter(({ from, to }) => from <= first && first <= to).map(({ guess }) => guess);
    return asked;
  });
}

/** The entry of the lower port, or where that says nothing of the higher one, as Wireshark asks them. */
export function entryOfEither(table: Uint16Array, source: number, destination: number): number {
  const lower = table[source < destination ? source : destination];
  return lower !== DATA ? lower : table[source < destination ? destination : source];
}
