// `headers` of a connector: what goes with every request beside the headers of ESS, with placeholders in their values.
import { Unwritable } from '../forms/logical-text.ts';
import type { FieldPath } from '../text/problem.ts';
import { formatField } from '../text/problem.ts';
import { hasMark, markPlaceholders, splitAtMarks } from './placeholders.ts';
import { mayBeSet } from './reserved-headers.ts';
import type { Slot } from './slot.ts';
import { compileSlot } from './slot.ts';
import { Template } from './template.ts';
import type { TemplateContext } from './url-template.ts';

export interface HeaderTemplates {
  /** Name in lower case → value. */
  readonly constant: Readonly<Record<string, string>>;
  readonly filled: ReadonlyArray<readonly [name: string, template: Template]>;
}

const INSTEAD: Readonly<Record<string, string>> = {
  'content-type': 'use deliver.contentType',
  'accept-encoding': 'remove it: answers are read as they are',
};

const BRACES = { open: '{', close: '}' };

/** @param credentials names of the headers of `auth`, in lower case */
export function compileHeaderTemplates(
  raw: Readonly<Record<string, string>>,
  credentials: readonly string[],
  at: FieldPath,
  context: TemplateContext,
): HeaderTemplates {
  const constant: Record<string, string> = {};
  const filled: Array<readonly [string, Template]> = [];
  const seen = new Set(credentials);
  for (const [written, text] of Object.entries(raw)) {
    const name = written.toLowerCase();
    const path = [...at, written];
    if (name === 'authorization') {
      const remedy = 'use deliver.auth, which keeps secrets out of files and logs';
      context.findings.add(path, 'the header authorization is set by ESS', remedy);
      continue;
    }
    if (!mayBeSet(name, seen.has(name), path, context.findings, INSTEAD[name])) continue;
    seen.add(name);
    const value = compileValue(text, path, context);
    if (typeof value === 'string') constant[name] = value;
    else if (value !== undefined) filled.push([name, value]);
  }
  return { constant, filled };
}

function compileValue(raw: string, at: FieldPath, context: TemplateContext): string | Template | undefined {
  const { variables, findings, schema } = context;
  const marked = markPlaceholders(raw, BRACES, at, findings);
  if (marked === undefined) return undefined;
  const text = variables.text(marked.text, at, { defaults: true });
  if (!isHeaderText(text) && !(variables.mayMiss && raw.includes('${'))) {
    findings.add(at, 'the value cannot be sent in a header', 'use visible ASCII on one line');
    return undefined;
  }
  if (!hasMark(text)) return text;
  const slots = marked.names.map((name) => compileSlot(name, schema, at, findings));
  if (slots.includes(undefined)) return undefined;
  const { literals, slots: order } = splitAtMarks(text);
  return new Template(
    formatField(at),
    literals,
    order.map((slot) => slots[slot] as Slot),
    carried,
  );
}

/** Blanks at the ends do not arrive. */
const isHeaderText = (text: string): boolean => /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text);

function carried(text: string): string {
  if (isHeaderText(text)) return text;
  const isAscii = /^[\x20-\x7e]*$/.test(text);
  throw new Unwritable(
    isAscii ? 'begins or ends with a blank, which no header carries' : 'holds a character that no header can carry',
  );
}
