// How a door's callers prove who they are, in the words of OpenAPI and in plain ones.
import type { InboundAuth } from '@ess/domain/connector/connector.ts';

type Schema = Record<string, unknown>;

/** How many alternatives a caller has. */
export const doorWaysIn = (auth: InboundAuth): number => Object.keys(schemesOf('', auth)).length + (auth.body ? 1 : 0);

export function schemesOf(partner: string, auth: InboundAuth): Record<string, Schema> {
  const headers = Object.keys(auth.headers ?? {});
  return {
    ...(auth.signSecrets.length > 0 && {
      [`${partner}-signature`]: {
        type: 'apiKey',
        in: 'header',
        name: 'webhook-signature',
        description:
          'Standard Webhooks: `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`; with `webhook-id` and `webhook-timestamp`.',
      },
    }),
    ...(auth.apiKey && { [`${partner}-api-key`]: { type: 'apiKey', in: 'header', name: 'x-api-key' } }),
    ...(auth.jwt && { [`${partner}-token`]: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } }),
    ...(auth.clientCertificate !== undefined && { [`${partner}-certificate`]: { type: 'mutualTLS' } }),
    ...Object.fromEntries(headers.map((name) => [`${partner}-header-${name}`, { type: 'apiKey', in: 'header', name }])),
  };
}

export function securityOf(partner: string, auth: InboundAuth): Schema[] {
  const names = Object.keys(schemesOf(partner, auth));
  const headers = names.filter((name) => name.startsWith(`${partner}-header-`));
  const single = names.filter((name) => !headers.includes(name)).map((name) => ({ [name]: [] }));
  // All headers together are one way; a secret in the body is no scheme of OpenAPI, so nothing else may be needed.
  const together = headers.length > 0 ? [Object.fromEntries(headers.map((name) => [name, []]))] : [];
  return [...single, ...together, ...(auth.body ? [{}] : [])];
}

export function authText(auth: InboundAuth): string {
  const body = Object.keys(auth.body ?? {}).map((path) => `\`${path}\``);
  const inBody = body.length > 0 ? [`a secret in the body (${body.join(', ')})`] : [];
  const headers = Object.keys(auth.headers ?? {}).map((name) => `\`${name}\``);
  const all = [
    ...inBody,
    ...(headers.length > 0 ? [`a secret in the header (${headers.join(', ')})`] : []),
    ...(auth.signSecrets.length > 0 ? ['a Standard Webhooks signature'] : []),
    ...(auth.apiKey ? ['an API key in `x-api-key`'] : []),
    ...(auth.jwt ? ['a bearer token (JWT)'] : []),
    ...(auth.clientCertificate === undefined ? [] : ['a client certificate']),
  ];
  return `Who rings proves it by ${all.join(', or ')}.`;
}
