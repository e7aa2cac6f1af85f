/** Whoever asks for metrics, as they should and as they should not. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MetricsServer, openMetricsServer } from '../../src/watch/metrics-server.ts';

let server: MetricsServer;
let rendered = 0;
beforeAll(async () => {
  server = await openMetricsServer({ host: '127.0.0.1', port: 0 }, (format) => {
    rendered++;
    return `${format} ${'x'.repeat(1 << 20)}`;
  });
});
afterAll(() => server.close());

const port = () => Number(new URL(server.url).port);

/** Everything that is answered to bytes, until the server closes. */
async function answerTo(...pieces: string[]): Promise<string> {
  const socket = connect(port(), '127.0.0.1');
  for (const piece of pieces) socket.write(piece);
  return (await text(socket)).split('\r\n')[0] as string;
}

describe('what is answered', () => {
  it.each([
    [{}, 'text', 'text/plain; version=0.0.4; charset=utf-8'],
    // What Prometheus 2.42 asks for.
    [
      {
        accept:
          'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      },
      'openMetrics',
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    ],
  ] as const)('%j: %s', async (headers, format, type) => {
    const response = await fetch(server.url, { headers });
    expect(response.headers.get('content-type')).toBe(type);
    expect((await response.text()).split(' ', 1)).toEqual([format]);
  });

  it('is made once for all who ask within a moment', async () => {
    const before = rendered;
    await Promise.all(Array.from({ length: 20 }, async () => (await fetch(server.url)).text()));
    expect(rendered - before).toBeLessThan(5);
  });

  it.each([
    ['GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', 'HTTP/1.1 200 OK'],
    ['HEAD /metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', 'HTTP/1.1 200 OK'],
    ['GET /metrics?a=b HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', 'HTTP/1.1 200 OK'],
    ['GET /other HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', 'HTTP/1.1 404 Not Found'],
    [
      'POST /metrics HTTP/1.1\r\nhost: a\r\ncontent-length: 9999999\r\n\r\nx',
      'HTTP/1.1 405 Method Not Allowed',
    ],
    ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'HTTP/1.1 400 Bad Request'],
    ['GET /metrics HTTP/1.1\r\n\r\n', 'HTTP/1.1 400 Bad Request'],
    [
      `GET /metrics HTTP/1.1\r\nhost: a\r\n${'a: b\r\n'.repeat(5000)}`,
      'HTTP/1.1 431 Request Header Fields Too Large',
    ],
    [`GET /${'a'.repeat(20_000)}`, 'HTTP/1.1 431 Request Header Fields Too Large'],
  ])('%j: %s', async (request, status) => {
    expect(await answerTo(request)).toBe(status);
  });
});

it('who connects and says nothing, or takes nothing, keeps nobody out', async () => {
  const silent: Socket[] = [];
  for (let i = 0; i < 60; i++) {
    const socket = connect(port(), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    if (i % 2 === 0) socket.write('GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n');
    else if (i % 3 === 0) socket.write('GET /met');
    socket.pause();
    silent.push(socket);
  }
  expect((await (await fetch(server.url)).text()).length).toBeGreaterThan(1 << 20);
  for (const socket of silent) socket.destroy();
});

it.each(['GET /metrics HTTP/1.1\r\nhost', ''])(
  'who sends %j and no more is told so, and is gone',
  async (begin) => {
    const hasty = await openMetricsServer({ host: '127.0.0.1', port: 0 }, () => '', 200);
    const socket = connect(Number(new URL(hasty.url).port), '127.0.0.1');
    socket.write(begin);
    expect((await text(socket)).split('\r\n')[0]).toBe('HTTP/1.1 408 Request Timeout');
    await hasty.close();
  },
);

describe('an address that can’t be listened at is one line', () => {
  it('is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await expect(openMetricsServer({ host: '127.0.0.1', port }, () => '')).rejects.toThrow(
      `--metrics 127.0.0.1:${port}: another program listens there; choose another port, or end that program (ss -ltnp)`,
    );
    other.close();
  });

  it('is no address of this machine', async () => {
    await expect(openMetricsServer({ host: '2001:db8::1', port: 9790 }, () => '')).rejects.toThrow(
      '--metrics [2001:db8::1]:9790: no interface of this machine has that address; expected one of its own, or 0.0.0.0 for all',
    );
  });
});
