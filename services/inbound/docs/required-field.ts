// Whether a record can do without a field: the schema has a default for it, or for one of the records around it.
import { resolvePath } from '@ess/domain/values/avro-path.ts';
import type { AvroRecord, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { branches, isUnion } from '@ess/schemas/avro-schema.ts';

export function hasDefault(schema: AvroSchemaJson, path: readonly string[]): boolean {
  return path.some((step, index) => {
    const holder = index === 0 ? { type: schema } : resolvePath(schema, path.slice(0, index));
    if (!('type' in holder)) return true;
    const record = branches(holder.type).find(isRecord);
    const field = record?.fields.find(({ name }) => name === step);
    return field === undefined || field.default !== undefined;
  });
}

const isRecord = (schema: AvroSchemaJson): schema is AvroRecord =>
  typeof schema === 'object' && !isUnion(schema) && schema.type === 'record';
