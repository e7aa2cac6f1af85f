/**
 * Answers whoever asks for metrics over HTTP. Strangers may connect: so many connections at a time, each with little time and few bytes for its
 * request, and one answer for all who ask within a moment.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { CaptureError } from '../packet/source.ts';
import { CONTENT_TYPE, type MetricsFormat } from './open-metrics.ts';

export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
}

export interface MetricsServer {
  /** `http://127.0.0.1:9790/metrics` */
  readonly url: string;
  close(): Promise<void>;
}

export const METRICS_PATH = '/metrics';
/** At a time; past them the one that was quiet for longest has to go. */
const MOST_CONNECTIONS = 32;
/** Bytes of a request's headers. */
const MOST_HEADER = 8192;
/** Milliseconds for a request's headers, for all of it (a body that nobody reads), and for an answer that nobody takes. */
const HEADERS_TIME = 5000;
const REQUEST_TIME = 10_000;
const QUIET_TIME = 10_000;
/** Milliseconds that a connection stays open behind an answer: longer than most scrape. */
const KEEP_ALIVE = 65_000;
/** Milliseconds for which an answer is given again. */
const SAME_ANSWER = 250;

/**
 * @param render makes the text
 * @param patience milliseconds for a request's headers
 * @throws {CaptureError} if the address can't be listened at
 */
export async function openMetricsServer(
  { host, port }: MetricsAddress,
  render: (format: MetricsFormat) => string,
  patience = HEADERS_TIME,
): Promise<MetricsServer> {
  const made: Partial<Record<MetricsFormat, { readonly text: string; readonly at: number }>> = {};

  function metrics(format: MetricsFormat): string {
    const now = performance.now();
    const before = made[format];
    if (before !== undefined && now - before.at < SAME_ANSWER) return before.text;
    const text = render(format);
    made[format] = { text, at: now };
    return text;
  }

  const server = createServer(
    {
      maxHeaderSize: MOST_HEADER,
      headersTimeout: patience,
      requestTimeout: REQUEST_TIME,
      keepAliveTimeout: KEEP_ALIVE,
      connectionsCheckingInterval: Math.min(patience, 1000),
    },
    (request, response) => answer(request, response, metrics),
  );
  boundConnections(server);
  await listen(server, host, port);
  const { address, port: actual, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}${METRICS_PATH}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(
  { method, url = '', headers }: IncomingMessage,
  response: ServerResponse,
  metrics: (format: MetricsFormat) => string,
): void {
  const reply = (status: number, text: string, type = 'text/plain; charset=utf-8') => {
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
    response.end(method === 'HEAD' ? undefined : text);
  };
  const [path] = url.split('?', 1);
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    // A body that nobody reads is not waited for.
    response.setHeader('connection', 'close');
    reply(405, 'only GET and HEAD are answered\n');
  } else if (path === METRICS_PATH) {
    const isOpen = headers.accept?.includes('application/openmetrics-text') === true;
    const format = isOpen ? 'openMetrics' : 'text';
    reply(200, metrics(format), CONTENT_TYPE[format]);
  } else {
    reply(path === '/' ? 200 : 404, `tunnelscope watch: metrics are at ${METRICS_PATH}\n`);
  }
}

/** Few connections, each with an end; nobody can take them all for long. */
function boundConnections(server: Server): void {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    if (open.size >= MOST_CONNECTIONS)
      for (const oldest of open) {
        oldest.destroy();
        open.delete(oldest);
        break;
      }
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    // The one that was quiet for longest stands first.
    open.delete(socket);
    open.add(socket);
    response.setTimeout(QUIET_TIME, () => socket.destroy());
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return;
    const status =
      error.code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? '408 Request Timeout'
          : '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`, () => socket.destroy());
  });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new CaptureError(`--metrics ${addressText(host, port)}: ${listenFailure(error)}`));
    });
    server.listen(port, host, resolve);
  });
}

const addressText = (host: string, port: number) => `${host.includes(':') ? `[${host}]` : host}:${port}`;

function listenFailure({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE')
    return 'another program listens there; choose another port, or end that program (ss -ltnp)';
  if (code === 'EACCES')
    return 'ports below 1024 are for root, which is given up by now; choose a port of 1024 or above';
  if (code === 'EADDRNOTAVAIL')
    return 'no interface of this machine has that address; expected one of its own, or 0.0.0.0 for all';
  return `can’t be listened at: ${message}`;
}
