import { FINDINGS } from '../src/finding/finding-codes.ts';

/** docs/findings.md, from the one table of findings. */
export function findingsDocs(): string {
  const sections = Object.entries(FINDINGS).map(
    ([code, { severity, meaning, advice }]) => `### ${code}\n\n\`${severity}\` ${meaning}\n\n${advice}\n`,
  );
  return `<!-- Made by npm run docs:findings out of src/finding/finding-codes.ts: edit that. -->
# Findings

What \`tunnelscope verify\` says besides numbers. Each finding has a code that stays, a severity, a sentence that says what to do in this
case, and the numbers of the first packets that show it. An \`error\` explains why pings fail, a \`warning\` wants a look, \`info\` limits
what the verdict can know. Findings decide nothing by themselves: \`--no-findings error\` or \`--no-findings warning\` makes the exit code
depend on them.

${sections.join('\n')}`;
}
