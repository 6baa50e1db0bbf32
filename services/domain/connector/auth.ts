// The credentials of a connector: resolved, and checked for what would be refused or clash on the wire.

import type { Mapping } from '../mapping/mapping.ts';
import { mayBeSet } from '../request/reserved-headers.ts';
import { overlaps, parsePath, showPath } from '../text/paths.ts';
import type { FieldPath, Findings } from '../text/problem.ts';
import type { CheckContext } from '../values/check-context.ts';
import type { Variables } from '../values/variables.ts';
import type { Auth } from './connector.ts';
import type { RawAuth, RawSign } from './raw.ts';
import { compileClientCredentials } from './trust/client-credentials.ts';

/** Standard Webhooks asks for 24 to 64 bytes; a longer key is no mistake. */
const MIN_SIGNING_BYTES = 24;

export function compileAuth(raw: RawAuth, at: FieldPath, context: CheckContext): Auth {
  const { variables } = context;
  const body = raw.body && secrets(raw.body, [...at, 'body'], variables);
  const headers = compileHeaders(raw, at, context);
  const oauth = raw.oauth2ClientCredentials;
  if (body !== undefined) checkBodyPaths(Object.keys(body), [...at, 'body'], context.findings);
  return {
    ...(body && { body }),
    ...(headers && { headers }),
    ...(oauth && {
      oauth2ClientCredentials: compileClientCredentials(oauth, [...at, 'oauth2ClientCredentials'], context),
    }),
  };
}

/** Header names in lower case; a bearer token becomes `authorization`. */
export function compileHeaders(
  raw: RawAuth,
  at: FieldPath,
  { variables, findings }: CheckContext,
): Record<string, string> | undefined {
  const headers: Record<string, string> = {};
  const put = (name: string, text: string, path: FieldPath, prefix = ''): void => {
    const value = prefix + variables.secret(text, path);
    mayBeSet(name, Object.hasOwn(headers, name), path, findings);
    if (/[^\t\x20-\x7e]/.test(value)) {
      findings.add(
        path,
        'the value cannot be sent in a header',
        'use visible ASCII on one line (the value is not shown here)',
      );
    }
    headers[name] = value;
  };
  for (const [name, text] of Object.entries(raw.header ?? {})) put(name.toLowerCase(), text, [...at, 'header', name]);
  if (raw.bearer !== undefined) put('authorization', raw.bearer, [...at, 'bearer'], 'Bearer ');
  if (raw.oauth2ClientCredentials !== undefined)
    mayBeSet('authorization', Object.hasOwn(headers, 'authorization'), [...at, 'oauth2ClientCredentials'], findings);
  return Object.keys(headers).length > 0 ? headers : undefined;
}

/** `whsec_` and base64, or base64 alone: 24 bytes or more. */
export function compileSigning(
  raw: RawSign | undefined,
  at: FieldPath,
  { variables, findings }: CheckContext,
): string[] {
  return (raw?.secrets ?? []).map((text, index) => {
    const path = [...at, 'secrets', index];
    const secret = variables.secret(text, path);
    const base64 = secret.replace(/^whsec_/, '');
    const valid = /^[A-Za-z0-9+/]+={0,2}$/.test(base64) && Buffer.from(base64, 'base64').length >= MIN_SIGNING_BYTES;
    if (secret !== '' && !valid) {
      findings.add(
        path,
        'the signing secret is not whsec_ and base64 of 24 bytes or more (its value is not shown here)',
        'make one: echo "whsec_$(openssl rand -base64 32)"',
      );
    }
    return secret;
  });
}

export function secrets(
  texts: Readonly<Record<string, string>>,
  at: FieldPath,
  variables: Variables,
): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, variables.secret(text, [...at, name])]));
}

/** A credential in the body must not overwrite what a mapping sends, nor be overwritten by it. */
export function checkBodyClash(
  auth: Auth,
  mapping: Mapping | undefined,
  file: string,
  at: FieldPath,
  findings: Findings,
): void {
  for (const name of Object.keys(auth.body ?? {})) {
    const clash = mapping?.targets.find((target) => overlaps(target, name.split('.')));
    if (clash === undefined) continue;
    findings.add([...at, 'body', name], `${file} sends "${showPath(clash)}" in the same place`, 'rename one of them');
  }
}

function checkBodyPaths(names: readonly string[], at: FieldPath, findings: Findings): void {
  const seen: string[][] = [];
  for (const name of names) {
    const parsed = parsePath(name);
    if ('problem' in parsed) findings.add([...at, name], parsed.problem, parsed.remedy);
    else if (name.includes('['))
      findings.add([...at, name], `"${name}" is no place for a credential`, 'write names separated by single dots');
    const twin = seen.find((other) => overlaps(other, name.split('.')));
    if (twin) findings.add([...at, name], `"${twin.join('.')}" is in the same place`, 'rename one of them');
    seen.push(name.split('.'));
  }
}
