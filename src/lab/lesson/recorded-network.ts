/** A lesson's network as it was recorded: what its commands printed and its captures, `fixtures/lessons/NAME`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { parseCheckedYaml, readYamlText } from '../../text/checked-yaml.ts';
import { lessonsFolder } from './lesson.ts';
import { CAPTURE_ENDING, checkName, type LessonNetwork, type Printed } from './lesson-network.ts';

/** Where the package's recordings are: one folder for each lesson. */
export function recordingsFolder(): string {
  return join(lessonsFolder(), '../../fixtures/lessons');
}

export const RECORDING_FILE = 'recording.yaml';

const output = z.strictObject({
  on: z.string(),
  command: z.string(),
  text: z.string(),
  exitCode: z.int().nullable(),
});
const recordingSchema = z.strictObject({ outputs: z.array(output) });

/** What a command of a lesson printed. */
export type RecordedOutput = z.infer<typeof output>;

/** @throws {RangeError} if the lesson was not recorded, or has other commands now */
export function openRecording(lesson: string, folder = recordingsFolder()): LessonNetwork {
  const own = join(folder, lesson);
  const file = join(own, RECORDING_FILE);
  if (!existsSync(file)) throw new RangeError(`no recording of the lesson ${lesson}: ${file} is missing`);
  const { value } = parseCheckedYaml(readYamlText(file, file), file, recordingSchema, () => [
    ...Object.keys(recordingSchema.shape),
    ...Object.keys(output.shape),
  ]);
  /** In the order in which they ran: the same command may print something else later. */
  const left = [...value.outputs];
  let checks = 0;
  const captured = (name: string) => join(own, name + CAPTURE_ENDING);

  return {
    isLive: false,
    lab: lesson,
    async up() {},
    async run({ on, command }): Promise<Printed> {
      const index = left.findIndex((one) => one.on === on && one.command === command);
      const [found] = index < 0 ? [] : left.splice(index, 1);
      if (found === undefined)
        throw new RangeError(`${file}: the output of "${command}" on ${on} is missing`);
      return found;
    },
    async typed(on, line) {
      throw new RangeError(`"${line}" can't be run on ${on}: this network is only a recording`);
    },
    stopCommand: () => false,
    async check() {
      checks++;
      return captured(checkName(checks));
    },
    captured,
    async close() {},
  };
}
