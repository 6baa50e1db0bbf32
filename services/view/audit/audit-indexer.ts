// Keeps the audit index, in a thread of its own (audit-indexer-thread.ts): the rows of three months are read once, beside the view.
import { Worker } from 'node:worker_threads';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import type { KafkaSettings, StreamLog } from '@ess/stream/kafkajs/client.ts';
import type { LogMessage } from '@ess/stream/write/thread-log.ts';

export interface AuditIndexerStart {
  readonly kafka: KafkaSettings;
  readonly registry: RegistryAddress;
  readonly file: string;
  /** The oldest rows go when it is larger. */
  readonly maxBytes: number;
}

export interface AuditIndexerOptions extends AuditIndexerStart {
  readonly log: StreamLog;
}

export class AuditIndexer implements AsyncDisposable {
  readonly #thread: Worker;
  #closed = false;

  constructor({ log, ...workerData }: AuditIndexerOptions) {
    const { file } = workerData;
    this.#thread = new Worker(new URL('./audit-indexer-thread.ts', import.meta.url), {
      workerData,
      name: 'audit index',
    });
    this.#thread.on('message', ({ level, details, message }: LogMessage) => log[level](details, message));
    const gone = (error: unknown) => {
      if (!this.#closed) log.error({ file, error: String(error) }, 'view.index.gone');
      this.#closed = true;
    };
    this.#thread.on('error', gone);
    this.#thread.on('exit', gone);
    this.#thread.unref();
  }

  /** What is under way is read again by the next one. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#thread.terminate();
  }
}
