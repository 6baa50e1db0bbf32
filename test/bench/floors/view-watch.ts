// No floor: a view of its own, which tells when it sees that a partner has acked something. It is asked again and again.
import { loadConnector } from '@ess/runtime/connectors/connector-folder.ts';
import { createLog } from '@ess/runtime/log/log.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { View } from '@ess/view/view.ts';
import { nowUs } from '../clock.ts';
import { begun, floorPlan } from './plan.ts';

/** As exact as the figures are. */
const ASK_EVERY_MS = 5;

const { brokers = [], registry = '', connectors = '', partner = '' } = floorPlan();
const kafka = connectKafka({ brokers }, 'ess-bench-view', createLog('view', { level: 'error' }));
const connector = loadConnector(connectors, partner, { withoutEnv: true, sourceSchema: () => readSchema('rules') });
const view = await View.open({ kafka, registry, connectors: [connector] });
const acked = new Map<string, unknown>();
setInterval(() => {
  const { cells } = view.answer({ all: true });
  const news = cells.filter((cell) => cell.acked !== null && acked.get(cell.ruleId) !== cell.acked);
  for (const cell of news) acked.set(cell.ruleId, cell.acked);
  const atUs = nowUs();
  if (news.length > 0) process.send?.({ atUs, acked: news.map((cell) => `${cell.ruleId}/${cell.acked}`) });
}, ASK_EVERY_MS);
begun();
