import { DROP_PLACES, DROP_REASONS, DROP_REASONS_IN } from '../src/finding/drop-reasons.ts';

/** docs/drop-reasons.md, from the tables of reasons. */
export function dropReasonsDocs(): string {
  return `<!-- Made by npm run docs:drop-reasons out of src/finding/drop-reasons.ts: edit that. -->
# Why the kernel drops packets

What \`--why\` and \`tunnelscope drops\` say about the Linux kernel's reasons ([drops](drops.md)). The names are the kernel's own (\`enum
skb_drop_reason\`); which of them exist depends on its version: the first came with Linux 5.17, VXLAN's with 6.12. A reason that is not listed is shown by its name.
In the commands, replace DEVICE, ADDRESS, MAC and OTHER-END with your own.

| Reason | What it says | What to do |
| --- | --- | --- |
${table(DROP_REASONS)}

## Reasons that mean something else in some functions

| Reason and function | What it says | What to do |
| --- | --- | --- |
${table(DROP_REASONS_IN)}

## Where the kernel gives no reason

Older code gives \`NOT_SPECIFIED\`. The function that dropped the packet says more:

| Function | What it says | What to do |
| --- | --- | --- |
${table(DROP_PLACES)}
`;
}

function table(rows: Readonly<Record<string, { readonly fact: string; readonly advice: string }>>): string {
  return Object.entries(rows)
    .map(([name, { fact, advice }]) => `| \`${name}\` | ${words(fact)} | ${words(advice)} |`)
    .join('\n');
}

function words(text: string): string {
  return text.replace('{vni}', 'the VNI').replace('{port}', 'the UDP port').replaceAll('|', '\\|');
}
