import { emptyAttempt } from '@ess/domain/delivery/audit-row.ts';
import { expect, test } from '@jest/globals';
import { auditDetails, auditJson } from './audit-table.ts';

const ROW = emptyAttempt({ partner: 'p', topic: 'rules', partition: 0, offset: 7, worker: 'w' }, 0);

test('details say what the row has, and nothing of what it has not, as one of before digests were written', () => {
  const sent = { ...ROW, deliveryId: 'i', traceId: 't', bodyDigest: 'b', connectorDigest: 'c' };
  expect(auditDetails(sent)).toBe('  id i  trace t  worker w  body b  connector c');
  expect(auditDetails(ROW)).toBe('  worker w');
});

test('JSON has both digests, null where the row has none', () => {
  expect(auditJson({ ...ROW, bodyDigest: 'b' })).toMatchObject({ bodyDigest: 'b', connectorDigest: null });
});
