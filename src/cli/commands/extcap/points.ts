/** What Wireshark can capture on, and the name of each there. */
import { bytesOfName, nameOfBytes } from '../../../host/device-name.ts';
import { UsageError } from '../../errors.ts';
import { findGroups } from '../interfaces/show-interfaces.ts';

export interface CapturePoint {
  /** As `-i` takes it. */
  readonly name: string;
  /** Printable ASCII. */
  readonly description: string;
  /** LINKTYPE_ number; undefined if it is not known. */
  readonly linkType: number | undefined;
}

/** Wireshark lists interfaces of its own under the plain names. */
const PREFIX = 'tunnelscope:';
/** Devices may have names with characters that are special in extcap's sentences, file names or shells. */
const TO_ENCODE = /[^\w.:@+-]/g;

/** The interfaces of every visible network namespace. */
export async function capturePoints(): Promise<CapturePoint[]> {
  const { groups } = await findGroups();
  return groups.flatMap(({ owner, entries }) =>
    entries.map(({ json, columns, remarks, linkType }) => {
      const [, state = ''] = columns;
      const words = [...(owner === undefined ? [] : [owner]), ...(state === 'up' ? [] : [state]), ...remarks];
      return { name: String(json.interface), description: words.join(', '), linkType };
    }),
  );
}

/** `tunnelscope:h1:eth0`; special bytes as %HH. */
export function valueOfName(name: string): string {
  const bytes = Buffer.from(bytesOfName(name)).toString('latin1');
  const encoded = bytes.replace(
    TO_ENCODE,
    (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  );
  return `${PREFIX}${encoded}`;
}

/** The inverse of {@link valueOfName}. @throws {UsageError} if it is not such a value */
export function nameOfValue(value: string): string {
  if (!value.startsWith(PREFIX) || value === PREFIX) {
    throw new UsageError(
      `--extcap-interface "${value}" is not ours; expected ${PREFIX}NAME as --extcap-interfaces lists it`,
    );
  }
  const bytes = value
    .slice(PREFIX.length)
    .replace(/%([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return nameOfBytes(Buffer.from(bytes, 'latin1'));
}
