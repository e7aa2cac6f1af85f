/** A verdict in the forms that continuous integration reads: JUnit XML, TAP, GitHub's annotations. */
import type { Finding } from '../ping/finding.ts';
import type { Verdict } from '../ping/verdict.ts';
import type { VerdictExpectation } from './expectation.ts';

type TestCase = Pick<VerdictExpectation, 'name' | 'met' | 'expected' | 'received' | 'message' | 'packets'>;

/** The expectations; without any, what then decides. */
function testCases({ expectations, verdict, requests, answered }: Verdict): readonly TestCase[] {
  if (expectations.length > 0) return expectations;
  const expected = 'at least one echo request, and every one answered';
  const received = `${answered} of ${requests} answered`;
  return [
    {
      name: 'every request answered',
      met: verdict === 'pass',
      expected,
      received,
      message: `expected ${expected}; received ${received}`,
      packets: [],
    },
  ];
}

function packetsText(packets: readonly number[]): string {
  if (packets.length === 0) return '';
  return ` (packet${packets.length === 1 ? '' : 's'} ${packets.join(', ')})`;
}

function findingText({ severity, code, message, packets }: Finding): string {
  return `${severity} ${code}${packetsText(packets)}: ${message}`;
}

const XML_ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** What XML can't hold, controls for the most part, becomes a question mark. */
function xml(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => XML_ENTITIES[character] as string)
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '?');
}

/**
 * JUnit XML, one test case for each expectation; findings stand in `system-out`.
 *
 * @param capture what was read, for a name
 */
export function formatJunit(verdict: Verdict, capture: string): string {
  const cases = testCases(verdict);
  const failures = cases.filter(({ met }) => !met).length;
  const counts = `tests="${cases.length}" failures="${failures}" errors="0" skipped="0"`;
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `<testsuite name="tunnelscope verify ${xml(capture)}" ${counts}>`,
  ];
  for (const { name, met, message, packets } of cases) {
    const open = `<testcase classname="${xml(capture)}" name="${xml(name)}"`;
    const failure = `<failure type="expectation" message="${xml(message)}">${xml(message + packetsText(packets))}</failure>`;
    lines.push(met ? `${open}/>` : `${open}>${failure}</testcase>`);
  }
  if (verdict.findings.length > 0) {
    lines.push(`<system-out>${xml(verdict.findings.map(findingText).join('\n'))}</system-out>`);
  }
  lines.push('</testsuite>', '</testsuites>', '');
  return lines.join('\n');
}

/** Test Anything Protocol, version 14: a test point for each expectation; findings are comments. */
export function formatTap(verdict: Verdict): string {
  const cases = testCases(verdict);
  const lines = ['TAP version 14', `1..${cases.length}`];
  const plain = (text: string) => text.replace(/\s+/g, ' ').replace(/[\\#]/g, '\\$&');
  for (const [i, { name, met, expected, received, packets }] of cases.entries()) {
    lines.push(`${met ? 'ok' : 'not ok'} ${i + 1} - ${plain(name)}`);
    if (met) continue;
    // JSON's strings and lists are YAML's too.
    lines.push('  ---', `  expected: ${JSON.stringify(expected)}`, `  received: ${JSON.stringify(received)}`);
    lines.push(`  packets: ${JSON.stringify(packets)}`, '  ...');
  }
  for (const found of verdict.findings) lines.push(`# ${findingText(found)}`);
  return `${lines.join('\n')}\n`;
}

const ANNOTATIONS = { error: 'error', warning: 'warning', info: 'notice' } as const;

/** Lines that GitHub's runner turns into annotations (workflow commands). */
export function formatGithub(verdict: Verdict): string {
  const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const line = (kind: string, title: string, text: string) =>
    `::${kind} title=${property(title)}::${data(text)}\n`;
  const unmet = testCases(verdict).filter(({ met }) => !met);
  return [
    ...unmet.map(({ name, message, packets }) => line('error', name, message + packetsText(packets))),
    ...verdict.findings.map(({ severity, code, message, packets }) =>
      line(ANNOTATIONS[severity], code, message + packetsText(packets)),
    ),
  ].join('');
}
