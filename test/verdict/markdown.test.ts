/** A verdict as Markdown, against CommonMark's own rules for what is text. */
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import { formatMarkdown } from '../../src/verdict/markdown.ts';
import type { Verdict } from '../../src/verdict/verdict.ts';
import { verifyCapture } from '../../src/verdict/verify.ts';

async function verdictOf(file: string): Promise<Verdict> {
  const source = await openCaptureFile(file);
  try {
    return await verifyCapture(source);
  } finally {
    await source.close();
  }
}

describe('markdown', () => {
  it('a pass: figures, and a row a path', async () => {
    const text = formatMarkdown([{ capture: 'vxlan.pcap', verdict: await verdictOf('fixtures/vxlan.pcap') }]);
    expect(text).toBe(`## vxlan.pcap: PASS

PASS  4 of 4 requests answered, rtt 0.069/0.072/0.075 ms

| path | tunnels, outermost first | requests | answered | lost | rtt min/avg/max ms |
|---|---|---|---|---|---|
| 172.16.0.2 → 172.16.1.2 id 17596 | vxlan vni 42 10.1.0.10 → 10.2.0.10 udp 4789 | 4 | 4 | 0 | 0.069/0.072/0.075 |
`);
  });

  it('diagrams stand below, each fenced', () => {
    const text = formatMarkdown(
      [
        { capture: 'a', error: 'x' },
        { capture: 'b', error: 'y' },
      ],
      { each: [[], ['m1\n', 'm2\n']], together: { conclusion: 'PASS  all|', diagrams: ['m3\n'] } },
    );
    expect(text).toBe(
      '## a: ERROR\n\n**x**\n\n## b: ERROR\n\n**y**\n\n```mermaid\nm1\n```\n\n```mermaid\nm2\n```\n\n## The way of the pings\n\nPASS  all\\|\n\n```mermaid\nm3\n```\n',
    );
  });

  it('a fail: each finding an item; a capture that could not be read says why', async () => {
    const verdict = await verdictOf('fixtures/half.pcap');
    const text = formatMarkdown([
      { capture: 'half.pcap', verdict },
      { capture: 'none.pcap', error: 'none.pcap: no such file' },
    ]);
    expect(text.match(/^- \*\*(error|warning|info)\*\* `[a-z-]+`/gm)).toHaveLength(verdict.findings.length);
    expect(text).toContain('## none.pcap: ERROR\n\n**none.pcap: no such file**\n');
  });

  it.each([
    '**b**',
    '<img src=x>',
    'a|b',
    '`c`',
    '[x](http://y)',
    '![x](y)',
    '# h',
    '@team',
    '&lt;',
    '\u001b[31m',
  ])('a name from outside stays text: %j', (capture) => {
    const [line = ''] = formatMarkdown([{ capture, error: 'x' }]).split('\n');
    // Without what a backslash makes text, no sign is left that could begin markup.
    const left = line.replace(/^## /, '').replace(/\\[\\`*_{}[\]<>#|~!&$^]/g, '');
    expect(left).not.toMatch(/[`*_{}[\]<>#|~!&$^]|@\w|\p{Cc}/u);
  });
});
