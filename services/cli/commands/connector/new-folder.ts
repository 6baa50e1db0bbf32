// The files of a new connector, from what was answered.
import { CONNECTOR_FILE } from '@ess/domain/connector/compile.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { stringify } from 'yaml';

export interface NewOptions {
  readonly topic: string;
  readonly subject?: string;
  readonly url?: string;
  readonly scope?: string;
  readonly field?: readonly string[];
  readonly auth?: string;
  readonly sign: boolean;
  readonly allow?: readonly string[];
  readonly connectors?: string;
  readonly json?: true;
}

export type Answers = Record<'url' | 'scope' | 'fields' | 'auth', string>;

export function folderOf(
  partner: string,
  answers: Answers,
  { topic, subject, sign, allow = [] }: NewOptions,
): Map<string, string> {
  const prefix = partner.toUpperCase().replaceAll('-', '_');
  const pairs = answers.fields.split(',').map(pair);
  const fields = Object.fromEntries(pairs);
  const twice = pairs.find(([source], index) => pairs.findIndex(([other]) => other === source) < index);
  if (twice)
    throw new EssError(
      'ESS_USAGE',
      `field "${twice[0]}" is given twice: a source has one target, add the other by hand`,
    );
  const connector = {
    partner,
    source: {
      topic,
      ...(subject !== undefined && { subject }),
      ...(answers.scope !== '' && { where: { scope: answers.scope } }),
    },
    mapping: 'mapping.json',
    deliver: {
      url: answers.url,
      ...(allow.length > 0 ? { allow } : {}),
      ...authOf(answers.auth, `\${${prefix}_SECRET}`),
      ...(sign ? { sign: { secrets: [`\${${prefix}_SIGNING_SECRET}`] } } : {}),
    },
  };
  const header = '# yaml-language-server: $schema=../../schemas/connector.schema.json\n';
  const mapping = { $schema: '../../schemas/mapping.schema.json', fields };
  return new Map([
    [CONNECTOR_FILE, `${header}${stringify(connector)}`],
    ['mapping.json', `${JSON.stringify(mapping, undefined, 2)}\n`],
  ]);
}

function pair(text: string): [source: string, target: string] {
  const parts = text.split('=').map((part) => part.trim());
  const [source = '', target = source] = parts;
  if (source === '' || target === '' || parts.length > 2)
    throw new EssError('ESS_USAGE', `"${text}" is no field: write source=target, e.g. minIcuBeds=bedCap`);
  return [source, target];
}

function authOf(text: string, secret: string): object {
  const [kind, name] = text.split(':');
  if (kind === 'none') return {};
  if (kind === 'bearer') return { auth: { bearer: secret } };
  if ((kind === 'header' || kind === 'body') && name) return { auth: { [kind]: { [name]: secret } } };
  throw new EssError('ESS_USAGE', `--auth "${text}": write bearer, header:NAME, body:FIELD or none`);
}
