// `url` of a connector: its variables replaced, and its placeholders where they may be: in segments of the path and in values of
// the query. What a value can never do is choose the scheme, the host or the port, or add a segment or a parameter.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { Unwritable } from '../forms/logical-text.ts';
import { maskedPath } from '../text/masked-url.ts';
import type { FieldPath } from '../text/problem.ts';
import { formatField } from '../text/problem.ts';
import type { CheckContext } from '../values/check-context.ts';
import type { Variables } from '../values/variables.ts';
import { hasMark, markPlaceholders, replaceMarks, splitAtMarks } from './placeholders.ts';
import type { Slot } from './slot.ts';
import { compileSlot } from './slot.ts';
import { Template } from './template.ts';

export interface UrlTemplate {
  /** With the placeholders as they are written. */
  readonly text: string;
  /** Without them: what can be said of every request. Empty when it could not be read. */
  readonly fixed: string;
  /** Path and query for people: the values of the query are masked. */
  readonly shown: string;
  /** Path and query, where placeholders are in them. */
  readonly target: Template | undefined;
  /** It is not the URL of the connector, which requests go to that say nothing else. */
  readonly isOther?: boolean;
}

export interface TemplateContext extends CheckContext {
  /** Of the source; undefined: names of fields cannot be checked. */
  readonly schema: AvroSchemaJson | undefined;
}

const BRACES = { open: '%7B', close: '%7D' };
const UNREAD: UrlTemplate = { text: '', fixed: '', shown: '', target: undefined };

export function compileUrl(raw: string, at: FieldPath, context: TemplateContext): UrlTemplate {
  const { variables, findings, schema } = context;
  const problemsBefore = findings.problems.length;
  const marked = markPlaceholders(raw, BRACES, at, findings);
  const resolved = marked === undefined ? '' : resolve(marked.text, at, variables);
  const names = marked?.names ?? [];
  // When a variable is missing, the rest of the URL cannot be judged.
  if (findings.problems.length > problemsBefore) return UNREAD;
  if (names.length === 0) {
    const url = URL.parse(resolved);
    return { text: resolved, fixed: resolved, shown: url === null ? '' : maskedPath(url), target: undefined };
  }
  const url = URL.parse(resolved);
  const wrong = url === null ? portTaken(resolved) : misplaced(url, names);
  if (wrong !== undefined) findings.add(at, ...wrong);
  const slots = names.map((name) => compileSlot(name, schema, at, findings));
  const text = replaceMarks(resolved, (slot) => `{${names[slot]}}`);
  const fixed = replaceMarks(resolved, () => '');
  if (url === null || findings.problems.length > problemsBefore)
    return { text, fixed: findings.problems.length > problemsBefore ? '' : fixed, shown: '', target: undefined };
  const path = url.pathname + url.search;
  const { literals, slots: order } = splitAtMarks(path);
  const target = new Template(
    formatField(at),
    literals,
    order.map((slot) => slots[slot] as Slot),
    encode,
  );
  return { text, fixed, shown: replaceMarks(maskedPath(url), (slot) => `{${names[slot]}}`), target };
}

/** Files may be checked without the variable that holds the host. */
function resolve(text: string, at: FieldPath, variables: Variables): string {
  const resolved = variables.text(text, at, { defaults: true });
  const lacksHost = variables.mayMiss && text.startsWith('${') && resolved !== '' && URL.parse(resolved) === null;
  return lacksHost ? `https://host.invalid${resolved}` : resolved;
}

/** Everything that separates parts of a URL is encoded. */
function encode(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    throw new Unwritable('holds half a character, which no URL can carry');
  }
}

type Wrong = [message: string, remedy: string];

const ONLY = 'placeholders may stand in segments of the path and in values of the query: write the rest out';

/** A port is digits, so that a mark there makes a URL unreadable. */
function portTaken(resolved: string): Wrong | undefined {
  const isPort = URL.parse(replaceMarks(resolved, () => '1')) !== null;
  return isPort ? ['a placeholder may not choose the host or the port', ONLY] : undefined;
}

function misplaced(url: URL, names: readonly string[]): Wrong | undefined {
  if (hasMark(url.protocol)) return ['a placeholder may not choose the scheme', ONLY];
  if (hasMark(url.host) || hasMark(url.username) || hasMark(url.password))
    return ['a placeholder may not choose the host or the port', ONLY];
  if (hasMark(url.hash)) return ['a placeholder stands behind "#", which is never sent', 'remove that part'];
  for (const pair of url.search.slice(1).split('&')) {
    const [name = ''] = pair.split('=', 1);
    if (hasMark(name)) return ['a placeholder may not name a parameter of the query', ONLY];
  }
  const { literals, slots } = splitAtMarks(url.pathname + url.search);
  if (slots.length !== names.length) return ['".." takes a placeholder away', 'write the path without ".."'];
  // Two digits of the value would become a character that separates.
  const isBroken = literals.slice(0, -1).some((literal) => /%[0-9a-f]?$/i.test(literal));
  return isBroken ? ['a placeholder stands behind a "%"', 'write %25 for the character itself'] : undefined;
}
