// What a connector makes of a record, with the digest by which the audit names what was sent.
import { hash } from 'node:crypto';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { makeOf } from '@ess/domain/rehearsal/rehearsal.ts';
import type { ShownMade } from '../facts/making.ts';

export const onLines = (value: unknown): string => JSON.stringify(value, null, 2);

export function shownMade(connector: Connector, record: Readonly<Record<string, unknown>>): ShownMade {
  const made = makeOf(connector, record);
  if (made.kind !== 'document') return made;
  const { document, request = null } = made;
  const digest = hash('sha256', JSON.stringify(document), 'hex');
  return { kind: 'document', document: onLines(document), digest, request };
}
