// Whether a record can do without a field: the schema has a default for it, or for one of the records around it.
import { resolvePath } from '@ess/domain/avro/avro-path.ts';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';

export function hasDefault(schema: AvroSchemaJson, path: readonly string[]): boolean {
  return path.some((_step, index) => {
    const found = resolvePath(schema, path.slice(0, index + 1));
    return !('type' in found) || found.field === undefined || found.field.default !== undefined;
  });
}
