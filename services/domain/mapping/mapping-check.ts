// Everything that can be wrong in a mapping file, found before a record passes: all problems at once, each with its remedy.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { resolvePath } from '../avro/avro-path.ts';
import type { FilePlace, Problem } from '../text/problem.ts';
import { Findings } from '../text/problem.ts';
import type { LineContext } from './line-check.ts';
import { checkedSource, checkLine } from './line-check.ts';
import type { MappingLines } from './mapping.ts';
import type { MappingFile, MappingTarget } from './mapping-file.ts';
import { checkTargets } from './target-check.ts';
import { impossibleValue } from './value-dictionary.ts';

export interface CheckedMapping {
  readonly lines: MappingLines;
  readonly problems: Problem[];
}

export function checkMapping(
  file: MappingFile,
  schema: AvroSchemaJson | undefined,
  place: FilePlace,
  invertible: boolean,
): CheckedMapping {
  const findings = new Findings(place);
  const context = { file, schema, invertible, findings };
  const fields = Object.entries(file.fields).flatMap(
    ([name, given]) => checkLine(name, targetOf(given), context) ?? [],
  );
  const targets = checkTargets(file, fields, invertible, findings);
  checkValues(context);
  return { lines: { fields, ...targets }, problems: findings.problems };
}

/** A target without a name has been reported by the shape of the file. */
const targetOf = (given: string | MappingTarget): Partial<MappingTarget> =>
  typeof given === 'string' ? { to: given } : given;

/** Dictionaries may name a field that is not sent (one file can serve as the whole vocabulary), but never one that does not exist. */
function checkValues({ file, schema, findings }: LineContext): void {
  for (const [name, entries] of Object.entries(file.values ?? {})) {
    // A field that is also in `fields` has been checked there.
    const quiet = Object.hasOwn(file.fields, name) ? new Findings({ file: '', lineOf: () => undefined }) : findings;
    const path = checkedSource(name, ['values', name], { schema, findings: quiet });
    const resolved = path === undefined || schema === undefined ? undefined : resolvePath(schema, path);
    if (resolved === undefined || 'unknown' in resolved) continue;
    for (const value of Object.keys(entries)) {
      const wrong = impossibleValue(value, resolved.type);
      if (wrong) findings.add(['values', name, value], wrong.message, wrong.remedy);
    }
  }
}
