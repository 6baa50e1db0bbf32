// A connector for tests, without a folder: the mapping keeps rule and version visible to the fake partner.
import type { Connector, Deliver } from '@ess/domain/connector/connector.ts';
import type { DeliveringConnector } from '@ess/worker/partner-context.ts';

export interface TestConnector extends Partial<Omit<Connector, 'deliver'>> {
  readonly deliver?: Partial<Deliver>;
}

export function makeConnector(partner: string, url: string, more: TestConnector = {}): DeliveringConnector {
  return {
    partner,
    source: { topic: 'rules', key: 'ruleId', version: 'version' },
    inScope: (record) => (record as { scope: string }).scope === 'Hospital',
    map: (record) => {
      const { ruleId, version, minIcuBeds } = record as Record<string, unknown>;
      return { ok: true, document: { ruleId, version, bedCap: minIcuBeds } };
    },
    onLeave: 'alert',
    stream: { enabled: false },
    inbound: [],
    access: { apiKeyHashes: [] },
    secrets: [],
    digest: '',
    connectorDigest: 'c'.repeat(64),
    recipe: { folder: { path: '', partner, files: new Map() }, env: new Map(), schemas: new Map() },
    ...more,
    deliver: {
      url,
      allow: ['127.0.0.0/8'],
      concurrency: 64,
      pipelining: 1,
      timeoutMs: 5_000,
      atRebalance: 'wait',
      auth: {},
      signSecrets: [],
      retry: { maxAttempts: 12, firstMs: 200, maxMs: 60_000 },
      catchUp: 'every',
      trace: 'propagate',
      status: {},
      breaker: { failureRatio: 0.5, windowMs: 10_000, minAttempts: 10, probeFirstMs: 500, probeMaxMs: 1_500 },
      ...more.deliver,
    },
  };
}
