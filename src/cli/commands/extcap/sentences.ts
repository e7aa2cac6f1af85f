/** Sentences in extcap's language (extcap(4)): `interface {value=…}{display=…}`. */

/**
 * @param parts by name; undefined ones are left out
 */
export function sentence(
  kind: 'extcap' | 'interface' | 'dlt' | 'arg',
  parts: Readonly<Record<string, string | number | undefined>>,
): string {
  const words = Object.entries(parts).flatMap(([name, value]) =>
    value === undefined ? [] : [`{${name}=${plain(String(value))}}`],
  );
  return `${kind} ${words.join('')}\n`;
}

/** Braces and line ends can't be quoted. */
function plain(text: string): string {
  return text.replaceAll('{', '(').replaceAll('}', ')').replace(/\s+/g, ' ');
}

/**
 * The settings of a capture, in Wireshark's dialogue or with `tshark -o`. They are the same for every interface: the installed script
 * contains them, so that answering starts nothing.
 */
export function configuration(): string {
  return [
    sentence('arg', {
      number: 0,
      call: '--display-filter',
      display: 'Only packets that match',
      type: 'string',
      tooltip:
        'A display filter that tunnelscope applies first, inside tunnels too: inner.icmp, vxlan.vni == 42',
      required: 'false',
    }),
    sentence('arg', {
      number: 1,
      call: '--snaplen',
      display: 'Bytes kept of a packet',
      type: 'unsigned',
      range: '0,262144',
      tooltip: 'Empty or 0: whole packets',
      required: 'false',
    }),
    sentence('arg', {
      number: 2,
      call: '--no-promiscuous',
      display: 'Do not use promiscuous mode',
      type: 'boolflag',
      default: 'false',
    }),
  ].join('');
}
