// Answers that are no success, as problem documents (RFC 9457).
import type { BodyFault } from '@ess/domain/mapping/inbound-body.ts';

export interface ProblemAnswer {
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly BodyFault[];
  readonly headers?: Readonly<Record<string, string>>;
}

export const PROBLEM_TYPE = 'application/problem+json';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  417: 'Expectation Failed',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  503: 'Service Unavailable',
};

export function problemText({ status, detail, errors }: ProblemAnswer): string {
  return JSON.stringify({
    type: 'about:blank',
    title: TITLES[status] ?? 'Error',
    status,
    detail,
    ...(errors && { errors }),
  });
}

/** A whole answer for a connection on which no request could be understood. */
export function rawProblem(answer: ProblemAnswer): string {
  const body = problemText(answer);
  return [
    `HTTP/1.1 ${answer.status} ${TITLES[answer.status] ?? 'Error'}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
