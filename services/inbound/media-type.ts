// Which bodies a door reads at all: JSON in UTF-8, as it is.
import type { IncomingHttpHeaders } from 'node:http';
import type { ProblemAnswer } from './problem.ts';

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json$/i;

/** @returns what is wrong with the headers of a body; undefined: it may be read */
export function unsupported(headers: IncomingHttpHeaders): ProblemAnswer | undefined {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').split(';').map((part) => part.trim());
  const charset = parameters.find((parameter) => /^charset=/i.test(parameter));
  const accept = { 'accept-post': 'application/json' };
  if (!JSON_TYPE.test(type) || (charset !== undefined && !/^charset="?utf-8"?$/i.test(charset)))
    return { status: 415, detail: 'send application/json in UTF-8', headers: accept };
  if ((headers['content-encoding'] ?? 'identity') !== 'identity')
    return {
      status: 415,
      detail: 'send the body without content-encoding',
      headers: { ...accept, 'accept-encoding': 'identity' },
    };
  return undefined;
}
