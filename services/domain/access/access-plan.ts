// What infra/access.yaml gives to whom, once the connectors are put into it, and how the rights that Kafka has differ from it. Pure:
// the caller reads and applies.
import { EssError } from '../text/error.ts';
import { didYouMean } from '../text/nearest.ts';
import type { Grant, Resource } from './right.ts';
import { CLUSTER, grantKey } from './right.ts';

/** What a connector has to do with rights. */
export interface AccessPartner {
  readonly partner: string;
  readonly source: string;
  readonly delivers: boolean;
  readonly streams: boolean;
  /** Topics that its doors write. */
  readonly doors: readonly string[];
}

type Names = Readonly<Record<string, readonly string[]>>;

interface Entry {
  /** The connectors that its rights are made for; absent: all. */
  readonly for?: string;
  readonly users: readonly string[];
  readonly topics?: Names;
  readonly groups?: Names;
  readonly transactionalIds?: Names;
  readonly cluster?: readonly string[];
}

const FIELDS = ['for', 'users', 'topics', 'groups', 'transactionalIds', 'cluster'];
const RESOURCES = [
  ['topics', 'topic'],
  ['groups', 'group'],
  ['transactionalIds', 'transactional-id'],
] as const satisfies ReadonlyArray<readonly [keyof Entry, Resource]>;
const OPERATIONS: Readonly<Record<Resource, readonly string[]>> = {
  topic: ['Read', 'Write', 'Create', 'Delete', 'Alter', 'Describe', 'DescribeConfigs', 'AlterConfigs'],
  group: ['Read', 'Describe', 'Delete'],
  'transactional-id': ['Write', 'Describe'],
  cluster: ['Create', 'Alter', 'Describe', 'DescribeConfigs', 'AlterConfigs', 'IdempotentWrite'],
};
const CHOSEN: Readonly<Record<string, (partner: AccessPartner) => boolean>> = {
  delivering: ({ delivers }) => delivers,
  streaming: ({ streams }) => streams,
  ringing: ({ doors }) => doors.length > 0,
};
const PER_PARTNER = '<partner>';

/**
 * The rights of every user, each once, in the order of the file.
 * @param file the parsed YAML
 * @param name of the file, for messages
 * @throws EssError ESS_CONFIG naming the file, the entry and the field
 */
export function planAccess(file: unknown, partners: readonly AccessPartner[], name = 'access.yaml'): Grant[] {
  try {
    return grantsOf(file, partners);
  } catch (error) {
    if (!(error instanceof EssError)) throw error;
    throw new EssError(error.code, `${name}: ${error.message}`);
  }
}

function grantsOf(file: unknown, partners: readonly AccessPartner[]): Grant[] {
  const { programs } = Object(file) as { programs?: Record<string, Entry> };
  if (typeof programs !== 'object' || programs === null) throw wrong('"programs" is missing');
  const grants = new Map<string, Grant>();
  for (const [name, entry] of Object.entries(programs)) {
    checkEntry(name, entry);
    const chosen = chosenOf(entry, partners);
    for (const template of entry.users) {
      const own = template.includes(PER_PARTNER) ? chosen.map((partner) => [partner]) : [chosen];
      for (const group of own)
        for (const grant of rightsOf(name, entry, group))
          for (const user of filled(template, group)) {
            const mine = { user, ...grant };
            grants.set(grantKey(mine), mine);
          }
    }
  }
  return withoutIncluded([...grants.values()]);
}

/** What each operation includes, for Kafka. */
const INCLUDES: Readonly<Record<string, readonly string[]>> = {
  Describe: ['Read', 'Write', 'Delete', 'Alter'],
  DescribeConfigs: ['AlterConfigs'],
};

