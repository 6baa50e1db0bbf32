// Signing in and out. The only form that is taken anywhere is the one of the sign-in page, from that page alone.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Gate } from '../gate.ts';
import { fromElsewhere } from '../origin.ts';
import type { Refusal } from '../refused.ts';
import { forbidden } from '../refused.ts';
import type { Oidc } from './oidc.ts';
import { LINK_POLICY, LINK_SCRIPT, linkPage, POLICY, STYLE, signInPage } from './page.ts';
import { returnPath } from './return-to.ts';

export interface SignInOptions {
  readonly gate: Gate;
  /** Absent: nobody signs in so. */
  readonly oidc?: Oidc;
  readonly tokens: boolean;
}

interface Returning {
  readonly returnTo?: unknown;
}

const NOT_LET_IN = 'The issuer has not let you in, or the way there took too long. Try again.';
const NO_TOKEN = 'This console has no such token.';
const NO_LINK = 'This link is over, was taken back, or is not of this console. Ask for another one.';

export function addSignIn(app: FastifyInstance, { gate, oidc, tokens }: SignInOptions): void {
  const show = (reply: FastifyReply, returnTo: unknown, status = 200, trouble?: string): FastifyReply =>
    html(reply.code(status), POLICY).send(
      signInPage({
        token: tokens,
        oidc: oidc !== undefined,
        returnTo: returnPath(returnTo),
        ...(trouble !== undefined && { trouble }),
      }),
    );

  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request: FastifyRequest, body: string, done) => done(null, Object.fromEntries(new URLSearchParams(body))),
  );

  app.get('/sign-in/sign-in.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(STYLE));
  app.get('/sign-in/link.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(LINK_SCRIPT));
  app.get('/link', (request, reply) => html(reply, LINK_POLICY).send(linkPage(gate.find(request)?.name)));

  app.get<{ Querystring: Returning }>('/sign-in', (request, reply) =>
    gate.find(request) ? reply.redirect(returnPath(request.query.returnTo), 303) : show(reply, request.query.returnTo),
  );

  app.post<{ Body: Returning & { readonly token?: unknown } }>('/sign-in/token', (request, reply) => {
    checkOwn(request);
    const { token, returnTo } = Object(request.body) as typeof request.body;
    const out = keptOut(reply, () => gate.enterByToken(request, token), NO_TOKEN);
    return out === undefined ? reply.redirect(returnPath(returnTo), 303) : show(reply, returnTo, reply.statusCode, out);
  });

  app.post<{ Body: { readonly link?: unknown } }>('/sign-in/link', (request, reply) => {
    checkOwn(request);
    if (!isJson(request)) return reply.code(415).send({ error: 'send JSON' });
    const error = keptOut(reply, () => gate.enterByLink(request, Object(request.body).link), NO_LINK);
    return reply.send(error === undefined ? { at: '/' } : { error });
  });

  if (!oidc) return;
  app.get<{ Querystring: Returning }>('/sign-in/oidc', async (request, reply) => {
    const returnTo = returnPath(request.query.returnTo);
    try {
      const { url, leaving } = await oidc.leave(returnTo);
      request.session.set('leaving', leaving);
      return reply.redirect(url, 303);
    } catch (error) {
      gate.failed(request, 'OIDC', causes(error));
      return show(reply, returnTo, 502, 'The issuer does not answer. Try again in a moment.');
    }
  });

  app.get('/sign-in/back', async (request, reply) => {
    const leaving = request.session.get('leaving');
    // It serves once. Whoever is signed in stays so until it has led somebody in.
    if (leaving) request.session.set('leaving', undefined);
    try {
      if (!leaving) throw new Error('nobody has left from here');
      gate.enterByClaims(request, await oidc.comeBack(request.url.slice(request.url.indexOf('?')), leaving));
      return reply.redirect(returnPath(leaving.returnTo), 303);
    } catch (error) {
      gate.failed(request, 'OIDC', causes(error));
      return show(reply, leaving?.returnTo, 401, NOT_LET_IN);
    }
  });
}

/** @returns what keeps somebody out, in words, with its status on the reply; undefined: they are in */
function keptOut(reply: FastifyReply, enter: () => boolean, unknown: string): string | undefined {
  try {
    if (enter()) return undefined;
    reply.code(401);
    return unknown;
  } catch (error) {
    const { afterS, message } = error as Refusal;
    if (afterS === undefined) throw error;
    reply.code(429).header('retry-after', afterS);
    return `T${message.slice(1)}.`;
  }
}

/** What a client says alone is often that something was wrong. */
function causes(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return `${error}${cause instanceof Error ? `: ${cause.message}` : ''}`;
}

/** Under /api/v1, where a question is known to come from the page. */
export function addSignOut(api: FastifyInstance, gate: Gate): void {
  api.post<{ Body: { readonly everywhere?: unknown } }>('/sign-out', (request, reply) => {
    gate.leave(request, Object(request.body).everywhere === true);
    return reply.code(204).send();
  });
}

/** Nobody is signed in by a page of another site: what they did then would be done under another name. */
function checkOwn({ raw }: FastifyRequest): void {
  if (fromElsewhere(raw)) throw forbidden('sign in from the page of this console');
}

const isJson = ({ headers }: FastifyRequest): boolean =>
  /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');

const html = (reply: FastifyReply, policy: string): FastifyReply =>
  reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', policy)
    .header('referrer-policy', 'same-origin') // a form says where it comes from by it
    .header('cache-control', 'no-store');
