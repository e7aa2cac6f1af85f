/** Sentences in extcap's language (extcap(4)): `interface {value=…}{display=…}`. */

/**
 * @param parts by their names; what is undefined is left out
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

/** A part ends at a brace, and a sentence at its line's end: there is no way to quote them. */
function plain(text: string): string {
  return text.replaceAll('{', '(').replaceAll('}', ')').replace(/\s+/g, ' ');
}

/**
 * What may be set for a capture, in Wireshark's dialogue or with `tshark -o`. The same for every interface, as the script that is
 * installed has it, so that nothing has to be started to answer: tshark asks for each interface at each start.
 */
export function configuration(): string {
  return [
    sentence('arg', {
      number: 0,
      call: '--display-filter',
      display: 'Only packets that match',
      type: 'string',
      tooltip:
        'A display filter that looks inside tunnels, before Wireshark gets the packets: inner.icmp, vxlan.vni == 42',
      required: 'false',
    }),
    sentence('arg', {
      number: 1,
      call: '--snaplen',
      display: 'Bytes kept of a packet',
      type: 'unsigned',
      range: '0,262144',
      tooltip: 'All, where nothing or 0 is given',
      required: 'false',
    }),
    sentence('arg', {
      number: 2,
      call: '--no-promiscuous',
      display: 'Leave out what is for other machines',
      type: 'boolflag',
      default: 'false',
    }),
  ].join('');
}
