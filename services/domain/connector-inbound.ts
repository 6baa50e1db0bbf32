// `inbound` of a connector: each door's credentials, and its mapping, which must have a way back.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import type { Connector, InboundAuth, InboundHook } from './connector.ts';
import type { AuthContext } from './connector-auth.ts';
import { compileHeaders, compileSigning, secrets } from './connector-auth.ts';
import type { MappingFiles } from './connector-files.ts';
import type { RawHook } from './connector-raw.ts';
import type { FieldPath } from './problem.ts';

export function compileInbound(
  hooks: readonly RawHook[],
  access: Connector['access'],
  files: MappingFiles,
  sourceSchema: (topic: string) => AvroSchemaJson | undefined,
  context: AuthContext,
): InboundHook[] {
  const made: InboundHook[] = [];
  const paths = new Set<string>();
  for (const [index, hook] of hooks.entries()) {
    const at = ['inbound', index];
    const { path = '', topic = '' } = hook;
    if (path !== '' && paths.has(path)) {
      context.findings.add([...at, 'path'], `${path} is used by another door`, 'give each door its own path');
    }
    paths.add(path);
    const auth = compileInboundAuth(hook.auth ?? {}, access, [...at, 'auth'], context);
    const schema = topic === '' ? undefined : sourceSchema(topic);
    const mapping = files.mapping(hook.mapping, [...at, 'mapping'], schema, true);
    if (mapping !== undefined) made.push({ path, topic, auth, mapping });
  }
  return made;
}

function compileInboundAuth(
  raw: NonNullable<RawHook['auth']>,
  access: Connector['access'],
  at: FieldPath,
  context: AuthContext,
): InboundAuth {
  const { apiKey = false, jwt = false } = raw;
  if (apiKey && access.apiKeyHashes.length === 0) {
    context.findings.add(
      [...at, 'apiKey'],
      'no API key is known',
      'add its hash to access.apiKeyHashes, made by "ess keys new"',
    );
  }
  if (jwt && access.jwtSubject === undefined) {
    context.findings.add([...at, 'jwt'], 'no subject is known', 'add access.jwtSubject');
  }
  const body = raw.body && secrets(raw.body, [...at, 'body'], context.variables);
  const headers = compileHeaders(raw, at, context);
  return {
    ...(body && { body }),
    ...(headers && { headers }),
    signSecrets: compileSigning(raw.sign, [...at, 'sign'], context),
    apiKey,
    jwt,
  };
}
