// What is delivered in every scenario: rules that differ only in key, version and time, and the body a partner gets for
// one. The floors post the same bodies as the worker, so both move the same bytes to the sink.
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import { makeRule } from '../harness/data/rules.ts';
import { nowUs } from './clock.ts';

export const KEYS = 1_000;
export const BODY_TOKEN = 'bench-token-0123456789abcdef';
export const SIGNING_SECRET = `whsec_${Buffer.from('bench signing secret of 32 bytes').toString('base64')}`;

/** A mapping of ordinary size; rule, version and time stay visible to the sink. */
export const MAPPING = {
  fields: {
    ruleId: 'ruleId',
    version: 'version',
    minIcuBeds: 'bedCap',
    effectiveDate: 'start',
    scope: 'resource',
    title: 'title',
    'parameters.sentAtUs': 'sentAtUs',
  },
  values: { scope: { Hospital: 'resource_55' } },
  defaults: { priority: 'HIGH' },
};

/** The index-th rule of a load: keys in turn, so that equal keys are far apart. */
export function ruleAt(index: number, keys = KEYS): RulePublished {
  return makeRule(`rule-${index % keys}`, 1 + Math.floor(index / keys), {
    minIcuBeds: index % 50,
    parameters: { sentAtUs: String(nowUs()) },
  });
}

/** Of the index-th record of a load, of which a share is sampled: every n-th, so that all runs have the same. */
export function traceAt(index: number, share: number): Record<string, string> {
  const isSampled = Math.floor((index + 1) * share) > Math.floor(index * share);
  const id = (index + 1).toString(16);
  return { traceparent: `00-${id.padStart(32, 'a')}-${id.padStart(16, 'b')}-${isSampled ? '01' : '00'}` };
}

/** The partner's document for a rule, as the mapping makes it, with the token. */
export function bodyOf(rule: RulePublished): string {
  const { ruleId, version, minIcuBeds, effectiveDate, title, parameters } = rule;
  return JSON.stringify({
    ruleId,
    version,
    bedCap: minIcuBeds,
    start: effectiveDate,
    resource: 'resource_55',
    title,
    sentAtUs: parameters['sentAtUs'],
    priority: 'HIGH',
    token: BODY_TOKEN,
  });
}
