/** An interface's name as users write it: also by its pod, `pod:shop/web-0:eth0`, or container, `container:web-1` or the start of its id. */
import { CaptureError } from '../../packet/source.ts';
import { escapeControls } from '../../text/printable.ts';
import { type InterfaceName, isNamespaceName, parseInterfaceName } from '../namespace.ts';
import { type Survey, type SurveyedNamespace, surveyNamespaces } from '../survey.ts';

/** As `interfaces` shows an id at least, as docker does. */
const ID = /^[0-9a-f]{12,64}$/;
const NAMES_SHOWN = 12;

/**
 * `eth0`, `NETNS:IFACE` as in {@link parseInterfaceName}, `pod:NAMESPACE/NAME[:IFACE]`, `container:NAME[:IFACE]` with a name or
 * an id, or `ID:IFACE`. Without an interface it is eth0 or, where there is no eth0, the only one that is no loopback.
 *
 * @param survey looked at where a name asks for it: one for several names
 * @throws {CaptureError} if there is no such namespace
 */
export function parseNamedInterface(text: string, survey: () => Survey = surveyNamespaces): InterfaceName {
  const [, kind, rest = ''] = /^(pod|container):(.*)$/s.exec(text) ?? [];
  // A namespace of iproute2's may be called so.
  if (kind !== undefined && !(isNamespaceName(kind) && !rest.includes(':'))) {
    const colon = rest.indexOf(':');
    const [name, device] = colon < 0 ? [rest, undefined] : [rest.slice(0, colon), rest.slice(colon + 1)];
    return interfaceOf(
      text,
      `${kind}:${name}`,
      device,
      find(survey(), text, kind as 'pod' | 'container', name),
    );
  }
  const colon = text.lastIndexOf(':');
  const name = text.slice(0, Math.max(colon, 0));
  if (!ID.test(name) || isNamespaceName(name)) return parseInterfaceName(text);
  return interfaceOf(text, name, text.slice(colon + 1), find(survey(), text, 'container', name));
}

/** All that is called so: by a pod's name, by a container's, or by the beginning of its id. */
function find(
  { namespaces }: Survey,
  text: string,
  kind: 'pod' | 'container',
  name: string,
): SurveyedNamespace {
  const others = namespaces.filter((one) => one.name !== undefined);
  const found = others.filter(({ named, containers }) => {
    if (named?.called === `${kind}:${name}`) return true;
    return containers.some((one) =>
      kind === 'pod'
        ? `${one.podNamespace}/${one.pod}` === name
        : one.containerName === name || (ID.test(name) && one.container?.startsWith(name) === true),
    );
  });
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new CaptureError(found.length === 0 ? noneFound(text, kind, others) : severalFound(text, found));
}

function noneFound(text: string, kind: string, namespaces: readonly SurveyedNamespace[]): string {
  const known = namespaces.flatMap(({ named }) => named?.called ?? []).filter((one) => one.startsWith(kind));
  const more = known.length - NAMES_SHOWN;
  const list = `${known.slice(0, NAMES_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  const expected = kind === 'pod' ? 'pod:NAMESPACE/NAME[:IFACE]' : 'container:NAME[:IFACE]';
  const there = known.length === 0 ? `no ${kind} is known here` : `available: ${list}`;
  const how = process.geteuid?.() === 0 ? '' : '; sudo shows more';
  return `${escapeControls(text)}: no such ${kind}; expected ${expected} (${there}${how})`;
}

function severalFound(text: string, found: readonly SurveyedNamespace[]): string {
  const names = found.map(({ name, named }) => named?.called ?? name).slice(0, NAMES_SHOWN);
  return `${escapeControls(text)} is the name of ${found.length} network namespaces; expected one of these with an interface: ${names.join(', ')}`;
}

function interfaceOf(
  text: string,
  called: string,
  device: string | undefined,
  { name: known, path, interfaces }: SurveyedNamespace,
): InterfaceName {
  const namespace = { name: called, path };
  if (device !== undefined && device !== '') return { name: text, namespace, device };
  const devices = interfaces.filter(({ link }) => !link.isLoopback && link.isUp).map(({ link }) => link.name);
  const chosen = devices.includes('eth0') || devices.length !== 1 ? 'eth0' : (devices[0] as string);
  if (!devices.includes(chosen)) {
    throw new CaptureError(
      `${escapeControls(text)} has ${devices.length === 0 ? 'no interface that is up' : `several interfaces: ${devices.map(escapeControls).join(', ')}`}; expected one of them behind a colon, as in ${escapeControls(called)}:eth0 (namespace ${known})`,
    );
  }
  return { name: `${called}:${chosen}`, namespace, device: chosen };
}
