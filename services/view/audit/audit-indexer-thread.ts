// The thread behind audit-indexer.ts: ess.audit, read from where the index ends and followed into it. A file that is of no use is
// thrown away, and begun where at most as many rows follow as it may hold.
import { existsSync, rmSync } from 'node:fs';
import { setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { timeText } from '@ess/domain/text/moment.ts';
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import { AUDIT_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { follow } from '@ess/stream/read/follow.ts';
import { untilPrepared } from '@ess/stream/read/until-prepared.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { threadLog } from '@ess/stream/write/thread-log.ts';
import { SQLITE_ENDINGS, takeLock } from '../store/file-lock.ts';
import type { AuditLog, Reach, RowToIndex } from './audit-file.ts';
import { AuditFile, NO_RULE } from './audit-file.ts';
import type { AuditIndexerStart } from './audit-indexer.ts';
import { auditLogOf, boundsOf } from './audit-log.ts';

const port = parentPort;
if (!port) throw new Error('audit-indexer-thread.ts is started by audit-indexer.ts');
const log = threadLog((message) => port.postMessage(message));
const { kafka: settings, registry, file, maxBytes } = workerData as AuditIndexerStart;

/** No row takes less, so that the first ones are not read only to be thrown away. */
const ROW_BYTES_MIN = 200;
/** The file is measured so often. */
const MEASURE_EVERY_ROWS = 20_000;
/** After what went wrong, and to look whether the one that keeps the index has ended. */
const RETRY_MS = 30_000;
/** Somebody may delete the file: what is written then nobody reads. */
const LOOK_EVERY_MS = 2_000;
/** Three months of the largest installation are read by then. */
const FIRST_WITHIN_MS = 86_400_000;
/** Of the thread alone, as Linux has it (setpriority(2)): the view goes first. */
const PRIORITY = 10;

try {
  setPriority(PRIORITY);
} catch (error) {
  log.warn({ error: String(error) }, 'view.index.priority-kept');
}
const kafka = connectKafka(settings, 'ess-audit-index', log);
let told = '';
for (;;) {
  try {
    using lock = takeLock(file);
    if (lock) await index(kafka);
  } catch (error) {
    const why = (error as Error).message;
    if (why !== told) log.warn({ file, error: why }, 'view.index.failed');
    told = why;
  }
  await delay(existsSync(file) ? RETRY_MS : LOOK_EVERY_MS);
}

/** Returns when the file is gone. @throws what the file or Kafka fails with */
async function index(kafka: Kafka): Promise<void> {
  const of = await auditLogOf(kafka);
  if (!of)
    throw new Error('this Kafka gives no ids of topics, by which an index could be told from one of another log');
  using index = await open(of);
  const codec = new Codec(registry);
  const from = new Map([...index.reaches].map(([partition, { to }]) => [partition, to]));
  await using tail = await follow(kafka, { topic: AUDIT_TOPIC, from, log });
  using looking = new DisposableStack();
  looking.adopt(
    setInterval(() => existsSync(file) || void tail.close(), LOOK_EVERY_MS),
    clearInterval,
  );
  const shown = () => ({ file, since: timeText(index.sinceMs ?? Date.now()), bytes: index.bytes });
  tail.caughtUp(FIRST_WITHIN_MS).then(
    () => log.info(shown(), 'view.index.complete'),
    () => undefined, // it goes on
  );
  let unmeasured = 0;
  for await (const records of tail) {
    if (!(await untilPrepared(codec, records, new AbortController().signal))) return;
    const rows = records.flatMap(({ partition, offset, timestampMs, value }): RowToIndex | readonly [] => {
      const decoded = codec.decode(value, AUDIT_TOPIC);
      const { ruleId: rule, partner, outcome } = (decoded.ok ? decoded.record : {}) as Partial<DeliveryAttempt>;
      return value && partner !== undefined && outcome
        ? { partition, offset, timestampMs, rule: rule ?? NO_RULE, partner, outcome, value }
        : [];
    });
    const { partition, offset } = records.at(-1) ?? { partition: 0, offset: -1 };
    index.add(partition, rows, offset + 1);
    unmeasured += rows.length;
    if (unmeasured < MEASURE_EVERY_ROWS) continue;
    unmeasured = 0;
    if (index.trim(maxBytes)) log.info(shown(), 'view.index.trimmed');
  }
}

async function open(of: AuditLog): Promise<AuditFile> {
  const bounds = await boundsOf(kafka);
  try {
    if (!existsSync(file)) throw new Error('there is no such file yet');
    const index = AuditFile.toWrite(file, of);
    const gap = [...index.reaches].find(([partition, { to }]) => {
      const { low, high } = bounds.get(partition) ?? { low: 0, high: 0 };
      return to < low || to > high;
    });
    if (!gap) return index;
    index[Symbol.dispose]();
    throw new Error(`it ends at partition ${gap[0]}, offset ${gap[1].to}, which the topic does not have`);
  } catch (error) {
    log.info({ file, why: (error as Error).message }, 'view.index.anew');
  }
  for (const end of SQLITE_ENDINGS) rmSync(file + end, { force: true });
  const rows = Math.ceil(maxBytes / ROW_BYTES_MIN / Math.max(1, bounds.size));
  const reaches = new Map<number, Reach>();
  for (const [partition, { low, high }] of bounds) {
    const from = Math.max(low, high - rows);
    reaches.set(partition, { from, to: from });
  }
  return AuditFile.toWrite(file, of, reaches);
}
