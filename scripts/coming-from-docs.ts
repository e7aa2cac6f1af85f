/** Writes docs/coming-from.md out of the table of flags that the command line goes by. */
import { HABITS, type Habit } from '../src/cli/habits.ts';

/** What somebody types there, and what does the same here. */
const TASKS: readonly (readonly [there: string, here: string])[] = [
  ['tcpdump -i eth0 -nn udp port 4789', 'tunnelscope -i eth0 -T line udp port 4789'],
  ['tcpdump -i any -nn icmp', 'tunnelscope -i any -Y icmp'],
  ['tcpdump -i eth0 -w FILE', 'tunnelscope -i eth0 -w FILE'],
  ['tcpdump -r FILE -nnvv', 'tunnelscope -r FILE -V'],
  ['ssh HOST tcpdump -U -w - | wireshark -k -i -', 'ssh HOST tcpdump -U -w - | tunnelscope -r -'],
  ['ip netns exec NS tcpdump -i eth0', 'tunnelscope -i NS:eth0'],
  ['tshark -r FILE -Y icmp', 'tunnelscope -r FILE -Y icmp'],
  ['tshark -r FILE -T fields -e ip.src -e icmp.seq', 'tunnelscope -r FILE -T fields -e ip.src -e icmp.seq'],
  ['tshark -r FILE -T ek', 'tunnelscope -r FILE -T json'],
  ['tshark -r FILE -V -c 1', 'tunnelscope -r FILE -V -c 1'],
  ['tshark -r FILE -Y icmp -w OUT', 'tunnelscope -r FILE -Y icmp -w OUT'],
  ['tshark -r FILE -q -z icmp,srt', 'tunnelscope verify FILE'],
  ['mergecap -w OUT A B; tshark -r OUT', 'tunnelscope A B'],
  ['termshark -r FILE', 'tunnelscope FILE'],
  ['termshark -i eth0 icmp', 'tunnelscope -i eth0 icmp'],
];

const WAYS: Readonly<Record<Habit['way'], string>> = {
  taken: 'Flags that work',
  ignored: 'Flags that are accepted and change nothing',
  instead: 'Flags that are refused, and what to use',
};

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function table(rows: readonly (readonly [there: string, here: string])[]): string {
  const lines = rows.map(([there, here]) => `| ${there} | ${here} |`);
  return ['| tshark, tcpdump, termshark | tunnelscope |', '|---|---|', ...lines].join('\n');
}

function flagRow({ flag, value, there, here }: Habit): [string, string] {
  const name = value === undefined ? flag : `${flag} ${value}`;
  return [cell(`\`${name}\` (${there})`), cell(here)];
}

/** @returns docs/coming-from.md */
export function comingFromDocs(): string {
  const ways = (Object.keys(WAYS) as Habit['way'][]).map(
    (way) => `## ${WAYS[way]}\n\n${table(HABITS.filter((habit) => habit.way === way).map(flagRow))}`,
  );
  return `<!-- Made by npm run docs:coming-from out of src/cli/habits.ts and scripts/coming-from-docs.ts: edit those. -->
# Coming from tshark, tcpdump, termshark

Most commands work as you know them. Capture filters are libpcap's, display filters and field names are Wireshark's. Three things differ:

- On a terminal you get the screen; add \`-T line\`, or a pipe, for lines.
- A capture filter sees outer headers only. To look inside a tunnel, use \`-Y\`: \`-Y 'inner.ip.src == 172.16.0.2'\`.
- \`-T json\` prints one object per line, with the layers in an array.

## Tasks

${table(TASKS.map(([there, here]) => [`\`${cell(there)}\``, `\`${cell(here)}\``]))}

${ways.join('\n\n')}

## Keys

Coming from termshark: \`/\` filters, Tab goes from pane to pane, \`q\` quits, \`?\` lists all keys. Coming from Wireshark: \`s\` or Ctrl-S searches, \`=\` filters by
the selected field, \`m\` marks a packet.

How the output compares, field by field: [tshark.md](tshark.md).
`;
}
