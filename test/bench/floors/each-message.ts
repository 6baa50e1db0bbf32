// The worker that most people write first: kafkajs `eachMessage` and undici `request`, one request at a time per
// partition. Order per key is kept; no signature, no audit, no retry; offsets are committed by kafkajs on its timer.
import { Pool } from 'undici';
import { begun, floorPlan } from './plan.ts';
import { joined, openSource } from './source.ts';

const PARTITIONS_AT_ONCE = 12;

const plan = floorPlan();
const { origin, pathname } = new URL(plan.url);
const trust = plan.ca === undefined ? {} : { connect: { ca: plan.ca } };
const pool = new Pool(origin, { connections: plan.concurrency, ...trust });
const { consumer, bodyFor } = await openSource(plan);
void joined(consumer).then(begun);
await consumer.run({
  partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
  eachMessage: async ({ partition, message }) => {
    const headers = { 'content-type': 'application/json', 'webhook-id': `${partition}-${message.offset}` };
    const body = await bodyFor(message);
    const answer = await pool.request({ path: pathname, method: 'POST', headers, body });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`);
  },
});
