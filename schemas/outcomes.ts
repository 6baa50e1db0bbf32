// What an attempt came to, as the schema of ess.audit has it.
import { readSchema } from './catalog.ts';
import { AUDIT_TOPIC } from './topics.ts';

export function attemptOutcomes(): string[] {
  const { fields } = readSchema(AUDIT_TOPIC) as unknown as {
    fields: Array<{ name: string; type: { symbols?: string[] } }>;
  };
  return fields.find(({ name }) => name === 'outcome')?.type.symbols ?? [];
}
