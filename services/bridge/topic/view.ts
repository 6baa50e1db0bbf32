// What one partner may see of a record, and as what: its scope, its mapping, its cursors. Clients of one partner share it.
import type { Plan } from '@ess/domain/avro/avro-resolution.ts';
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { ConnectorRecipe } from '@ess/domain/connector/recipe.ts';
import { Copier } from '@ess/domain/copier/copier.ts';
import type { JsonSchema } from '@ess/domain/forms/json-schema.ts';
import { CursorReader, CursorSigner } from '@ess/domain/stream/cursor.ts';
import { CursorRun } from '@ess/domain/stream/cursor-run.ts';
import { isWithdrawn } from '@ess/domain/values/withdrawn.ts';
import { HEADER_BYTES } from '@ess/stream/registry/wire-format.ts';
import type { PublicRecord } from './source.ts';

/**
 * The time in a cursor is what is left when its offsets mean nothing any more (a topic made anew). Partitions are not read in
 * order of time: this much earlier, nothing is skipped unless a partition is further behind.
 */
const FALLBACK_MARGIN_MS = 300_000;

export interface ViewEvents {
  /** A record in scope that the mapping refuses: told, because nobody else will see it. */
  unmapped(partner: string, record: PublicRecord, reason: string): void;
}

export class View {
  readonly partner: string;
  /** Different for each version of the connector's files: part of the cache's keys. */
  readonly key: string;
  readonly cursors: CursorReader;
  readonly #connector: Connector;
  readonly #signer: CursorSigner;
  readonly #events: ViewEvents;
  readonly #mark: () => number | undefined;
  /** Made for the plan by which the last record was read: mostly there is one. */
  #copier: Copier | undefined;
  #copierOf: Plan | undefined;

  /** @param cursorKeys the first signs, all are read @param mark names the log in which offsets count (public-log.ts) */
  constructor(connector: Connector, cursorKeys: readonly string[], events: ViewEvents, mark: () => number | undefined) {
    this.partner = connector.partner;
    this.key = `${connector.partner} ${connector.digest}`;
    this.#connector = connector;
    this.#signer = new CursorSigner(cursorKeys[0] as string, connector.partner);
    this.cursors = new CursorReader(cursorKeys, connector.partner);
    this.#events = events;
    this.#mark = mark;
  }

  /** The partner's document as JSON; undefined when the record is none of its business. */
  document(record: PublicRecord): string | undefined {
    const { rule } = record;
    if (rule === undefined || !this.#connector.inScope(rule)) return undefined;
    const mapped = this.#mapped(rule);
    if (mapped === undefined) return undefined;
    if (mapped.ok) return JSON.stringify(mapped.document);
    this.#events.unmapped(this.partner, record, mapped.reason);
    return undefined;
  }

  /**
   * The short way to `document`: whether there is one, and what writes it. What it holds is of the record that was read last.
   * @returns undefined when only the long way can tell
   */
  copied({ raw, plan }: PublicRecord): Copier | 'none' | undefined {
    if (raw?.batch === undefined || plan === undefined) return undefined;
    if (plan !== this.#copierOf) {
      const { copies } = this.#connector;
      this.#copier = copies && Copier.of(plan, copies);
      this.#copierOf = plan;
    }
    const copier = this.#copier;
    const read = copier?.read(raw.batch, (raw.valueFrom as number) + HEADER_BYTES, raw.valueEnd as number);
    return read === 'document' ? copier : read === 'none' ? read : undefined;
  }

  /** For another thread to make the same view. */
  get recipe(): ConnectorRecipe {
    return this.#connector.recipe;
  }

  /** Where a client goes on whose cursor nobody can read any more. */
  get unknownCursor(): 'start' | 'now' {
    return this.#connector.stream.unknownCursor ?? 'start';
  }

  /** What its documents look like. */
  get bodySchema(): JsonSchema | undefined {
    return this.#connector.stream.bodySchema;
  }

  cursor(offsets: readonly number[], timestampMs: number): string {
    return this.#signer.position(offsets, timestampMs, this.#mark());
  }

  /** The id of an event: where a client is that has it, and the newest time it has seen. */
  eventCursor(offsets: readonly number[], newestMs: number): string {
    return this.cursor(offsets, Math.max(0, newestMs - FALLBACK_MARGIN_MS));
  }

  /** For ids of events that are written one behind the other. */
  cursorRun(): CursorRun {
    return new CursorRun(this.#signer);
  }

  /** The same as `eventCursor`, as bytes; see CursorRun. */
  writeEventCursor(run: CursorRun, offsets: readonly number[], newestMs: number, into: Buffer, at: number): number {
    return run.write(offsets, Math.max(0, newestMs - FALLBACK_MARGIN_MS), this.#mark(), into, at);
  }

  /** A withdrawn rule is never shown as if it were in force. */
  #mapped(rule: object) {
    const { onLeave, source } = this.#connector;
    if (!isWithdrawn(source.key, rule)) return this.#connector.map(rule);
    return onLeave === 'alert' ? undefined : onLeave.map(rule);
  }
}
