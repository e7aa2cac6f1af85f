/** FROM and TO of a probe: network namespaces here, hosts elsewhere, or plain addresses. */
import { isIP } from 'node:net';
import { parseRemotePoint, type SshPoint } from '../../../capture/remote/point-name.ts';
import { parseNamedInterface } from '../../../host/containers/named-interface.ts';
import { surveyedNamespace } from '../../../host/drops/surveyed-namespace.ts';
import { isNamespaceName, type NetworkNamespace } from '../../../host/namespace.ts';
import type { Survey, SurveyedNamespace } from '../../../host/survey.ts';
import { CaptureError } from '../../../packet/source.ts';
import { escapeControls } from '../../../text/printable.ts';
import { UsageError } from '../../errors.ts';

export interface NamespaceEnd {
  readonly kind: 'namespace';
  readonly name: string;
  /** undefined for this process's. */
  readonly namespace: NetworkNamespace | undefined;
  readonly surveyed: SurveyedNamespace;
}

export interface HostEnd {
  readonly kind: 'host';
  readonly name: string;
  /** All devices of the end. */
  readonly point: SshPoint;
  /** A network namespace over there. */
  readonly netns: string | undefined;
}

export interface AddressEnd {
  readonly kind: 'address';
  readonly name: string;
  readonly address: string;
}

export type End = NamespaceEnd | HostEnd | AddressEnd;

export const EXPECTED =
  'expected a network namespace (its name, a process’s number, a path), pod:NAMESPACE/NAME, container:NAME or ssh://HOST[/NETNS]';

/** @throws {CaptureError} if there is no such end */
export function parseEnd(text: string, survey: () => Survey): End {
  if (isIP(text) !== 0) return { kind: 'address', name: text, address: text };
  const [, authority, netns] = /^(ssh:\/\/[^/]+)(?:\/(.+))?$/s.exec(text) ?? [];
  if (authority !== undefined) {
    const point = parseRemotePoint(`${authority}/${netns === undefined ? '' : `${netns}:`}any`);
    return { kind: 'host', name: text, point: point as SshPoint, netns };
  }
  const isPlain = !/^(?:pod|container):/.test(text) && !/^[0-9a-f]{12,64}$/.test(text);
  if (isPlain && !isNamespaceName(text)) {
    throw new CaptureError(
      `no such network namespace: ${escapeControls(text)}; ${EXPECTED}; list them with: tunnelscope interfaces`,
    );
  }
  const parsed = parseNamedInterface(`${text}:lo`, survey);
  const surveyed = surveyedNamespace(parsed, survey());
  if (surveyed === undefined) {
    throw new CaptureError(`network namespace ${escapeControls(text)} can't be looked into; run with sudo`);
  }
  const namespace = surveyed.name === undefined ? undefined : parsed.namespace;
  return { kind: 'namespace', name: text, namespace, surveyed };
}

/**
 * The address to send to.
 *
 * @param known TO's addresses, the one that is taken by itself first
 * @param wanted of `--address`
 * @throws {UsageError} if it is not TO's, or TO has none
 */
export function chooseAddress(end: End, known: readonly string[], wanted: string | undefined): string {
  const [usual] = known;
  if (wanted === undefined) {
    if (usual !== undefined) return usual;
    throw new CaptureError(`${escapeControls(end.name)} has no address to send to`);
  }
  if (known.includes(wanted)) return wanted;
  const what = isIP(wanted) === 0 ? 'is not an IP address' : `is none of ${escapeControls(end.name)}’s`;
  throw new UsageError(`--address "${wanted}" ${what}; expected one of ${known.join(', ')}`);
}
