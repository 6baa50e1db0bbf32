// What a connector makes of a record, with the digest by which the audit names what was sent.
import { hash } from 'node:crypto';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { makeOf } from '@ess/domain/rehearsal/rehearsal.ts';
import type { ShownMade } from '../facts/making.ts';

export const onLines = (value: unknown): string => JSON.stringify(value, null, 2);

/** What comes from the environment is shown by its name. */
export function shownMade(connector: Connector, record: Readonly<Record<string, unknown>>): ShownMade {
  const made = makeOf(connector, record);
  if (made.kind !== 'document') return made;
  const { document, request } = made;
  const digest = hash('sha256', JSON.stringify(document), 'hex');
  const shown = { kind: 'document', document: onLines(document), digest } as const;
  if (!request) return { ...shown, request: null };
  const masked = maskOf(connector.recipe.env);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, masked(value)]));
  return { ...shown, request: { ...request, url: masked(request.url), headers } };
}

/** The longest first: one may hold another. */
function maskOf(env: ReadonlyMap<string, string | undefined>): (text: string) => string {
  const values = [...env]
    .flatMap(([name, value]) =>
      value ? [value, encodeURIComponent(value), encodeURI(value)].map((one) => [name, one] as const) : [],
    )
    .sort(([, a], [, b]) => b.length - a.length);
  return (text) => values.reduce((masked, [name, value]) => masked.replaceAll(value, `\${${name}}`), text);
}
