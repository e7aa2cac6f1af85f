/** Packets of applications, read by hand against their RFCs. */
import { ETHERNET, hex } from '../support/decoding.ts';
import type { HandRead } from './hand-read.ts';
import { IPV4_ETHERNET } from './hand-read-tunnels.ts';

export const applicationPackets: readonly HandRead[] = [
  {
    name: 'DNS in VXLAN, an answer with a pointer',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0075 0001 0000 40 11 8e40 c0000201 c6336402
      c000 12b5 0061 0000          # UDP: 49152 to 4789, length 97
      08 000000 00002a 00          # VNI 42
      ${IPV4_ETHERNET}
      45 00 0043 0001 0000 40 11 8e72 c0000201 c6336402
      0035 9c40 002f 0000          # UDP: 53 to 40000, length 47
      1234 8580                    # response, authoritative, recursion desired and available
      0001 0001 0000 0000          # one question, one answer
      01 61 03 6f7267 00 001c 0001 # a.org, AAAA, IN
      c00c 0001 0001 00000e10 0004 c0000250   # what stands at 12: A, IN, an hour, 192.0.2.80`),
    layers: 'eth:ip:udp port> vxlan:eth:ip:udp:dns',
    fields: {
      'dns.id': ['0x1234'],
      'dns.flags.response': ['Set'],
      'dns.flags.opcode': ['Standard query (0)'],
      'dns.flags.authoritative': ['Set'],
      'dns.flags.truncated': ['Not set'],
      'dns.flags.recavail': ['Set'],
      'dns.flags.rcode': ['No error (0)'],
      'dns.count.queries': ['1'],
      'dns.count.answers': ['1'],
      'dns.count.auth_rr': ['0'],
      'dns.count.add_rr': ['0'],
      'dns.qry.type': ['AAAA (28)'],
      'dns.qry.class': ['IN (0x0001)'],
    },
    summaries: { dns: 'Standard query response 0x1234 AAAA a.org A 192.0.2.80' },
  },
  {
    name: 'multicast DNS',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0037 0001 0000 40 11 8e7e c0000201 c6336402
      14e9 14e9 0023 0000          # UDP: 5353 to 5353, length 35
      0000 0000 0001 0000 0000 0000
      03 611b62 05 6c6f63616c 00   # an escape character in the name
      000c 8001                    # PTR, IN, an answer to me alone`),
    layers: 'eth:ip:udp:mdns',
    fields: { 'dns.flags.response': ['Not set'], 'dns.flags.rcode': [], 'dns.qry.class': ['IN (0x0001)'] },
    summaries: { mdns: 'Standard query 0x0000 PTR a\\x1bb.local, "QU" question' },
  },
  {
    name: 'DHCP, an offer',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0110 0001 0000 40 11 8da5 c0000201 c6336402
      0043 0044 00fc 0000          # UDP: 67 to 68, length 252
      02 01 06 00 12345678 0003 8000
      00000000 c0000209 c0000201 c0000202     # client, your, server, relay
      020000000001 ${'00'.repeat(10 + 64 + 128)}
      63825363 35 01 02 ff         # magic cookie; option 53: Offer; end`),
    layers: 'eth:ip:udp:dhcp',
    fields: {
      'dhcp.type': ['Boot Reply (2)'],
      'dhcp.id': ['0x12345678'],
      'dhcp.secs': ['3'],
      'dhcp.flags': ['0x8000'],
      'dhcp.ip.client': ['0.0.0.0'],
      'dhcp.ip.your': ['192.0.2.9'],
      'dhcp.ip.server': ['192.0.2.1'],
      'dhcp.ip.relay': ['192.0.2.2'],
      'dhcp.hw.mac_addr': ['02:00:00:00:00:01'],
      'dhcp.option.dhcp': ['Offer (2)'],
    },
    summaries: { dhcp: 'Offer - Transaction ID 0x12345678' },
  },
  {
    name: 'HTTP, a request',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0044 0001 0000 40 06 8e7c c0000201 c6336402
      9c40 0050 00000001 00000001 50 18 2000 0000 0000
      ${Buffer.from('GET /x HTTP/1.1\r\nHost: a\r\n\r\n').toString('hex')}`),
    layers: 'eth:ip:tcp:http',
    fields: {
      'http.request.method': ['GET'],
      'http.request.uri': ['/x'],
      'http.request.version': ['HTTP/1.1'],
      'http.response.code': [],
    },
    summaries: { http: 'GET /x HTTP/1.1' },
  },
  {
    name: 'HTTP, an answer with a body',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0045 0001 0000 40 06 8e7b c0000201 c6336402
      0050 9c40 00000001 00000001 50 18 2000 0000 0000
      ${Buffer.from('HTTP/1.1 404 Not Found\r\n\r\nabc').toString('hex')}`),
    layers: 'eth:ip:tcp:http:data',
    fields: {
      'http.request.method': [],
      'http.response.version': ['HTTP/1.1'],
      'http.response.code': ['404'],
      'http.response.phrase': ['Not Found'],
    },
    summaries: { http: 'HTTP/1.1 404 Not Found' },
  },
];
