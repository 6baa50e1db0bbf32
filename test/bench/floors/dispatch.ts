// Floor of S1, S2, S7, S9 and S10: undici `dispatch` posts the same bodies to the same sink at the same concurrency. No Kafka, no
// order, no signature, no audit: what one Node process can post at all.
import type { Dispatcher } from 'undici';
import { Pool } from 'undici';
import { bodyOf, ruleAt } from '../load.ts';
import { begun, floorPlan } from './plan.ts';

const { url, concurrency, ca, records = 0 } = floorPlan();
const { origin, pathname } = new URL(url);
const bodies = Array.from({ length: records }, (_, index) => bodyOf(ruleAt(index)));
const trust = ca === undefined ? {} : { connect: { ca } };
const pool = new Pool(origin, { connections: concurrency, pipelining: 1, headersTimeout: 0, bodyTimeout: 0, ...trust });
let next = 0;

class Exchange implements Dispatcher.DispatchHandler {
  onRequestStart(): void {}
  onResponseStart(): void {}
  onResponseData(): void {}
  onResponseEnd(): void {
    post();
  }
  onResponseError(_controller: unknown, error: Error): void {
    process.stderr.write(`floor: ${error.message}\n`);
    process.exitCode = 1;
  }
}

function post(): void {
  if (next === records) return;
  const headers = { 'content-type': 'application/json', 'webhook-id': `floor-${next}` };
  pool.dispatch({ path: pathname, method: 'POST', headers, body: bodies[next++] as string }, new Exchange());
}

begun();
for (let slot = 0; slot < concurrency; slot += 1) post();
