// The draft of JSON Schema that a contract is written in, by its `$schema`, and what judges it. What judges a draft is loaded when a
// contract is written in it: most programs need none of them, and each start would take longer.
import { createRequire } from 'node:module';
import type { Ajv, Options } from 'ajv';

const load = createRequire(import.meta.url);
const judge07 = (options: Options): Ajv => new (load('ajv') as typeof import('ajv')).Ajv(options);

export interface Draft {
  readonly name: string;
  /** Address of its meta-schema. */
  readonly address: string;
  /** The keyword that names a schema. */
  readonly id: 'id' | '$id';
  /** What stands beside a $ref is left out of account. */
  readonly isRefAlone?: true;
  readonly judge: (options: Options) => Ajv;
}

/** In draft-04 and -06 what stands beside a $ref does not count. Draft-07 says so too, but few follow it: there it counts. */
const REF_ALONE: Options = { ignoreKeywordsWithRef: true };

/** Keywords that came with a later draft: to an older one they are words that it does not know. */
function without(later: readonly string[], ajv: Ajv): Ajv {
  for (const keyword of later) ajv.removeKeyword(keyword);
  return ajv;
}
const SINCE_06 = ['const', 'contains', 'propertyNames'];
const SINCE_07 = ['if', 'then', 'else'];

function judge06(options: Options): Ajv {
  const ajv = judge07({ ...options, ...REF_ALONE });
  ajv.addMetaSchema(load('ajv/dist/refs/json-schema-draft-06.json') as object);
  return without(SINCE_07, ajv);
}

const DRAFT_07: Draft = {
  name: 'draft-07',
  address: 'http://json-schema.org/draft-07/schema#',
  id: '$id',
  judge: judge07,
};
const DRAFTS: readonly Draft[] = [
  {
    name: 'draft-04',
    address: 'http://json-schema.org/draft-04/schema#',
    id: 'id',
    isRefAlone: true,
    judge: (options) =>
      without(
        [...SINCE_06, ...SINCE_07],
        new (load('ajv-draft-04') as typeof import('ajv-draft-04')).default({ ...options, ...REF_ALONE }),
      ),
  },
  { name: 'draft-06', address: 'http://json-schema.org/draft-06/schema#', id: '$id', isRefAlone: true, judge: judge06 },
  DRAFT_07,
  {
    name: '2019-09',
    address: 'https://json-schema.org/draft/2019-09/schema',
    id: '$id',
    judge: (options) => new (load('ajv/dist/2019.js') as typeof import('ajv/dist/2019.js')).Ajv2019(options),
  },
  {
    name: '2020-12',
    address: 'https://json-schema.org/draft/2020-12/schema',
    id: '$id',
    judge: (options) => new (load('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js')).Ajv2020(options),
  },
];

/** The address without what people write differently. */
const plain = (address: string): string => address.replace(/^https?:\/\//, '').replace(/#$/, '');

/** @returns undefined when it names a draft that there is not */
export function draftOf(schema: object): Draft | undefined {
  const { $schema = DRAFT_07.address } = schema as { $schema?: unknown };
  if (typeof $schema !== 'string') return undefined;
  if (plain($schema) === 'json-schema.org/schema') return DRAFT_07; // "the newest", as it was then
  return DRAFTS.find(({ address }) => plain(address) === plain($schema));
}

export const DRAFT_ADDRESSES: readonly string[] = DRAFTS.map(({ address }) => address);
