/** `format` files as kernels have them, and the filter that is made from one. */
import { describe, expect, it } from 'vitest';
import { dropFilter } from '../../../src/host/drops/drop-watch.ts';
import { parseEventFormat } from '../../../src/host/drops/event-format.ts';

/** Of Linux 6.18, with the reasons cut short. */
const LINUX_6_18 = `name: kfree_skb
ID: 2310
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

\tfield:void * skbaddr;\toffset:8;\tsize:8;\tsigned:0;
\tfield:void * rx_sk;\toffset:24;\tsize:8;\tsigned:0;
\tfield:enum skb_drop_reason reason;\toffset:36;\tsize:4;\tsigned:0;
\tfield:__data_loc char[] name;\toffset:40;\tsize:4;\tsigned:0;
\tfield:u8 saddr[4];\toffset:44;\tsize:4;\tsigned:0;

print fmt: "skbaddr=%p reason: %s", REC->skbaddr, __print_symbolic(REC->reason, { 2, "NOT_SPECIFIED" }, { 5, "SOCKET_FILTER" }, { 13, "OTHERHOST" }, { 110, "VXLAN_VNI_NOT_FOUND" })
`;

describe('an event’s format', () => {
  const format = parseEventFormat(LINUX_6_18);

  it('its number, where its fields are, and the names of its numbers', () => {
    expect(format.id).toBe(2310);
    expect(Object.fromEntries(format.fields)).toMatchObject({
      common_type: { offset: 0, size: 2 },
      skbaddr: { offset: 8, size: 8 },
      reason: { offset: 36, size: 4 },
      name: { offset: 40, size: 4 },
      saddr: { offset: 44, size: 4 },
    });
    expect(Object.fromEntries(format.symbols)).toEqual({
      2: 'NOT_SPECIFIED',
      5: 'SOCKET_FILTER',
      13: 'OTHERHOST',
      110: 'VXLAN_VNI_NOT_FOUND',
    });
  });

  it('the kernel’s filter leaves out what is no loss, by this kernel’s numbers', () => {
    expect(dropFilter(format, false)).toBe(
      '(protocol == 2048 || protocol == 34525 || protocol == 2054 || protocol == 0) && reason != 5 && reason != 13',
    );
  });

  it('and by functions, where the kernel knows them', () => {
    const withSockets = { ...format, symbols: new Map([...format.symbols, [3, 'NO_SOCKET']] as const) };
    const plain = dropFilter(withSockets, false);
    expect(plain).not.toContain('location');
    expect(dropFilter(withSockets)).toBe(
      `${plain} && (reason != 3 || location.function != ping_rcv) && (reason != 2 || location.function != ip6_mc_input)`,
    );
  });
});
