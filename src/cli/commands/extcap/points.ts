/** What Wireshark is offered to capture on, and what each is called there. */
import { bytesOfName, nameOfBytes } from '../../../host/device-name.ts';
import { UsageError } from '../../errors.ts';
import { findGroups } from '../interfaces/show-interfaces.ts';

export interface CapturePoint {
  /** As `-i` takes it. */
  readonly name: string;
  /** Printable ASCII. */
  readonly description: string;
  /** LINKTYPE_ number; undefined where it is not known. */
  readonly linkType: number | undefined;
}

/** Wireshark has interfaces of its own beside these, with the same names. */
const PREFIX = 'tunnelscope:';
/** A device may have a name that means something in a sentence of extcap's, in a file's name or in a shell. */
const TO_ENCODE = /[^\w.:@+-]/g;

/** The interfaces of every network namespace that can be seen. */
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

/** `tunnelscope:h1:eth0`; bytes that mean something elsewhere as %HH. */
export function valueOfName(name: string): string {
  const bytes = Buffer.from(bytesOfName(name)).toString('latin1');
  const encoded = bytes.replace(
    TO_ENCODE,
    (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  );
  return `${PREFIX}${encoded}`;
}

/** The name for `-i` out of what {@link valueOfName} made. @throws {UsageError} where it made no such thing */
export function nameOfValue(value: string): string {
  if (!value.startsWith(PREFIX) || value === PREFIX) {
    throw new UsageError(
      `--extcap-interface "${value}" is not one of ours; expected ${PREFIX}NAME, out of --extcap-interfaces`,
    );
  }
  const bytes = value
    .slice(PREFIX.length)
    .replace(/%([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return nameOfBytes(Buffer.from(bytes, 'latin1'));
}
