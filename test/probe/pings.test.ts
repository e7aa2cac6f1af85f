import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type PingRequest, pingWords, readPing } from '../../src/probe/pings.ts';

const V4: PingRequest = { address: '172.16.1.2', size: 1500, df: true, count: 2, wait: 1, ident: 7 };

describe('ping', () => {
  it('is told sizes of packets as sizes of data', () => {
    expect(pingWords(V4).join(' ')).toBe('ping -n -c 2 -i 0.2 -W 1 -e 7 -M do -s 1472 172.16.1.2');
    const v6 = pingWords({ ...V4, address: 'fd00::2', df: false });
    expect(v6.join(' ')).toBe('ping -n -c 2 -i 0.2 -W 1 -e 7 -M dont -s 1452 fd00::2');
  });

  // As iputils 20221126 and 20240117 print it.
  it.each<[what: string, status: number, stdout: string, stderr: string, outcome: object]>([
    [
      'answers',
      0,
      '2 packets transmitted, 2 received, 0% packet loss, time 201ms',
      '',
      { sent: 2, answered: 2 },
    ],
    [
      'a refusal by a router',
      1,
      'From 10.1.0.1 icmp_seq=1 Frag needed and DF set (mtu = 1400)\n\n2 packets transmitted, 0 received, +1 errors, 100% packet loss',
      'ping: local error: message too long, mtu=1400',
      { sent: 2, answered: 0, toldMtu: 1400, toldBy: '10.1.0.1' },
    ],
    [
      'a refusal by the sender itself',
      1,
      '2 packets transmitted, 0 received, +2 errors, 100% packet loss, time 1001ms',
      'ping: local error: message too long, mtu: 1450\nping: local error: message too long, mtu: 1450',
      { sent: 2, answered: 0, toldMtu: 1450 },
    ],
    [
      'a refusal of IPv6',
      1,
      'From fd00::1 icmp_seq=1 Packet too big: mtu=1280\n2 packets transmitted, 0 received, +1 errors',
      '',
      { toldMtu: 1280, toldBy: 'fd00::1' },
    ],
    [
      'an error',
      1,
      'From 10.1.0.1 icmp_seq=1 Destination Net Unreachable\n2 packets transmitted, 0 received, +1 errors',
      '',
      { answered: 0, error: '10.1.0.1: Destination Net Unreachable' },
    ],
    [
      'nothing sent',
      2,
      '',
      'ping: connect: Network is unreachable',
      { sent: 0, error: 'connect: Network is unreachable' },
    ],
    [
      'silence',
      1,
      '2 packets transmitted, 0 received, 100% packet loss, time 1005ms',
      '',
      { sent: 2, answered: 0 },
    ],
  ])('%s', (_what, status, stdout, stderr, outcome) => {
    expect(readPing(V4, { status, stdout, stderr })).toMatchObject(outcome);
  });
});

describe('without programs of their own', async () => {
  const { dnsQuery, isDnsName, readDns, readTcp } = await import('../../src/probe/exchanges.ts');

  it.each([
    ['db.example', true],
    ['a_b.example.', true],
    ['', false],
    ['a..b', false],
    ['$(id)', false],
    ["a'b", false],
    ['a'.repeat(64), false],
  ])('%j: a name to ask for: %s', (name, expected) => {
    expect(isDnsName(name)).toBe(expected);
  });

  it('a query is what RFC 1035 says', () => {
    // A label of ten letters has a newline as its length.
    const query = Buffer.from(dnsQuery('tenletters.eu', 0x1234)).toString('hex');
    expect(query).toBe('1234010000010000000000000a74656e6c65747465727302657500' + '00010001');
  });

  it.each<[bytes: string, words: string, answered: boolean]>([
    ['12348180000100020000 0000', 'no error, 2 records', true],
    ['123481830001000000000000', 'no such name, 0 records', true],
    ['', 'port unreachable', false],
    ['432181800001000100000000', 'what came back is not an answer', false],
    ['123401000001000000000000', 'what came back is not an answer', false],
    ['1234', 'what came back is not an answer', false],
  ])('the answer %j', (stdout, words, answered) => {
    expect(readDns({ status: 0, stdout }, 0x1234)).toEqual({ answered, words });
  });

  it('a connection', () => {
    expect(readTcp({ status: 0, stderr: '' }).answered).toBe(true);
    expect(readTcp({ status: 124, stderr: '' }).words).toBe('no answer within 3 s');
    const words = ['-c', 'exec 3<>/dev/tcp/127.0.0.1/1'];
    const refused = spawnSync('bash', words, { encoding: 'utf8', env: { LC_ALL: 'C.UTF-8' } });
    expect(readTcp({ status: refused.status ?? -1, stderr: refused.stderr }).words).toBe(
      'connection refused',
    );
  });
});
