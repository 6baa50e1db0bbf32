// The HTTP server that demo partners are: credentials, Standard Webhooks signature, a body checked field by field,
// and a log of what arrived. It can be stopped and started again on its port, as a partner's outage.
import { createHash, timingSafeEqual } from 'node:crypto';
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
} from 'fastify';
import { Webhook } from 'standardwebhooks';
import { type Delivery, DeliveryLog } from './delivery-log.ts';
import { Listening, type ListeningOptions } from './listening.ts';

export interface PartnerOptions extends ListeningOptions {
  /** Checked when given: `whsec_…` */
  signingSecret?: string;
  /** PEM texts: it speaks TLS. */
  tls?: { readonly cert: string; readonly key: string };
  /** Gets one readable line per request. */
  print?: (line: string) => void;
}

export interface PartnerKind {
  name: string;
  usualPort: number;
  /** Where deliveries go; `:id` in it names what is delivered. */
  path: string;
  /** What its connector is told, where that is not the whole path. */
  base?: string;
  /** Of the bodies; absent: application/json. */
  mediaType?: string;
  /** DELETE on the path takes away what was kept under its id. */
  removes?: boolean;
  methods: Array<'POST' | 'PUT'>;
  /** Where they can be read back with GET. */
  listPath: string;
  /** JSON Schema of the body. */
  body: object;
  isAuthorized: (request: FastifyRequest) => boolean;
  describe: (body: Record<string, unknown>) => string;
  /** What is kept of a body; credentials are left out. */
  keep: (body: Record<string, unknown>) => Record<string, unknown>;
  /** What a person can make happen at the partner: POST on the path, without a body. */
  actions?: Record<string, () => Promise<object>>;
}

export interface DemoPartner extends AsyncDisposable {
  readonly name: string;
  /** Where deliveries go, e.g. http://127.0.0.1:7001/api/v1/reserveBeds */
  readonly url: string;
  /** Where accepted ones can be read, e.g. http://127.0.0.1:7001/api/v1/reservations */
  readonly listUrl: string;
  readonly received: readonly Delivery[];
  readonly refused: readonly Delivery[];
  readonly duplicates: number;
  waitFor(predicate: (received: readonly Delivery[]) => boolean, timeoutMs: number): Promise<readonly Delivery[]>;
  /** An outage: connections are cut, new ones refused; what was received is kept. */
  stop(): Promise<void>;
  restart(): Promise<void>;
}

export async function startPartner(kind: PartnerKind, options: PartnerOptions): Promise<DemoPartner> {
  const log = new DeliveryLog();
  const kept = new Map<string, Record<string, unknown>>();
  let back: NodeJS.Timeout | undefined;
  const build = () => {
    const fresh = buildServer(kind, options, log, kept);
    addOutage(fresh, (seconds) => void away(seconds));
    return fresh;
  };
  const listening = await Listening.open(build, options, kind.usualPort);
  const stop = () => {
    clearTimeout(back);
    return listening.stop();
  };
  const restart = () => {
    clearTimeout(back);
    return listening.restart();
  };
  const tell = (what: string) => options.print?.(`${kind.name.padEnd(10)} · ${what}`);
  const away = async (seconds: number) => {
    await stop();
    tell(`is away for ${seconds} s`);
    const comeBack = () => restart().then(() => tell('is back'));
    back = setTimeout(() => comeBack().catch((error) => tell(`does not come back: ${error}`)), seconds * 1_000);
  };
  const origin = `${options.tls ? 'https' : 'http'}://${listening.address}`;
  return {
    name: kind.name,
    url: origin + (kind.base ?? kind.path),
    listUrl: origin + kind.listPath,
    received: log.received,
    refused: log.refused,
    get duplicates() {
      return log.duplicates;
    },
    waitFor: (predicate, timeoutMs) => log.waitFor(predicate, timeoutMs),
    stop,
    restart,
    async [Symbol.asyncDispose]() {
      clearTimeout(back);
      await listening[Symbol.asyncDispose]();
    },
  };
}

const MAX_OUTAGE_S = 3_600;

