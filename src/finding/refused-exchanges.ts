/** Connections and queries that were refused, or answered with a failure: tcp-refused, dns-failed. */
import { NO_ERROR, NO_SUCH_NAME, responseCodeName } from '../exchange/dns/response-codes.ts';
import type { ExchangeRow } from '../exchange/exchange-counts.ts';
import { Tally } from '../exchange/tally.ts';
import { tunnelText } from '../exchange/tunnel-words.ts';
import type { Evidence } from './evidence.ts';
import { exchangesText } from './exchange-groups.ts';
import { type Finding, finding } from './finding.ts';

/** Limit on findings about one row of the table; the others are in the table. */
const MOST_ROWS = 32;

export function refusedExchanges(evidence: Evidence): Finding[] {
  const rows = evidence.exchanges?.table.rows ?? [];
  const way = ({ tunnels }: ExchangeRow) => {
    const list = evidence.exchanges?.tunnels.tunnels(tunnels) ?? [];
    return list.length === 0 ? '' : ` through ${tunnelText(list)}`;
  };
  const refused = rows.filter(({ kind, counts }) => kind === 'tcp' && counts.refused > 0);
  const failed = rows.filter(({ kind, counts }) => kind === 'dns' && failuresOf(counts.codes).size > 0);
  const stopped = rows.filter(({ kind, counts }) => kind === 'dns' && counts.stopped.count > 0);
  return [
    ...refused.slice(0, MOST_ROWS).map((row) => tcpRefused(row, way(row))),
    ...stopped.slice(0, MOST_ROWS).map((row) => dnsStopped(row, way(row))),
    ...failed.slice(0, MOST_ROWS).map((row) => dnsFailed(row, way(row))),
  ];
}

function tcpRefused({ src, dst, port, counts }: ExchangeRow, way: string): Finding {
  const { begun, reset, stopped } = counts;
  const packets = new Tally();
  packets.merge(reset);
  packets.merge(stopped);
  const many = exchangesText('tcp', begun.count);
  const which = begun.count === 1 ? 'the only connection' : `${packets.count} of ${many}`;
  const who =
    stopped.count === 0
      ? 'by RST: nothing listens there, or a firewall rejects them; the path works in both directions'
      : reset.count === 0
        ? 'by an ICMP error: check who sends it, and the firewall and routes there'
        : `(${reset.count} by RST, ${stopped.count} by ICMP errors): check what listens there, firewalls and routes`;
  return finding(
    'tcp-refused',
    `${which} from ${src} to ${dst} port ${port}${way} ${packets.count === 1 ? 'was' : 'were'} refused ${who}`,
    packets.packets,
  );
}

function dnsStopped({ src, dst, port, counts }: ExchangeRow, way: string): Finding {
  const { begun, stopped } = counts;
  return finding(
    'dns-failed',
    `an ICMP error refused ${stopped.count} of ${exchangesText('dns', begun.count)} from ${src} to ${dst} port ${port}${way}: check who sends it, whether a name server runs there, and the firewall`,
    stopped.packets,
  );
}

function dnsFailed({ src, dst, counts }: ExchangeRow, way: string): Finding {
  const failures = failuresOf(counts.codes);
  const packets = new Tally();
  for (const tally of failures.values()) packets.merge(tally);
  const names = [...failures].map(([name, { count }]) => `${count} ${name}`).join(', ');
  return finding(
    'dns-failed',
    `${dst} answered ${packets.count} of ${exchangesText('dns', counts.begun.count)} from ${src}${way} with a failure (${names}): the path works in both directions, so check that name server and the servers that it queries`,
    packets.packets,
  );
}

/** A name that does not exist is not a failure. */
function failuresOf(codes: readonly Tally[]): Map<string, Tally> {
  const failures = new Map<string, Tally>();
  for (const [code, tally] of codes.entries())
    if (code !== NO_ERROR && code !== NO_SUCH_NAME && tally.count > 0)
      failures.set(responseCodeName(code), tally);
  return failures;
}
