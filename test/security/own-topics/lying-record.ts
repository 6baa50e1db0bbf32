// A good record of the topic's schema, with a map behind its fields that announces 2^53 - 1 entries.
import { randomBytes } from 'node:crypto';
import type { AvroRecord, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { findSchema } from '@ess/schemas/catalog.ts';
import type { Schema } from 'avsc';
import avro from 'avsc';
import { framed, long, map } from '../../fakes/kafka/avro-bytes.ts';
import type { TestStack } from '../../harness/test-stack.ts';

export async function lyingRecord({ subjects }: TestStack, topic: string, record: object): Promise<Buffer> {
  const schema = findSchema(topic) as AvroRecord;
  const lies = { name: 'lies', type: map('string') as AvroSchemaJson };
  const id = await subjects.register(`t-${randomBytes(6).toString('hex')}-value`, {
    ...schema,
    fields: [...schema.fields, lies],
  });
  return framed(
    id,
    Buffer.concat([avro.Type.forSchema(schema as Schema).toBuffer(record), Buffer.from(long(2 ** 53 - 1))]),
  );
}
