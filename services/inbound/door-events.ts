// From the documents of a request to the records that are published: names and values back through the mapping, and what a
// published rule must have besides. All that is wrong in any of them is said at once, and then none is taken.
import { randomUUID } from 'node:crypto';
import type { Connector, InboundHook } from '@ess/domain/connector/connector.ts';
import type { BodyFault, Stamps } from '@ess/domain/mapping/inbound-body.ts';
import { compileBody, FAULTS_MAX } from '@ess/domain/mapping/inbound-body.ts';
import { ID_MAX_BYTES, isLongId } from '@ess/domain/text/foreign-id.ts';
import type { Path } from '@ess/domain/text/paths.ts';
import { overlaps, pointerOf } from '@ess/domain/text/paths.ts';
import { stampFaults } from '@ess/domain/values/audit-stamp.ts';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { RULES_TOPIC } from '@ess/schemas/topics.ts';
import type { RingBody } from './ring-body.ts';

export interface DoorEvent {
  /** Of the record in Kafka. */
  readonly key: string;
  readonly record: object;
}

export type ReadEvents =
  | { readonly ok: true; readonly events: readonly DoorEvent[] }
  | { readonly ok: false; readonly faults: readonly BodyFault[] };

export type EventReader = (body: RingBody, key: string | undefined) => ReadEvents;

export function compileEvents({ partner }: Connector, hook: InboundHook, schema: AvroSchemaJson): EventReader {
  const read = compileBody(hook.mapping, schema, hook.topic);
  const isRule = hook.topic === RULES_TOPIC;
  return ({ documents, isList }, key) => {
    const receivedAt = Date.now();
    const events: DoorEvent[] = [];
    const faults: BodyFault[] = [];
    for (const [index, document] of documents.entries()) {
      const stamps: Stamps = { eventId: eventId(key, isList ? index : undefined), partner, receivedAt };
      const answer = read(document, stamps);
      const found = answer.ok ? (isRule ? ruleFaults(answer.record, hook) : []) : answer.faults;
      for (const fault of found)
        if (faults.length < FAULTS_MAX)
          faults.push(isList ? { ...fault, pointer: `#/${index}${fault.pointer.slice(1)}` } : fault);
      if (answer.ok) events.push({ key: isRule ? String(answer.record['ruleId']) : partner, record: answer.record });
    }
    return faults.length > 0 ? { ok: false, faults } : { ok: true, events };
  };
}

/** A repeated request stamps its events the same. */
const eventId = (key: string | undefined, index: number | undefined): string =>
  key === undefined ? randomUUID() : index === undefined ? key : `${key}/${index}`;

function ruleFaults(record: Readonly<Record<string, unknown>>, hook: InboundHook): BodyFault[] {
  const fault = (source: Path, expected: string): BodyFault => {
    const field = hook.mapping.fields.find((one) => overlaps(one.source, source));
    const path = field === undefined ? source : [...field.target, ...source.slice(field.source.length)];
    return { pointer: pointerOf(path), expected, detail: `must be ${expected}` };
  };
  const ids = ['ruleId', 'eventId'].filter((name) => record[name] === '' || isLongId(String(record[name])));
  return [
    ...ids.map((name) => fault([name], `a text of 1 to ${ID_MAX_BYTES} bytes`)),
    ...(hook.stampRequired
      ? stampFaults(record['auditStamp']).map(({ field, expected }) =>
          fault(field === '' ? ['auditStamp'] : ['auditStamp', field], expected),
        )
      : []),
  ];
}