/** `POST /outage?seconds=60`: as if its container were stopped, and started again after that time. */
function addOutage(server: FastifyInstance, away: (seconds: number) => void): void {
  server.post('/outage', async (request, reply) => {
    const seconds = Number((request.query as { seconds?: string }).seconds ?? 60);
    if (!(seconds > 0 && seconds <= MAX_OUTAGE_S))
      return reply.code(400).send({ message: `seconds: more than 0, at most ${MAX_OUTAGE_S}` });
    reply.raw.once('close', () => away(seconds));
    return reply.header('connection', 'close').send({ awayForSeconds: seconds });
  });
}

function buildServer(
  kind: PartnerKind,
  options: PartnerOptions,
  log: DeliveryLog,
  kept: Map<string, object>,
): FastifyInstance {
  const settings: FastifyServerOptions = {
    forceCloseConnections: true,
    // A partner is strict: "10" is no number and a field it does not know is refused, by name.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    schemaErrorFormatter: ([first]) => {
      const { instancePath = '', message = 'is wrong', params = {} } = first ?? {};
      const field =
        params['additionalProperty'] ?? params['missingProperty'] ?? instancePath.slice(1).replaceAll('/', '.');
      const why = params['additionalProperty']
        ? 'is not a field of this request'
        : params['missingProperty']
          ? 'is missing'
          : message;
      return new Error(`${field || 'body'} ${why}`);
    },
  };
  const server = Fastify({ ...settings, ...(options.tls && { https: options.tls }) } as FastifyServerOptions);
  const webhook = options.signingSecret === undefined ? undefined : new Webhook(options.signingSecret);
  const rawBodies = new WeakMap<FastifyRequest, string>();
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    kind.mediaType ?? 'application/json',
    { parseAs: 'string' },
    async (request: FastifyRequest, text: string) => {
      rawBodies.set(request, text);
      try {
        return JSON.parse(text);
      } catch {
        throw Object.assign(new Error('body is not JSON'), { statusCode: 400 });
      }
    },
  );

  server.get('/livez', async () => ({ ok: true }));
  for (const [path, act] of Object.entries(kind.actions ?? {})) server.post(path, act);
  server.get(kind.listPath, async () => [...kept.values()]);
  const common = {
    url: kind.path,
    preValidation: async (request: FastifyRequest) => {
      const refuse = (why: string) => Object.assign(new Error(why), { statusCode: 401 });
      if (!kind.isAuthorized(request)) throw refuse('wrong or missing credentials');
      if (webhook && !isSigned(webhook, rawBodies.get(request) ?? '', request))
        throw refuse('wrong or missing webhook-signature');
    },
    handler: async (request: FastifyRequest) => {
      const { event, version } = factsOf(request);
      const again = log.hasAccepted(request.headers['webhook-id'] as string | undefined);
      const key = idOf(request) ?? event;
      if (request.method === 'DELETE') kept.delete(key);
      else if (!again) kept.set(key, { event, version, ...kind.keep(request.body as Record<string, unknown>) });
      return { status: again ? 'already accepted' : 'accepted' };
    },
    onSend: async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
      const { event, version } = factsOf(request);
      const again = log.add({
        id: request.headers['webhook-id'] as string | undefined,
        method: request.method,
        path: request.url,
        headers: request.headers,
        body: request.body,
        receivedAt: Date.now(),
        status: reply.statusCode,
      });
      const what =
        reply.statusCode >= 400
          ? `refused with ${reply.statusCode}: ${String(payload)}`
          : request.method === 'DELETE'
            ? `delete ${idOf(request)}`
            : kind.describe(request.body as Record<string, unknown>);
      const notes = [again ? ', again' : '', request.headers['ess-replay'] ? ', replayed' : ''].join('');
      options.print?.(`${kind.name.padEnd(10)} ← ${what} (${event} v${version}${notes})`);
      return payload;
    },
  };
  server.route({ ...common, method: kind.methods, schema: { body: kind.body } });
  if (kind.removes) server.route({ ...common, method: 'DELETE' });
  return server;
}

const idOf = ({ params }: FastifyRequest): string | undefined => (params as { id?: string }).id;

const factsOf = ({ headers }: FastifyRequest): { event: string; version: string } => ({
  event: String(headers['ess-event-id'] ?? headers['webhook-id'] ?? 'unnamed'),
  version: String(headers['ess-rule-version'] ?? '?'),
});

function isSigned(webhook: Webhook, body: string, { headers }: FastifyRequest): boolean {
  try {
    webhook.verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

/** In constant time, whatever the lengths. */
export function sameSecret(given: unknown, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(String(given)), digest(secret));
}
