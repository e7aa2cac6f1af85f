/** Surveyed interfaces in words: for people and, in one object each, for scripts. */

import { linkTypeName } from '../../../decode/link-types.ts';
import type { Container } from '../../../host/containers/container-names.ts';
import { hardwareTypeName, linkTypeOf } from '../../../host/hardware-type.ts';
import { ANY_INTERFACE } from '../../../host/interfaces.ts';
import type { Survey, SurveyedInterface, SurveyedNamespace } from '../../../host/survey.ts';
import { LINKTYPE_LINUX_SLL2 } from '../../../packet/link-type.ts';
import { printable } from '../../../text/printable.ts';

/** A network namespace. */
export interface Group {
  /** undefined for the one in which this process runs, where that has no name. */
  readonly title: string | undefined;
  /** Whose it is, if a process runs in it: escaped. */
  readonly owner?: string | undefined;
  readonly entries: readonly Entry[];
}

export interface Entry {
  readonly json: Readonly<Record<string, unknown>>;
  /** Name, up, down or without link, MTU, link type: escaped. */
  readonly columns: readonly string[];
  /** What it is, and its addresses: escaped. */
  readonly remarks: readonly string[];
  /** LINKTYPE_ number of a capture on it; undefined if it is not known. */
  readonly linkType?: number;
}

/** Digits of a container's id that are shown to people, as docker does. */
const ID_SHOWN = 12;

export function groupsOf(survey: Survey): Group[] {
  const byInode = new Map(survey.namespaces.map((namespace) => [namespace.inode, namespace]));
  return survey.namespaces.map((namespace) => ({
    title: titleOf(namespace),
    owner: ownerOf(namespace),
    entries: [
      ...namespace.interfaces.map((one) => entryOf(one, namespace, byInode)),
      ...(namespace.name === undefined ? [anyEntry()] : []),
    ],
  }));
}

/** The namespace's name for `-i`: what people call it, where that is known. */
function calledOf({ name, named }: SurveyedNamespace): string | undefined {
  return named?.called ?? name;
}

function titleOf(namespace: SurveyedNamespace): string {
  const { name, boundName } = namespace;
  if (name === undefined) {
    return `this network namespace${boundName === undefined ? '' : ` (${printable(boundName)})`}`;
  }
  const owner = ownerOf(namespace);
  return `${printable(calledOf(namespace) as string)}${owner === undefined ? '' : `  (${owner})`}`;
}

/** Whose a namespace is, with what does not stand in front of it already: how its name is known, or its pod. */
function ownerOf({ name, named, boundName, owner }: SurveyedNamespace): string | undefined {
  const words = [
    ...(named === undefined ? [] : [`by ${named.knownBy}`]),
    ...(named !== undefined && boundName !== undefined ? [boundName] : []),
    ...(owner === undefined ? [] : ownerWords(owner, named !== undefined)),
    ...(owner === undefined
      ? []
      : [
          owner.pid === Number(name) && named === undefined ? owner.process : `${owner.process} ${owner.pid}`,
        ]),
  ];
  return words.length === 0 ? undefined : words.map(printable).join(', ');
}

/** @param isNamed whether the pod or the container stands in front of it already */
function ownerWords({ runtime, container, containerName, pod, podNamespace }: Container, isNamed: boolean) {
  const words: string[] = [];
  if (pod !== undefined && !isNamed) {
    words.push(`pod ${podNamespace === undefined ? '' : `${podNamespace}/`}${pod}`);
  }
  if (container !== undefined) words.push(`${runtime} ${container.slice(0, ID_SHOWN)}`);
  if (containerName !== undefined && !isNamed && containerName !== container) words.push(containerName);
  return words;
}

function anyEntry(): Entry {
  return {
    json: { interface: ANY_INTERFACE, namespace: null, name: ANY_INTERFACE, up: true, addresses: [] },
    columns: [ANY_INTERFACE, 'up', '', ''],
    remarks: ['all of this network namespace'],
    linkType: LINKTYPE_LINUX_SLL2,
  };
}

