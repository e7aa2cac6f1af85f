import { DROP_PLACES, DROP_REASONS, DROP_REASONS_IN } from '../src/finding/drop-reasons.ts';

/** docs/drop-reasons.md, from the tables of reasons. */
export function dropReasonsDocs(): string {
  return `<!-- Made by npm run docs:drop-reasons out of src/finding/drop-reasons.ts: edit that. -->
# Why the kernel drops packets

What \`--why\` and \`tunnelscope drops\` say of the Linux kernel's reasons ([drops](drops.md)). The names are the kernel's own (\`enum
skb_drop_reason\`); which there are depends on its version: Linux 5.17 has the first, and VXLAN's came with 6.12. A reason that is not here is shown by its name.
In commands DEVICE, ADDRESS, MAC and OTHER-END stand for what is there with you.

| Reason | What it says | What to do |
| --- | --- | --- |
${table(DROP_REASONS)}

## Reasons that mean something else in some functions

| Reason and function | What it says | What to do |
| --- | --- | --- |
${table(DROP_REASONS_IN)}

## Where the kernel gives no reason

\`NOT_SPECIFIED\` is what older code says. The function that dropped the packet tells more:

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
