// The demo county with an old gateway, over TLS: POST /oauth/token gives tokens of half a minute,
// POST /gateway/rules takes a form and answers 200 whatever came of it: `{"ok":true}`, or `{"ok":false,"error":…}`.
import { randomBytes } from 'node:crypto';
import { FORM_TYPE } from '@ess/domain/request/form-body.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Fastify from 'fastify';
import { DeliveryLog } from './delivery-log.ts';
import { Listening } from './listening.ts';
import type { DemoPartner, PartnerOptions } from './partner-server.ts';
import { sameSecret } from './partner-server.ts';

const NAME = 'county-legacy';
const USUAL_PORT = 7005;
const PATH = '/gateway/rules';
const TOKEN_LIFETIME_S = 30;
const CLIENT_ID = 'ess';
const SCOPE = 'rules:write';
/** What a gateway that people watch takes: slow enough to be seen, and not so slow that they wait for it. */
export const SEEN_TAKING_MS = 1_000;

export interface CountyLegacy extends DemoPartner {
  /** Where it is, without a path: what COUNTY_LEGACY_URL holds. */
  readonly origin: string;
}

export interface CountyLegacyOptions extends Omit<PartnerOptions, 'signingSecret'> {
  readonly tls: { readonly cert: string; readonly key: string };
  readonly clientSecret: string;
  /** How long the gateway takes for each answer, in milliseconds. */
  readonly takesMs?: number;
}

type Form = Record<string, string>;

export async function startCountyLegacy(options: CountyLegacyOptions): Promise<CountyLegacy> {
  const gateway = new Gateway(options);
  const listening = await Listening.open(() => gateway.server(), options, USUAL_PORT);
  const origin = `https://${listening.address}`;
  const { log } = gateway;
  return {
    name: NAME,
    origin,
    url: origin + PATH,
    listUrl: origin + PATH,
    received: log.received,
    refused: log.refused,
    get duplicates() {
      return log.duplicates;
    },
    waitFor: (predicate, timeoutMs) => log.waitFor(predicate, timeoutMs),
    stop: () => listening.stop(),
    restart: () => listening.restart(),
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}

class Gateway {
  readonly log = new DeliveryLog();
  readonly #options: CountyLegacyOptions;
  readonly #rules = new Map<string, Form>();
  /** Token → when it ends, in epoch milliseconds. */
  readonly #tokens = new Map<string, number>();

  constructor(options: CountyLegacyOptions) {
    this.#options = options;
  }

  server() {
    const server = Fastify({ https: this.#options.tls, forceCloseConnections: true });
    server.addContentTypeParser(FORM_TYPE, { parseAs: 'string' }, async (_request: FastifyRequest, text: string) =>
      Object.fromEntries(new URLSearchParams(text)),
    );
    server.get('/livez', async () => ({ ok: true }));
    server.get(PATH, async () => [...this.#rules.values()]);
    server.post('/oauth/token', async (request, reply) => this.#giveToken(request.body as Form, reply));
    server.post(PATH, async (request, reply) => this.#take(request, reply));
    return server;
  }

  #giveToken({ grant_type, client_id, client_secret, scope }: Form, reply: FastifyReply): object {
    const refuse = (status: number, error: string, error_description: string) => {
      reply.code(status);
      return { error, error_description };
    };
    if (client_id !== CLIENT_ID || !sameSecret(client_secret, this.#options.clientSecret))
      return refuse(401, 'invalid_client', 'the county does not know this client, or its secret');
    if (grant_type !== 'client_credentials') return refuse(400, 'unsupported_grant_type', 'only client_credentials');
    if (scope !== SCOPE) return refuse(400, 'invalid_scope', `only ${SCOPE}`);
    for (const [token, endsAtMs] of this.#tokens) if (endsAtMs < Date.now()) this.#tokens.delete(token);
    const token = randomBytes(24).toString('base64url');
    this.#tokens.set(token, Date.now() + TOKEN_LIFETIME_S * 1_000);
    return { access_token: token, token_type: 'Bearer', expires_in: TOKEN_LIFETIME_S };
  }

  async #take(request: FastifyRequest, reply: FastifyReply): Promise<object> {
    const { takesMs = 0 } = this.#options;
    if (takesMs > 0) await new Promise((resolve) => setTimeout(resolve, takesMs));
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const isKnown = (this.#tokens.get(token) ?? 0) > Date.now();
    const form = request.body as Form;
    const error = isKnown ? whatIsWrong(form) : 'no token, or one that has ended';
    const again = this.log.add({
      id: request.headers['webhook-id'] as string | undefined,
      method: request.method,
      path: request.url,
      headers: { ...request.headers, authorization: undefined },
      body: form,
      receivedAt: Date.now(),
      status: error === undefined ? 200 : isKnown ? 422 : 401,
    });
    const what =
      error ?? `rule ${form['rule']} edition ${form['edition']}, ${form['beds.icu']} beds${again ? ', again' : ''}`;
    this.#options.print?.(`${NAME.padEnd(10)} ← ${error === undefined ? '' : 'refused: '}${what}`);
    if (!isKnown) reply.code(401);
    if (error !== undefined) return { ok: false, error };
    this.#rules.set(form['rule'] as string, form);
    return { ok: true };
  }
}

function whatIsWrong(form: Form): string | undefined {
  for (const name of ['rule', 'edition', 'beds.icu']) if (!form[name]) return `${name} is missing`;
  return /^\d+$/.test(form['beds.icu'] as string) ? undefined : 'beds.icu is no number';
}
