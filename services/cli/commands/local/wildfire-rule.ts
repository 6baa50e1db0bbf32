// The wildfire rule of the founding story, or another version of it.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RulePublished } from '@ess/schemas/generated/types.ts';

const FILE = new URL('../../../../infra/demo/wildfire.json', import.meta.url);

export function wildfireRule(version: number, more: Partial<RulePublished> = {}): RulePublished {
  const rule = JSON.parse(readFileSync(FILE, 'utf8')) as Partial<RulePublished>;
  return {
    ...({
      region: null,
      effectiveDate: null,
      auditStamp: null,
      minIcuBeds: null,
      minVentilators: null,
    } as RulePublished),
    pauseSurveys: null,
    noFlyRadiusKm: null,
    parameters: {},
    ...rule,
    eventId: randomBytes(9).toString('base64url'),
    publishedAt: Date.now(),
    version,
    ...more,
  };
}
