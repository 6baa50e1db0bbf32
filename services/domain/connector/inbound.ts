// `inbound` of a connector: each door's credentials, and its mapping, which must have a way back.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { unfilledFields } from '../mapping/inbound-body.ts';
import type { FieldPath } from '../text/problem.ts';
import type { AuthContext } from './auth.ts';
import { compileHeaders, compileSigning, secrets } from './auth.ts';
import type { Connector, Handshake, InboundAuth, InboundHook } from './connector.ts';
import type { MappingFiles } from './files.ts';
import type { RawHook } from './raw.ts';

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
    if (mapping !== undefined && schema !== undefined)
      for (const field of unfilledFields(mapping, schema))
        context.findings.add(
          [...at, 'mapping'],
          `nothing fills "${field}" of ${topic}`,
          `add "${field}" to its fields`,
        );
    const handshake = compileHandshake(hook.handshake, [...at, 'handshake'], context);
    if (mapping !== undefined) made.push({ path, topic, auth, mapping, ...(schema && { schema }), handshake });
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
    ...(raw.clientCertificate?.subject !== undefined && { clientCertificate: raw.clientCertificate.subject }),
  };
}

function compileHandshake(raw: RawHook['handshake'], at: FieldPath, { variables }: AuthContext): Handshake {
  const { cloudEvents, challenge } = raw ?? {};
  const token = challenge?.token;
  const tokenAt = [...at, 'challenge', 'token', 'value'];
  return {
    ...(cloudEvents && {
      cloudEvents: {
        origins: (cloudEvents.origins ?? []).map((origin) => origin.toLowerCase()),
        ...(cloudEvents.perMinute !== undefined && { perMinute: cloudEvents.perMinute }),
      },
    }),
    ...(challenge && {
      challenge: {
        parameter: challenge.parameter ?? '',
        ...(token && {
          token: { parameter: token.parameter ?? '', value: variables.secret(token.value ?? '', tokenAt) },
        }),
      },
    }),
  };
}