/** Nobody would notice that such a right is gone. */
function withoutIncluded(grants: readonly Grant[]): Grant[] {
  const ofUser = Map.groupBy(grants, ({ user }) => user);
  const includes = (by: Grant, one: Grant): boolean =>
    by !== one &&
    by.resource === one.resource &&
    (by.prefixed ? one.name.startsWith(by.name) : !one.prefixed && by.name === one.name) &&
    ((by.operation === one.operation && by.prefixed) || INCLUDES[one.operation]?.includes(by.operation) === true);
  return grants.filter((one) => !ofUser.get(one.user)?.some((by) => includes(by, one)));
}

/** Everybody who is in the file, also without any right. */
export function plannedUsers(file: unknown, partners: readonly AccessPartner[]): string[] {
  const { programs = {} } = Object(file) as { programs?: Record<string, Entry> };
  const users = Object.values(programs).flatMap((entry) =>
    entry.users.flatMap((user) => filled(user, chosenOf(entry, partners))),
  );
  return [...new Set(users)];
}

/** The connectors that an entry is for. */
const chosenOf = (entry: Entry, partners: readonly AccessPartner[]): readonly AccessPartner[] =>
  partners.filter(CHOSEN[entry.for ?? ''] ?? (() => true));

function rightsOf(name: string, entry: Entry, partners: readonly AccessPartner[]): Omit<Grant, 'user'>[] {
  const named = RESOURCES.flatMap(([field, resource]) =>
    Object.entries(entry[field] ?? {}).flatMap(([operation, templates]) => {
      checkOperation(`${name}.${field}`, resource, operation);
      return templates
        .flatMap((template) => filled(template, partners))
        .map((text) => ({ resource, name: text.replace(/\*$/, ''), operation, prefixed: text.endsWith('*') }));
    }),
  );
  const cluster = (entry.cluster ?? []).map((operation) => {
    checkOperation(`${name}.cluster`, 'cluster', operation);
    return { resource: 'cluster' as const, name: CLUSTER, operation, prefixed: false };
  });
  return [...named, ...cluster];
}

/** `<partner>`, `<source>` and `<door>` stand for those of each connector. */
function filled(template: string, partners: readonly AccessPartner[]): string[] {
  if (!template.includes('<')) return [template];
  const texts = partners.flatMap(({ partner, source, doors }) => {
    const one = template.replaceAll(PER_PARTNER, partner).replaceAll('<source>', source);
    return one.includes('<door>') ? doors.map((door) => one.replaceAll('<door>', door)) : [one];
  });
  return [...new Set(texts)];
}

function checkEntry(name: string, entry: Entry): void {
  const unknown = Object.keys(Object(entry)).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) throw wrong(`${name}.${unknown} is not known: ${didYouMean(unknown, FIELDS)}`);
  if (!Array.isArray(entry?.users) || entry.users.length === 0) throw wrong(`${name}.users must name a user`);
  if (entry.for !== undefined && !CHOSEN[entry.for])
    throw wrong(`${name}.for "${entry.for}" is not known: ${didYouMean(entry.for, Object.keys(CHOSEN))}`);
}

function checkOperation(field: string, resource: Resource, operation: string): void {
  if (!OPERATIONS[resource].includes(operation))
    throw wrong(`${field}.${operation} is no operation of Kafka: ${didYouMean(operation, OPERATIONS[resource])}`);
}

const wrong = (text: string): EssError => new EssError('ESS_CONFIG', text);

export interface AccessDifference {
  readonly missing: readonly Grant[];
  /** Of users in the plan: what Kafka gives them beyond it. */
  readonly tooMuch: readonly Grant[];
}

export function compareAccess(
  planned: readonly Grant[],
  users: readonly string[],
  have: readonly Grant[],
): AccessDifference {
  const [wanted, found] = [new Set(planned.map(grantKey)), new Set(have.map(grantKey))];
  const ours = new Set(users);
  return {
    missing: planned.filter((grant) => !found.has(grantKey(grant))),
    tooMuch: have.filter((grant) => ours.has(grant.user) && !wanted.has(grantKey(grant))),
  };
}
