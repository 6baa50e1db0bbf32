// Whether a record can do without a field: the schema has a default for it, or for one of the records around it.
import { resolvePath } from '@ess/domain/avro/avro-path.ts';
import type { Path } from '@ess/domain/text/paths.ts';
import { EACH } from '@ess/domain/text/paths.ts';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';

/** Behind `[]`: whether an element can do without it. */
export function hasDefault(schema: AvroSchemaJson, path: Path): boolean {
  const first = path.lastIndexOf(EACH) + 1;
  return path.slice(first).some((_step, index) => {
    const found = resolvePath(schema, path.slice(0, first + index + 1));
    return !('type' in found) || found.field === undefined || found.field.default !== undefined;
  });
}
