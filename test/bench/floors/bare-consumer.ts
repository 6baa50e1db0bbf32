// Floor of S3: a bare kafkajs consumer that posts with undici and does nothing else. It waits for no answer and commits
// nothing: the least time there can be between a publish and its ack.
import type { Dispatcher } from 'undici';
import { Pool } from 'undici';
import { begun, floorPlan } from './plan.ts';
import { joined, openSource } from './source.ts';

const IGNORE: Dispatcher.DispatchHandler = {
  onRequestStart: () => undefined,
  onResponseStart: () => undefined,
  onResponseData: () => undefined,
  onResponseEnd: () => undefined,
  onResponseError: (_controller, error) => void process.stderr.write(`floor: ${error.message}\n`),
};

const plan = floorPlan();
const { origin, pathname } = new URL(plan.url);
const pool = new Pool(origin, { connections: plan.concurrency });
const { consumer, bodyFor } = await openSource(plan);
void joined(consumer).then(begun);
await consumer.run({
  autoCommit: false,
  eachBatch: async ({ batch }) => {
    for (const message of batch.messages) {
      const headers = { 'content-type': 'application/json', 'webhook-id': `${batch.partition}-${message.offset}` };
      pool.dispatch({ path: pathname, method: 'POST', headers, body: await bodyFor(message) }, IGNORE);
    }
  },
});
