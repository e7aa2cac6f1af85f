/** No request at all: why none can be read, as far as that is known. */
import { counted } from '../text/words.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';
import { unreadReasons } from './watch/unread-watch.ts';

export function noEchoRequest({
  summary,
  packets,
  watch,
  neighbors,
  unread,
  fragments,
  whyEmpty,
  isOnExchanges,
  exchanges,
}: Evidence): Finding[] {
  // VXLAN packets that receivers drop may well hold echo requests: another finding says so.
  if (summary.table.paths.length > 0 || watch.vxlanFlags.count > 0 || isOnExchanges) return [];
  if (packets === 0) {
    return [
      finding(
        'no-echo-request',
        whyEmpty ?? 'the capture has no packets: check interface and filter, and ping while it runs',
      ),
    ];
  }
  const replies = summary.orphans.count + summary.early.count;
  const [question] = neighbors.unanswered();
  let advice =
    'ping while capturing; if a tunnel is not recognised, say what it carries with -d udp.port==PORT,KIND (tun, raw, eth, vxlan and others: --help has all)';
  const [traced] = exchanges?.traces ?? [];
  if (traced !== undefined) {
    advice = `a traceroute over UDP was sent from ${traced.src} to ${traced.dst}; ping while capturing, or use traceroute -I, whose probes are echo requests`;
  }
  if (replies > 0) {
    advice = `but ${replies === 1 ? '1 is a reply' : `${replies} are replies`}: capture where both directions pass`;
  } else if (question !== undefined) {
    advice = `probably none was sent, as ARP for ${question.address} goes unanswered; look into that first`;
  }
  const [likely] = watch.likelyTunnels();
  if (replies === 0 && likely !== undefined) {
    const { port, name, title, tally } = likely;
    return [
      finding(
        'no-echo-request',
        `${counted(tally.count, 'payload')} to UDP port ${port} ${tally.count === 1 ? 'looks' : 'look'} like ${title}, but not for certain, so ${tally.count === 1 ? 'it was' : 'they were'} not searched for echo requests: try -d udp.port==${port},${name}`,
        tally.packets,
      ),
    ];
  }
  const none = packets === 1 ? 'the only packet is not' : `none of ${packets} packets is`;
  const reasons = replies > 0 || question !== undefined ? [] : unreadReasons(unread, fragments);
  const [first] = reasons;
  if (first !== undefined) {
    const why = `${reasons.map(({ text }) => text).join(', ')}: ${first.advice}`;
    const isMost = reasons.reduce((sum, { count }) => sum + count, 0) * 2 >= packets;
    return [
      finding(
        'no-echo-request',
        isMost
          ? `${none} an echo request that can be read: ${why}`
          : `${none} an echo request: ping while capturing; also, ${why}`,
      ),
    ];
  }
  return [finding('no-echo-request', `${none} an echo request${replies > 0 ? ', ' : ': '}${advice}`)];
}
