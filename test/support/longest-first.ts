/** The files that take longest begin first, so that the last ones are short and all processes end together. */
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that take more than some seconds, longest first, as a run on two quiet cores reports them. longest-first.test.ts looks whether they are there. */
export const LONGEST: readonly string[] = [
  'test/cli/commands/lab.test.ts',
  'test/cli/commands/why-lab.test.ts',
  'test/package.test.ts',
  'test/lab/network/record.test.ts',
  'test/lab/network/labs.test.ts',
  'test/capture/linux/ring.test.ts',
  'test/cli/commands/lab/lesson.test.ts',
  'test/lab/lesson/record-lesson.test.ts',
  'test/tui/terminal/live-terminal.test.ts',
  'test/tui/terminal/terminal.test.ts',
  'test/cli/streams.test.ts',
  'test/cli/commands/show/write-packets.test.ts',
  'test/capture/write/writer.test.ts',
  'test/capture/live.test.ts',
  'test/drawing/in-browser.test.ts',
  'test/cli/full-pipe.test.ts',
  'test/cli/commands/extcap.test.ts',
  'test/cli/habits.test.ts',
  'test/cli/privileges.test.ts',
  'test/cli/live.test.ts',
  'test/cli/usage.test.ts',
  'test/capture/file/open-capture.test.ts',
  'test/tui/terminal/appearance.test.tsx',
  'test/cli/commands/lab/watch.test.ts',
  'test/capture/file/pcapng-file.test.ts',
  'test/cli/bundled.test.ts',
  'test/cli/help.test.ts',
  'test/cli/commands/verify.test.ts',
  'test/cli/commands/doctor.test.ts',
  'test/cli/commands/completion.test.ts',
  'test/capture/file/memory.test.ts',
  'test/docs/commands.test.ts',
  'test/exchange/ping/ping-statistics.test.ts',
  'test/tui/boards/board-views.test.tsx',
  'test/tui/boards/path-view.test.tsx',
  'test/exchange/ping/one-truth.property.test.ts',
  'test/path/exchange-paths.test.ts',
  'test/exchange/tcp/tcp-course.test.ts',
  'test/output/hostile.test.ts',
  'test/docs/api-docs.test.ts',
  'test/mutations/mutations.test.ts',
  'test/tui/app.test.tsx',
  'test/decode/fast-path.test.ts',
  'test/display-filter/hostile.test.ts',
  'test/verdict/verify.test.ts',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification) => {
      const at = LONGEST.indexOf(relative(process.cwd(), moduleId));
      // Those that share a process follow each other: it ends where another kind is next.
      const group = project.config.isolate ? 0 : LONGEST.length + 1;
      return group + (at < 0 ? LONGEST.length : at);
    };
    // The others as vitest has them: by what it remembers of the last run, or by their size.
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}
