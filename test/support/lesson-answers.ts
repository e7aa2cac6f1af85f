/** Answers to lessons' questions that are not right. */
import type { Question } from '../../src/lab/lesson/lesson.ts';

export function wrongAnswers({ choices, value = '' }: Question): string[] {
  if (choices === undefined)
    return [
      '77777',
      '0x',
      '',
      'icmp',
      'ip.ttl',
      'udp.dstport',
      'outer.ip.len',
      '") || ip',
      `${Number(value) + 1}`,
      '-1',
    ];
  const right = choices.findIndex((choice) => choice.right === true);
  return [...choices.map((_, i) => i), choices.length, -1]
    .filter((i) => i !== right)
    .map((i) => String(i + 1));
}
