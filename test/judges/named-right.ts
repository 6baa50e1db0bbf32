// Whether what was told names a right that is missing: what, on what, to whom, and how it is granted.
import type { Grant } from '@ess/domain/access/right.ts';

/** What Kafka asks for first, or in its place: whoever has neither Read nor Write may not see it either, and that is refused first. */
const INSTEAD: Readonly<Record<string, string>> = {
  Read: 'Describe',
  Write: 'Describe',
  AlterConfigs: 'DescribeConfigs',
};

export function namesRight(told: string, { user, resource, name, operation, prefixed }: Grant): boolean {
  const where = resource === 'cluster' ? 'the cluster' : `${resource} ${name}`;
  const ends = prefixed ? '' : '[ :,]';
  const isNamed = [operation, INSTEAD[operation] ?? operation].some((one) =>
    new RegExp(`the right (?:[^"]*, )?${one} on ${where.replaceAll('.', '[.]')}${ends}`).test(told),
  );
  return isNamed && told.includes(`User:${user} `) && told.includes('ess access apply');
}
