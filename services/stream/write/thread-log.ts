// The log of a thread: what is said there is written by the process that started it.
import type { StreamLog } from '../kafkajs/client.ts';

export interface LogMessage {
  readonly kind: 'log';
  readonly level: keyof StreamLog;
  readonly details: object;
  readonly message: string;
}

export function threadLog(send: (message: LogMessage) => void): StreamLog {
  const say = (level: keyof StreamLog) => (details: object, message: string) =>
    send({ kind: 'log', level, details: JSON.parse(JSON.stringify(details)) as object, message });
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
}
