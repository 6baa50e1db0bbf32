// What one subscriber saw of a stream over all its connections, at whatever process, and a judge of it: every event in scope
// exactly once, or within a gap that the subscriber was told of, whose range is exactly what it was not given.
import { CursorReader } from '@ess/domain/stream/cursor.ts';
import type { EventSourceClient } from '../fakes/streams/event-source.ts';
import type { StreamEvent } from '../fakes/streams/event-stream-parser.ts';
import type { Partner } from '../harness/programs/stream-line.ts';
import { CURSOR_KEY } from '../harness/programs/stream-line.ts';

/** A record of the public topic. Its version is its name: no two have the same. */
export interface PublishedRecord {
  readonly partition: number;
  readonly offset: number;
  readonly ruleId: string;
  readonly version: number;
  readonly scope: string;
}

/** A bridge that stops says so in an event that moves no id. */
export const FAREWELL = /^an event without an id .*\{\\"reason\\":/;

interface Lost {
  readonly partition: number;
  readonly from: number | null;
  readonly to: number;
}

export class StreamHistory {
  readonly partner: Partner;
  readonly #past: StreamEvent[] = [];
  readonly #faults: string[] = [];
  #client: EventSourceClient | undefined;
  #lastEventId = '';

  constructor(partner: Partner) {
    this.partner = partner;
  }

  get events(): readonly StreamEvent[] {
    return [...this.#past, ...(this.#client?.events ?? [])];
  }

  get faults(): readonly string[] {
    return [...this.#faults, ...(this.#client?.faults ?? [])];
  }

  get lastEventId(): string {
    return this.#client?.lastEventId ?? this.#lastEventId;
  }

  get client(): EventSourceClient | undefined {
    return this.#client;
  }

  /** Versions seen, in order. */
  get versions(): number[] {
    return this.events
      .filter(({ type }) => type === 'message')
      .map(({ data }) => (JSON.parse(data) as { version: number }).version);
  }

  get gaps(): Lost[] {
    return this.events.filter(({ type }) => type === 'ess.gap').flatMap(({ data }) => gapOf(data));
  }

  /** Goes on with this connection, which began where the last one ended. */
  join(client: EventSourceClient): void {
    this.#client = client;
  }

  async leave(): Promise<void> {
    const client = this.#client;
    if (!client) return;
    await client.close();
    this.#past.push(...client.events);
    this.#faults.push(...client.faults, ...(client.failed === undefined ? [] : [`gave up: ${client.failed}`]));
    this.#lastEventId = client.lastEventId;
    this.#client = undefined;
  }
}

/**
 * What is wrong with a history that began before the first record and has ended after the last.
 * @param expired by partition: what retention took is before this offset
 */
export function judgeHistory(
  { partner, events, faults }: Pick<StreamHistory, 'partner' | 'events' | 'faults'>,
  published: readonly PublishedRecord[],
  expired: readonly number[],
): string[] {
  const wrong = faults.filter((fault) => !FAREWELL.test(fault)).map((fault) => `format: ${fault}`);
  const byVersion = new Map(published.map((record) => [record.version, record]));
  const reader = new CursorReader([CURSOR_KEY], partner.name);
  const seen = new Map<number, number>();
  const newest = new Map<number, number>();
  const gaps: Lost[] = [];
  let at: readonly number[] = expired.map(() => 0);
  for (const [index, { type, data, id }] of events.entries()) {
    const cursor = reader.read(id);
    if (cursor?.kind !== 'position') {
      wrong.push(`event ${index}: ${id} is no position`);
      continue;
    }
    const back = cursor.offsets.findIndex((offset, partition) => offset < (at[partition] ?? 0));
    if (back >= 0) wrong.push(`event ${index}: its id goes back in partition ${back}`);
    if (type === 'ess.gap') {
      for (const lost of gapOf(data)) {
        const { partition, from, to } = lost;
        gaps.push(lost);
        const told = `gap of partition ${partition} from ${from} to ${to}`;
        if (from === null || from >= to || from < (at[partition] ?? 0)) wrong.push(`${told} was at ${at[partition]}`);
        if (to > (expired[partition] ?? 0))
          wrong.push(`${told}: retention took only what is before ${expired[partition]}`);
        if (cursor.offsets[partition] !== to) wrong.push(`${told}: its id is at ${cursor.offsets[partition]}`);
      }
    } else if (type === 'message') {
      const { version } = JSON.parse(data) as { version: number };
      const record = byVersion.get(version);
      seen.set(version, (seen.get(version) ?? 0) + 1);
      if (record?.scope !== partner.scope) wrong.push(`version ${version} is none of its business`);
      else if (cursor.offsets[record.partition] !== record.offset + 1)
        wrong.push(`version ${version}: its id is not the position after it`);
      if (record && record.offset <= (newest.get(record.partition) ?? -1))
        wrong.push(`version ${version}: out of order`);
      if (record) newest.set(record.partition, record.offset);
    } else if (type !== 'ess.busy') wrong.push(`event ${index} of type ${type}`);
    at = cursor.offsets;
  }
  for (const { partition, offset, version, scope } of published) {
    if (scope !== partner.scope) continue;
    const times = seen.get(version) ?? 0;
    const lost = gaps.filter(
      (gap) => gap.partition === partition && (gap.from ?? 0) <= offset && offset < gap.to,
    ).length;
    if (times + lost !== 1)
      wrong.push(`version ${version} (${partition}/${offset}): ${times} times, and in ${lost} gaps`);
  }
  return wrong;
}

const gapOf = (data: string): Lost[] => (JSON.parse(data) as { lost: Lost[] }).lost;
