// Rules for tests: complete records with only what matters given.
import { randomUUID } from 'node:crypto';
import type { RulePublished } from '@ess/schemas/generated/types.ts';

export function makeRule(ruleId: string, version: number, more: Partial<RulePublished> = {}): RulePublished {
  return {
    eventId: randomUUID(),
    ruleId,
    version,
    status: 'active',
    scope: 'Hospital',
    region: null,
    title: `Rule ${ruleId}`,
    effectiveDate: '2026-11-24',
    publishedAt: Date.now(),
    publishedBy: 'test',
    auditStamp: null,
    minIcuBeds: version,
    minVentilators: null,
    pauseSurveys: null,
    noFlyRadiusKm: null,
    parameters: {},
    ...more,
  };
}
