// `inbound` of a connector: each door's credentials, and its mapping, which must have a way back.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { LATEST_TOPIC, PUBLIC_TOPIC, RULES_TOPIC, valueSubject } from '@ess/schemas/topics.ts';
import { unfilledFields } from '../mapping/inbound-body.ts';
import type { FieldPath } from '../text/problem.ts';
import type { CheckContext } from '../values/check-context.ts';
import { compileHeaders, compileSigning, secrets } from './auth.ts';
import type { Connector, Handshake, InboundAuth, InboundHook } from './connector.ts';
import type { MappingFiles } from './files.ts';
import type { RawConnector, RawHook } from './raw.ts';

/** Who could write here would be believed by every program. */
const isOwn = (topic: string): boolean => topic.startsWith('ess.') || topic === LATEST_TOPIC || topic === PUBLIC_TOPIC;

export function compileInbound(
  { inbound: hooks = [], stampRequired = false, deliver, source, access: written }: RawConnector,
  access: Connector['access'],
  files: MappingFiles,
  sourceSchema: (subject: string) => AvroSchemaJson | undefined,
  context: CheckContext,
): InboundHook[] {
  const made: InboundHook[] = [];
  const paths = new Set<string>();
  const hasRules = (deliver && source?.topic === RULES_TOPIC) || hooks.some(({ topic }) => topic === RULES_TOPIC);
  if (stampRequired && !hasRules)
    context.findings.add(
      ['stampRequired'],
      'only rules have an audit stamp, and this connector neither delivers nor publishes them',
      'leave it out',
    );
  for (const [index, hook] of hooks.entries()) {
    const at = ['inbound', index];
    const { path = '', topic = '' } = hook;
    if (path !== '' && paths.has(path)) {
      context.findings.add([...at, 'path'], `${path} is used by another door`, 'give each door its own path');
    }
    paths.add(path);
    const auth = compileInboundAuth(hook.auth ?? {}, access, [...at, 'auth'], context, written?.apiKeyHashes);
    if (isOwn(topic))
      context.findings.add([...at, 'topic'], `${topic} is a topic that ESS itself writes`, 'publish to another one');
    const schema = topic === '' || isOwn(topic) ? undefined : sourceSchema(valueSubject(topic));
    const mapping = files.mapping(hook.mapping, [...at, 'mapping'], schema, true);
    if (mapping !== undefined && schema !== undefined)
      for (const field of unfilledFields(mapping, schema, topic))
        context.findings.add(
          [...at, 'mapping'],
          `nothing fills "${field}" of ${topic}`,
          `add "${field}" to its fields`,
        );
    const needsStamp = stampRequired && topic === RULES_TOPIC;
    if (needsStamp && mapping !== undefined && !mapping.fields.some(({ source }) => source[0] === 'auditStamp'))
      context.findings.add(
        [...at, 'mapping'],
        'stampRequired, but nothing fills "auditStamp"',
        'add auditStamp.id, auditStamp.approvedBy and auditStamp.approvedAt to its fields',
      );
    const handshake = compileHandshake(hook.handshake, [...at, 'handshake'], context);
    const { accept = ['json'] } = hook;
    const way = { path, topic, auth, accept, stampRequired: needsStamp, handshake };
    if (mapping !== undefined) made.push({ ...way, mapping, ...(schema && { schema }) });
  }
  return made;
}

function compileInboundAuth(
  raw: NonNullable<RawHook['auth']>,
  access: Connector['access'],
  at: FieldPath,
  context: CheckContext,
  hashes: readonly string[] = [],
): InboundAuth {
  const { apiKey = false, jwt = false } = raw;
  // Where there is another way in, a key may be made later: its variable is none until then.
  if (apiKey && access.apiKeyHashes.length === 0 && (hashes.length === 0 || Object.keys(raw).length === 1)) {
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

function compileHandshake(raw: RawHook['handshake'], at: FieldPath, { variables }: CheckContext): Handshake {
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
