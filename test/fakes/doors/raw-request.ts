// A request to the door as the bytes that go over the wire.
import { DOOR_PATH } from '../../harness/programs/door-process.ts';

export interface Head {
  readonly method?: string;
  readonly path?: string;
  readonly type?: string;
  readonly more?: readonly string[];
  readonly length?: string;
}

export function request(
  content: string | Buffer,
  { method = 'POST', path = DOOR_PATH, type, more = [], length }: Head = {},
): Buffer {
  const bytes = Buffer.from(content as string);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'host: door',
    'connection: close',
    `content-type: ${type ?? 'application/json'}`,
    ...(length === '' ? [] : [`content-length: ${length ?? bytes.length}`]),
    ...more,
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
}
export const whole = (content: string | Buffer, head?: Head) => ({ parts: [request(content, head)] });
export const chunked = (raw: string, more: readonly string[] = []) =>
  whole(raw, { length: '', more: ['transfer-encoding: chunked', ...more] });
export const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
