/** Requests that Node's parser gives up on before any handler sees them: they are refused in the words of all refusals. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ApiError } from '../../contract/shapes.ts';

/** Ends the connection: what would follow on it can't be told apart. For `clientError` of a server. */
export function refuseUnread(error: NodeJS.ErrnoException, socket: Duplex): void {
  // The client is gone.
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { status, body } = answerTo(error.code);
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}

function answerTo(code: string | undefined): { status: number; body: ApiError } {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        body: {
          error: {
            code: 'too-large',
            message: 'The address and the headers are longer than 64 KiB.',
            hint: 'Ask for less at a time.',
          },
        },
      };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        status: 408,
        body: { error: { code: 'too-slow', message: 'The request did not come whole in time.' } },
      };
    case undefined:
    default:
      return {
        status: 400,
        body: { error: { code: 'malformed', message: 'This is no HTTP request that can be read.' } },
      };
  }
}
