// Floor of VIEW: the topics that a view is folded from, read from their beginnings and decoded, and nothing made of them.
import { createLog } from '@ess/runtime/log/log.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';
import { decodedRecords } from '@ess/stream/read/rows.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { floorPlan } from './plan.ts';

const { brokers = [], registry = '', topics = [] } = floorPlan();
const kafka = connectKafka({ brokers }, 'ess-bench-floor', createLog('floor', { level: 'error' }));
const codec = new Codec(registry);
let records = 0;
const startedAt = performance.now();
for (const topic of topics)
  for await (const batch of decodedRecords(codec, undefined, read(kafka, { topic }))) records += batch.length;
process.send?.({ records, tookMs: performance.now() - startedAt });
