/** Surveyed interfaces in words: for people and, in one object each, for scripts. */

import { linkTypeName } from '../../../decode/link-types.ts';
import { hardwareTypeName, linkTypeOf } from '../../../host/hardware-type.ts';
import { ANY_INTERFACE } from '../../../host/interfaces.ts';
import type { Owner } from '../../../host/owner.ts';
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
  return survey.namespaces.map((namespace) => ({
    title: titleOf(namespace),
    owner: ownerOf(namespace),
    entries: [
      ...namespace.interfaces.map((one) => entryOf(one, namespace)),
      ...(namespace.name === undefined ? [anyEntry()] : []),
    ],
  }));
}

function titleOf(namespace: SurveyedNamespace): string {
  const { name, boundName } = namespace;
  if (name === undefined) {
    return `this network namespace${boundName === undefined ? '' : ` (${printable(boundName)})`}`;
  }
  const owner = ownerOf(namespace);
  return `${printable(name)}${owner === undefined ? '' : `  (${owner})`}`;
}

function ownerOf({ boundName, owner }: SurveyedNamespace): string | undefined {
  return owner === undefined ? undefined : ownerWords(owner, boundName === undefined);
}

/** @param isPid whether the process's number stands in front of it already */
function ownerWords({ runtime, container, pod, process, pid }: Owner, isPid: boolean): string {
  return [
    ...(pod === undefined ? [] : [`pod ${pod}`]),
    ...(container === undefined ? [] : [`${runtime} ${container.slice(0, ID_SHOWN)}`]),
    isPid ? process : `${process} ${pid}`,
  ]
    .map(printable)
    .join(', ');
}

function anyEntry(): Entry {
  return {
    json: { interface: ANY_INTERFACE, namespace: null, name: ANY_INTERFACE, up: true, addresses: [] },
    columns: [ANY_INTERFACE, 'up', '', ''],
    remarks: ['all of this network namespace'],
    linkType: LINKTYPE_LINUX_SLL2,
  };
}

function entryOf(one: SurveyedInterface, namespace: SurveyedNamespace): Entry {
  const { link, peer, dev, master, ports, holders } = one;
  const { name, inode, cookie, boundName, owner } = namespace;
  const linkType = linkTypeOf(link.hardwareType) ?? LINKTYPE_LINUX_SLL2;
  const linkTypeWord = linkTypeName(linkType);
  const kind = kindOf(one);
  const shownName = name === undefined ? link.name : `${name}:${link.name}`;
  return {
    json: {
      interface: shownName,
      namespace:
        name === undefined ? null : { name, inode, ...(cookie !== undefined && { cookie }), ...owner },
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
    remarks: [...remarksOf(one, kind), ...link.addresses].map(printable),
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