function entryOf(
  one: SurveyedInterface,
  namespace: SurveyedNamespace,
  byInode: ReadonlyMap<number, SurveyedNamespace>,
): Entry {
  const { link, master, ports, holders } = one;
  const other = byInode.get(one.other?.namespace ?? 0);
  // What hangs on it elsewhere is told by the name that its namespace has here.
  const called = (device: string | undefined) =>
    device === undefined || other?.named === undefined || other === namespace
      ? device
      : `${other.named.called}:${device.slice(device.lastIndexOf(':') + 1)}`;
  const [peer, dev] = [called(one.peer), called(one.dev)];
  const { name, inode, cookie, boundName, named, owner } = namespace;
  const linkType = linkTypeOf(link.hardwareType) ?? LINKTYPE_LINUX_SLL2;
  const linkTypeWord = linkTypeName(linkType);
  const kind = kindOf(one);
  const shownName = name === undefined ? link.name : `${calledOf(namespace)}:${link.name}`;
  return {
    json: {
      interface: shownName,
      namespace:
        name === undefined
          ? null
          : {
              ...{ name, inode, ...(cookie !== undefined && { cookie }), ...owner },
              ...(named !== undefined && { called: named.called, knownBy: named.knownBy }),
            },
      ...(name === undefined && boundName !== undefined && { boundName }),
      name: link.name,
      index: link.index,
      up: link.isUp,
      running: link.isRunning,
      ...(link.isLoopback && { loopback: true }),
      mtu: link.mtu,
      linkType: linkTypeWord,
      hardwareType: hardwareTypeName(link.hardwareType),
      address: link.address,
      addresses: link.addresses,
      ...(kind !== undefined && { kind }),
      ...(peer !== undefined && { peer }),
      ...(dev !== undefined && { dev }),
      ...(master !== undefined && { master }),
      ...((ports.length > 0 || kind === 'bridge') && { ports }),
      ...(Object.keys(link.details).length > 0 && { details: link.details }),
      ...(holders.length > 0 && { holders: holders.map(({ pid, process }) => ({ pid, process })) }),
    },
    columns: [
      printable(link.name),
      link.isUp ? (link.isRunning ? 'up' : 'no link') : 'down',
      String(link.mtu),
      linkTypeWord,
    ],
    remarks: [
      ...remarksOf({ ...one, ...(peer !== undefined && { peer }), ...(dev !== undefined && { dev }) }, kind),
      ...link.addresses,
    ].map(printable),
    linkType,
  };
}

/** The kernel's word, but for tun, which makes two kinds of devices. */
function kindOf({ link }: SurveyedInterface): string | undefined {
  return link.kind === 'tun' ? String(link.details.type ?? 'tun') : link.kind;
}

/** What the device is, with all that its kind tells in one remark; then what it belongs to, and who holds it. */
function remarksOf({ link, peer, dev, master, ports, holders }: SurveyedInterface, kind: string | undefined) {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(link.details)) {
    if (key === 'type') continue;
    // As `ip link` has it: nolearning, nopmtudisc.
    parts.push(value === true ? key : value === false ? `no${key}` : `${key} ${value}`);
  }
  if (dev !== undefined) parts.push(`dev ${dev}`);
  if (ports.length > 0) parts.push(`of ${ports.join(' ')}`);
  if (peer !== undefined) parts.push(`to ${peer}`);
  else if (kind === 'veth') parts.push('to an unknown namespace');
  const what = kind ?? (link.isLoopback ? 'loopback' : undefined);
  return [
    ...(what === undefined ? [] : [[what, ...parts].join(' ')]),
    ...(master === undefined ? [] : [`port of ${master}`]),
    ...holders.map(({ process, pid }) => `held by ${process} ${pid}`),
  ];
}
