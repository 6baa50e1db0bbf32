// Which bodies a listener can read at all: JSON, and the fields of a form, in UTF-8, as they are.
import type { IncomingHttpHeaders } from 'node:http';
import { FORM_TYPE } from '@ess/domain/request/form-body.ts';
import type { BodyKind } from '@ess/domain/request/media-type.ts';
import { JSON_TYPE } from '@ess/domain/request/media-type.ts';

/** What a problem document says, but for its title. */
export interface UnreadBody {
  readonly status: 415;
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;
}

export const MEDIA: Readonly<Record<BodyKind, string>> = {
  json: JSON_TYPE,
  form: FORM_TYPE,
};
const TYPES: Readonly<Record<BodyKind, RegExp>> = {
  json: /^(?:application\/(?:[\w.+-]+\+)?json|text\/json)$/i,
  form: /^application\/x-www-form-urlencoded$/i,
};
/** As senders write it: quoted or not, with or without its hyphen; and ASCII, which is a part of it. */
const UTF8 = /^charset\s*=\s*(["']?)(?:utf-?8|(?:us-)?ascii)\1$/i;

/** @returns what a body is by its headers, or what is wrong with them */
export function kindOfBody(headers: IncomingHttpHeaders): BodyKind | UnreadBody {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').split(';').map((part) => part.trim());
  const kind = (Object.keys(TYPES) as BodyKind[]).find((one) => TYPES[one].test(type));
  const strange = parameters.some((parameter) => /^charset\b/i.test(parameter) && !UTF8.test(parameter));
  const types = Object.values(MEDIA);
  const accept = { 'accept-post': types.join(', ') };
  if (kind === undefined || strange)
    return { status: 415, detail: `send ${types.join(' or ')}, in UTF-8`, headers: accept };
  if ((headers['content-encoding'] ?? 'identity') !== 'identity')
    return {
      status: 415,
      detail: 'send the body without content-encoding',
      headers: { ...accept, 'accept-encoding': 'identity' },
    };
  return kind;
}

/** Told only to who may ring: others shall not learn what there is at a path. */
export function notAccepted(accept: readonly BodyKind[]): UnreadBody {
  const types = accept.map((kind) => MEDIA[kind]);
  return {
    status: 415,
    detail: `this door takes ${types.join(' and ')}`,
    headers: { 'accept-post': types.join(', ') },
  };
}
