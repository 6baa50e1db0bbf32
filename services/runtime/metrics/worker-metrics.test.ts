import { expect, test } from '@jest/globals';
import { attemptMetrics, forgetPartner, workerMetrics } from './worker-metrics.ts';

const PARTNERS = 500;
const OUTCOMES = ['delivered', 'deadLettered', 'held', 'retried', 'cut'];
/** So many can Prometheus keep of one worker beside many others: 500 partners are 90,000. */
const SERIES_OF_A_PARTNER_MAX = 180;

const series = async (metrics: ReturnType<typeof workerMetrics>): Promise<string[]> =>
  (await metrics.registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

/** A partner of which everything is known that there is. */
function busy(metrics: ReturnType<typeof workerMetrics>, partner: string): void {
  const attempts = attemptMetrics(metrics, partner);
  for (const outcome of OUTCOMES) attempts.attempt(outcome);
  for (let told = 0; told < 1_000; told += 1) attempts.parked(`a page that says ${told}`);
  for (const repair of ['restarted', 'resent', 'tokenRenewed'] as const) attempts.repaired(repair);
  for (const metric of Object.values(metrics))
    if ('labelNames' in metric && String(metric.labelNames) === 'partner' && 'set' in metric)
      metric.set({ partner }, 1);
  metrics.connectorInfo.set({ partner, digest: 'd' }, 1);
  metrics.partnerHeld.set({ partner, cause: 'tls' }, 1);
}

test('500 partners whose answers are all different have a bounded number of series', async () => {
  const metrics = workerMetrics();
  for (let index = 0; index < PARTNERS; index += 1) busy(metrics, `p${index}`);
  const lines = await series(metrics);
  expect(lines.length).toBeLessThan(PARTNERS * SERIES_OF_A_PARTNER_MAX);
  expect(lines.filter((line) => /^ess_dead_letters_total\{.*reason="other"/.test(line))).toHaveLength(PARTNERS);
});

test('a partner that is gone leaves no series, and the others keep theirs', async () => {
  const metrics = workerMetrics();
  for (const partner of ['hospital', 'clinic']) busy(metrics, partner);
  const before = await series(metrics);
  await forgetPartner(metrics, 'hospital');
  const after = await series(metrics);
  expect(after).toEqual(before.filter((line) => !line.includes('hospital')));
  expect(after.some((line) => line.includes('clinic'))).toBe(true);
});
