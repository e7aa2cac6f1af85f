/** Answers Wireshark's questions to an extcap program, one per call, by the flags of extcap(4). */

import { libpcapName } from '../../../decode/link-type-words.ts';
import { linkTypeName } from '../../../decode/link-types.ts';
import { LINKTYPE_ETHERNET } from '../../../host/hardware-type.ts';
import { toDlt } from '../../../packet/link-type.ts';
import { CaptureError } from '../../../packet/source.ts';
import { EXIT, errorText, UsageError } from '../../errors.ts';
import { writeText } from '../../standard-output.ts';
import { capturePoints, nameOfValue, valueOfName } from './points.ts';
import type { ExtcapRequest } from './request.ts';
import { configuration, sentence } from './sentences.ts';

const HELP = 'https://github.com/tunnelscope/tunnelscope/blob/main/docs/extcap.md';

/**
 * @param version the package's
 * @returns the exit code: Wireshark accepts answers only with 0
 */
export async function answer(request: ExtcapRequest, version: string): Promise<number> {
  const { extcapInterface: value, extcapCaptureFilter: filter } = request;
  if (request.extcapInterfaces === true) {
    writeText(await interfaces(version));
    return EXIT.done;
  }
  if (value === undefined) {
    throw new UsageError(
      'extcap received nothing to do; expected install or uninstall (--extcap-interfaces and the like are for Wireshark)',
    );
  }
  const name = nameOfValue(value);
  if (request.capture === true) {
    const { capture } = await import('./capture.ts');
    return capture(name, request);
  }
  if (request.extcapConfig === true) writeText(configuration());
  else if (request.extcapDlts === true) writeText(await linkTypes(name));
  else if (filter !== undefined) writeText(await mistakeIn(filter, name));
  else {
    throw new UsageError(
      `extcap received ${value} and no question; expected --extcap-dlts, --extcap-config, --extcap-capture-filter or --capture`,
    );
  }
  return EXIT.done;
}

async function interfaces(version: string): Promise<string> {
  const points = await capturePoints();
  return [
    sentence('extcap', { version, help: HELP, display: 'tunnelscope' }),
    ...points.map(({ name, description }) =>
      sentence('interface', { value: valueOfName(name), display: description === '' ? name : description }),
    ),
  ].join('');
}

async function linkTypes(name: string): Promise<string> {
  const linkType = await linkTypeOf(name);
  const display = linkTypeName(linkType);
  return sentence('dlt', { number: toDlt(linkType), name: libpcapName(linkType) ?? display, display });
}

/** Ethernet if it is not known: the capture's own header is what counts. */
async function linkTypeOf(name: string): Promise<number> {
  const point = (await capturePoints()).find((one) => one.name === name);
  return point?.linkType ?? LINKTYPE_ETHERNET;
}

/** Empty if the filter is valid. */
async function mistakeIn(filter: string, name: string): Promise<string> {
  if (filter.trim() === '') return '';
  const [{ compileFilter }, { asFilterMistake }] = await Promise.all([
    import('../../../capture/filter/filter.ts'),
    import('../../capture-filter.ts'),
  ]);
  try {
    compileFilter(filter, await linkTypeOf(name));
    return '';
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return `${errorText(await asFilterMistake(error, filter))}\n`;
  }
}
