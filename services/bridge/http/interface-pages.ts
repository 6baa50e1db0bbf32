// What the bridge says about itself, by path. Outside: one text for everybody, in which no partner is named. Inside, on the
// admin listener: all topics of ESS.
import { findSchema, SCHEMAS } from '@ess/schemas/catalog.ts';
import type { DescribedTopic } from './asyncapi.ts';
import { asyncApi } from './asyncapi.ts';
import { streamOpenApi } from './openapi.ts';

export interface InterfacePage {
  readonly type: string;
  readonly body: string;
}

const json = (document: object): InterfacePage => ({
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(document),
});

const WRITTEN_BY_OTHERS: ReadonlySet<string> = new Set(['rules']);

const described = (topics: readonly string[]): DescribedTopic[] =>
  topics.flatMap((topic) => {
    const schema = findSchema(topic);
    return schema ? [{ topic, schema, written: !WRITTEN_BY_OTHERS.has(topic) }] : [];
  });

/** @param tokens whether tokens (JWT) are taken */
export function publicPages(tokens: boolean): ReadonlyMap<string, InterfacePage> {
  return new Map([
    ['/openapi.json', json(streamOpenApi({ tokens }))],
    ['/asyncapi.json', json(asyncApi({ topics: described(['public.rules']), tokens }))],
  ]);
}

export function adminPages(tokens: boolean): ReadonlyMap<string, InterfacePage> {
  const topics = described(SCHEMAS.map(({ topic }) => topic));
  return new Map([['/asyncapi.json', json(asyncApi({ topics, tokens }))]]);
}
