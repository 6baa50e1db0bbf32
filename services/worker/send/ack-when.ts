// A 409 that says "I already have this or something newer" is an ack where the connector describes how it says so.
import type { AckWhen } from '@ess/domain/connector/connector.ts';
import { parsePath, readPath } from '@ess/domain/text/paths.ts';
import type { IsNewer } from './sender.ts';

/** @returns undefined when the connector accepts no 409 */
export function newerTest(ackWhen: AckWhen | undefined): IsNewer | undefined {
  if (!ackWhen) return undefined;
  return (headers, body) =>
    Object.entries(ackWhen.header ?? {}).every(([name, value]) => headers[name] === value) &&
    bodyMatches(ackWhen.body, body);
}

function bodyMatches(wanted: AckWhen['body'], body: () => string): boolean {
  if (!wanted) return true;
  let answer: unknown;
  try {
    answer = JSON.parse(body());
  } catch {
    return false;
  }
  return Object.entries(wanted).every(([text, value]) => {
    const parsed = parsePath(text);
    return 'path' in parsed && readPath(answer, parsed.path) === value;
  });
}
