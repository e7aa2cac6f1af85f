/** FROM and TO of a probe: what they are, and a shell at the one that sends. */
import { isIP } from 'node:net';
import { parseNamedInterface } from '../../../host/containers/named-interface.ts';
import { surveyedNamespace } from '../../../host/drops/surveyed-namespace.ts';
import { inNamespace, isNamespaceName, type NetworkNamespace } from '../../../host/namespace.ts';
import type { Survey, SurveyedNamespace } from '../../../host/survey.ts';
import { type Shell, startShell } from '../../../lab/network/command-shell.ts';
import { CaptureError } from '../../../packet/source.ts';
import { addressOf } from '../../../probe/way-points.ts';
import { escapeControls } from '../../../text/printable.ts';
import { UsageError } from '../../errors.ts';

export type End =
  | {
      readonly kind: 'namespace';
      readonly name: string;
      readonly namespace: NetworkNamespace | undefined;
      readonly surveyed: SurveyedNamespace;
    }
  | { readonly kind: 'address'; readonly name: string; readonly address: string };

const EXPECTED =
  'expected a network namespace (its name, a process’s number, a path), pod:NAMESPACE/NAME, container:NAME or ssh://HOST';

/** @throws {CaptureError} if there is no such end */
export function parseEnd(text: string, survey: Survey): End {
  const isPlain = !/^(?:pod|container):/.test(text) && !/^[0-9a-f]{12,64}$/.test(text);
  if (isIP(text) !== 0) return { kind: 'address', name: text, address: text };
  if (isPlain && !isNamespaceName(text)) {
    throw new CaptureError(
      `no such network namespace: ${escapeControls(text)}; ${EXPECTED}; list them with: tunnelscope interfaces`,
    );
  }
  const parsed = parseNamedInterface(`${text}:lo`, () => survey);
  const surveyed = surveyedNamespace(parsed, survey);
  if (surveyed === undefined) {
    throw new CaptureError(`network namespace ${escapeControls(text)} can't be looked into; run with sudo`);
  }
  return {
    kind: 'namespace',
    name: text,
    namespace: surveyed.name === undefined ? undefined : parsed.namespace,
    surveyed,
  };
}

/**
 * @param wanted of `--address`
 * @throws {UsageError} if it is not TO's, or TO has none
 */
export function addressOfEnd(end: End, wanted: string | undefined): string {
  if (wanted !== undefined && isIP(wanted) === 0) {
    throw new UsageError(`--address "${wanted}" is no IP address; expected one of TO’s`);
  }
  if (end.kind === 'address') {
    if (wanted === undefined || wanted === end.address) return end.address;
    throw new UsageError(`--address ${wanted} is not TO, which is ${end.address}; leave one of them out`);
  }
  const { interfaces } = end.surveyed;
  if (wanted !== undefined) {
    const all = interfaces.flatMap(({ link }) => link.addresses).map((one) => one.replace(/\/\d+$/, ''));
    if (all.includes(wanted)) return wanted;
    throw new UsageError(
      `--address ${wanted} is none of ${escapeControls(end.name)}’s; expected one of ${all.join(', ')}`,
    );
  }
  const found = addressOf(end.surveyed);
  if (found === undefined) throw new CaptureError(`${escapeControls(end.name)} has no address to send to`);
  return found;
}

/** A shell there: it is started while there is root, and ends with its input. */
export function shellAt(end: End): Shell {
  if (end.kind === 'address') {
    throw new UsageError(`nothing can be sent from ${end.name}, which is only an address; ${EXPECTED}`);
  }
  return inNamespace(end.namespace, () => startShell());
}
