// What a partner can do wrong, and how it looks on the wire.
import type { ServerResponse } from 'node:http';

/** While it lasts, every request meets it; but `flaky` meets one in three. */
export const FAULTS = [
  'refuse',
  'reset',
  'reset-mid-body',
  'hang',
  'slow-loris',
  'status-500',
  'flaky',
  'status-429',
  'status-429-retry-after',
  'status-404',
  'status-422',
  'redirect',
  'endless-body',
] as const;
/** Only where the partner speaks TLS. */
export const TLS_FAULTS = ['bad-tls', 'new-certificate'] as const;
export type Fault = (typeof FAULTS)[number] | (typeof TLS_FAULTS)[number];

const DRIP_MS = 200;
const CHUNK = Buffer.alloc(16_384, 'x');

/**
 * Answers a request in the manner of the fault.
 * @param privateUrl where a redirect points: an address that no worker may follow
 * @returns the status that went out, 0 when none did, or undefined when the fault lets this request pass
 */
export function misbehave(fault: Fault | undefined, response: ServerResponse, privateUrl: string, luck: number) {
  switch (fault) {
    case 'reset':
      breakOff(response);
      return 0;
    case 'reset-mid-body':
      response.writeHead(200, { 'content-length': '1000' }).write('half');
      setImmediate(() => breakOff(response));
      return 200;
    case 'hang':
      return 0;
    case 'slow-loris':
      drip(response);
      return 0;
    case 'status-500':
      return answer(response, 500);
    case 'flaky':
      return luck < 1 / 3 ? answer(response, 503) : undefined;
    case 'status-429':
      return answer(response, 429);
    case 'status-429-retry-after':
      return answer(response, 429, { 'retry-after': '2' });
    case 'status-404':
      return answer(response, 404);
    case 'status-422':
      return answer(response, 422);
    case 'redirect':
      return answer(response, 302, { location: privateUrl });
    case 'endless-body':
      pour(response);
      return 200;
    default:
      return undefined;
  }
}

export function answer(response: ServerResponse, status: number, headers: Record<string, string> = {}): number {
  response.writeHead(status, headers).end();
  return status;
}

/** A reset where the socket can do it; under TLS it cannot. */
function breakOff({ socket }: ServerResponse): void {
  if (socket && 'encrypted' in socket) socket.destroy();
  else socket?.resetAndDestroy();
}

/** A status line that never ends, a letter at a time. */
function drip(response: ServerResponse): void {
  const { socket } = response;
  const timer = setInterval(() => socket?.writable && socket.write('H'), DRIP_MS);
  socket?.write('HTTP/1.1 200 O');
  socket?.once('close', () => clearInterval(timer));
}

function pour(response: ServerResponse): void {
  response.writeHead(200);
  const more = () => {
    while (!response.destroyed && response.write(CHUNK));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}
