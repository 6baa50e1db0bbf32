// `ess connector probe`: how a partner's endpoint behaves, asked with the worker's own requests: one that is in order, and
// four that test it. What it should do is what Standard Webhooks asks of a receiver.
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Connector, Deliver } from '@ess/domain/connector/connector.ts';
import { outgoingOf } from '@ess/domain/connector/outgoing.ts';
import type { Answer } from '@ess/domain/delivery/outcome.ts';
import { classifyStatus } from '@ess/domain/delivery/outcome.ts';
import { sampleValue } from '@ess/domain/forms/sample-value.ts';
import type { RequestParts } from '@ess/domain/request/request-plan.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { loadConnector, readConnectorFolder } from '@ess/runtime/connectors/connector-folder.ts';
import { Redactor } from '@ess/runtime/log/log.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { unsampledTrace } from '@ess/runtime/trace/context.ts';
import { knownPartner } from '../../known-partner.ts';
import { confirm } from '../../terminal/confirm.ts';
import { print, tell } from '../../terminal/print.ts';

export interface ProbeOptions {
  readonly url?: string;
  readonly yes?: true;
  readonly connectors?: string;
  readonly json?: true;
}

type CaseName = 'valid' | 'badly signed' | 'duplicate' | 'stale' | 'oversized';

interface Case {
  readonly name: CaseName;
  /** Changes the delivery that is in order. */
  readonly timestampMs?: number;
  readonly signature?: 'wrong';
  readonly fillerBytes?: number;
  readonly wanted: 'ack' | 'refusal';
  /** What it means when it does otherwise. */
  readonly otherwise: string;
}

export interface Probed {
  readonly case: CaseName;
  readonly answer: string;
  readonly tookMs: number;
  /** weak: it works, but not as it should. */
  readonly verdict: 'good' | 'weak' | 'wrong' | 'not asked';
  readonly remark: string;
}

const STALE_MS = 3_600_000;
const FILLER_BYTES = 5_000_000;
/** Codes of addresses that a delivery may not go to. */
const REFUSED_HERE = /^ESS_(ADDRESS|PLAIN_HTTP)_REFUSED$/;

const casesAt = (nowMs: number): readonly Case[] => [
  { name: 'valid', wanted: 'ack', otherwise: 'deliveries would not get through' },
  {
    name: 'badly signed',
    signature: 'wrong',
    wanted: 'refusal',
    otherwise: 'it takes what anybody sends: it does not verify webhook-signature',
  },
  { name: 'duplicate', wanted: 'ack', otherwise: 'a delivery that is repeated after a crash would be parked or held' },
  {
    name: 'stale',
    timestampMs: nowMs - STALE_MS,
    wanted: 'refusal',
    otherwise: 'it takes a delivery that is an hour old: a recorded one can be played back to it',
  },
  { name: 'oversized', fillerBytes: FILLER_BYTES, wanted: 'refusal', otherwise: 'it takes a body of 5 MB' },
];

export async function probe(partner: string, options: ProbeOptions): Promise<void> {
  const root = options.connectors ?? loadSettings().connectors;
  knownPartner(partner, root);
  const connector = loadConnector(root, partner);
  if (!connector.deliver)
    throw new EssError('ESS_USAGE', `${partner} has nothing to deliver to: it only streams or calls in`);
  const deliver: Deliver = { ...connector.deliver, url: options.url ?? connector.deliver.url };
  const { host, pathname, search } = urlOf(deliver.url);
  const sample = sampleOf(root, partner, connector);
  // A test URL is taken as it is.
  const parts =
    sample.parts && (options.url === undefined ? sample.parts : { ...sample.parts, path: pathname + search });
  const method = parts?.method ?? 'POST';
  const redactor = new Redactor();
  redactor.add(connector.secrets);
  const shown = redactor.clean(`${host}${parts?.path.split('?', 1)[0] ?? pathname}`);
  if (
    options.url === undefined &&
    !(await confirm(`This sends five made-up deliveries (${method}) to ${shown}. Go on?`, options.yes))
  )
    return tell('nothing was sent');
  const probed = await askAll(deliver, sample.document, parts);
  if (options.json) print(JSON.stringify({ partner, method, url: shown, cases: probed }));
  else
    for (const { case: name, answer, tookMs, verdict, remark } of probed)
      print(
        [name.padEnd(13), answer.padEnd(14), `${tookMs} ms`.padStart(8), verdict.padEnd(10), remark]
          .join('  ')
          .trimEnd(),
      );
  if (probed.some(({ verdict }) => verdict === 'wrong')) process.exitCode = 1;
}

const NOTHING_SIGNED = {
  answer: '-',
  tookMs: 0,
  verdict: 'not asked',
  remark: 'the connector signs nothing: add deliver.sign',
} as const;

const newId = (): string => randomBytes(16).toString('base64url');

async function askAll(
  deliver: Deliver,
  document: Record<string, unknown>,
  parts: RequestParts | undefined,
): Promise<Probed[]> {
  // Kept away from the command line's start-up, and exactly what the worker sends with.
  const [{ Sender }, { buildBatchRequest, buildRequest }, { openToken }, { answerReader }, { signed }] =
    await Promise.all([
      import('@ess/worker/send/sender.ts'),
      import('@ess/worker/send/request.ts'),
      import('@ess/worker/send/token/oauth-token.ts'),
      import('@ess/worker/send/answer-reader.ts'),
      import('@ess/worker/send/signing/signature.ts'),
    ]);
  const token = await openToken(deliver)
    ?.get()
    .catch((cause: Error) => {
      throw new EssError('ESS_CONFIG', `nothing was sent, there is no token: ${cause.message}`, { cause });
    });
  const { url, allow, tls, proxy } = deliver;
  const sender = new Sender({ url, allow, connections: 1, ...(tls && { tls }), ...(proxy && { proxy }) });
  const nowMs = Date.now();
  const id = newId();
  const eventId = randomUUID();
  const probed: Probed[] = [];
  try {
    for (const one of casesAt(nowMs)) {
      if ((one.signature || one.timestampMs) && deliver.signSecrets.length === 0) {
        probed.push({ case: one.name, ...NOTHING_SIGNED });
        continue;
      }
      const body =
        one.fillerBytes === undefined ? document : { ...document, essProbeFiller: 'x'.repeat(one.fillerBytes) };
      // All but the repeated one are deliveries of their own.
      const isFirst = one.name === 'valid' || one.name === 'duplicate';
      const facts = {
        ...{ id: isFirst ? id : newId(), eventId, version: 1, attempt: 1 },
        ...{ nowMs: one.timestampMs ?? Date.now(), traceparent: unsampledTrace() },
      };
      const made = deliver.batch
        ? buildBatchRequest(deliver, [{ document: body, facts }], token, parts)
        : buildRequest(deliver, body, facts, token, parts);
      const request = signed(made, deliver.signSecrets);
      if (one.signature) request.headers['webhook-signature'] = `v1,${randomBytes(32).toString('base64')}`;
      const startedAt = performance.now();
      const reader = answerReader(deliver, [{ item: { deliveryId: facts.id }, document: body }]);
      const answer = await new Promise<Answer>((resolve) => sender.send(request, deliver.timeoutMs, reader, resolve));
      probed.push(judge(one, answer, deliver, Math.round(performance.now() - startedAt)));
    }
  } finally {
    await sender.close();
  }
  return probed;
}

function judge(one: Case, answer: Answer, deliver: Deliver, tookMs: number): Probed {
  const base = { case: one.name, tookMs };
  if (answer.kind === 'malformed')
    return { ...base, answer: 'no HTTP', verdict: 'wrong', remark: `${answer.why}: the partner would be held` };
  if (answer.kind !== 'answered') {
    const code = answer.kind === 'unreachable' ? answer.code : 'cut';
    // A server may close the connection on a body that it will not read.
    const closed = one.name === 'oversized' && code !== 'ETIMEDOUT';
    if (REFUSED_HERE.test(code))
      return {
        ...base,
        answer: 'not sent',
        verdict: 'wrong',
        remark: `${code}: add the network of the host to deliver.allow, or use https and a public address`,
      };
    // What helps stands behind the code (runtime/access/trouble.ts).
    const [short = code, helps = 'no answer: the partner would be held'] = code.split(/: (.*)/s);
    const remark = closed ? 'it breaks the connection; 413 would say why' : helps;
    return { ...base, answer: short, verdict: closed ? 'weak' : 'wrong', remark };
  }
  // What it says of the one record is what counts, where it says so.
  const status = answer.items?.[0] ?? answer.status;
  const verdict = answer.newer ? 'ack' : (answer.means?.class ?? classifyStatus(status, deliver.status));
  const text = String(status);
  if (one.wanted === 'ack') {
    const good = verdict === 'ack';
    return {
      ...base,
      answer: text,
      verdict: good ? 'good' : 'wrong',
      remark: good ? '' : `${one.otherwise} (${meaning(verdict)}${answer.means ? `: ${answer.means.why}` : ''})`,
    };
  }
  if (verdict === 'ack') return { ...base, answer: text, verdict: 'weak', remark: one.otherwise };
  if (status >= 500)
    return {
      ...base,
      answer: text,
      verdict: 'weak',
      remark: 'refused as if the server were in trouble: a 4xx says that it is the request',
    };
  return { ...base, answer: text, verdict: 'good', remark: '' };
}

function meaning(verdict: ReturnType<typeof classifyStatus>): string {
  return {
    ack: 'acked',
    endpoint: 'ess would retry, then hold the partner',
    hold: 'ess would hold the partner',
    record: 'ess would park the record',
  }[verdict];
}

function urlOf(text: string): URL {
  const url = URL.parse(text);
  if (url && (url.username !== '' || url.password !== ''))
    throw new EssError(
      'ESS_USAGE',
      "--url holds a user or a password, which the list of processes shows: leave them out, the connector's own auth is sent",
    );
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new EssError(
    'ESS_USAGE',
    `--url is not an http or https URL: write it in full, e.g. https://partner.example/test`,
  );
}

/** What the connector makes of the folder's first sample, else of the demo's rule. */
function sampleOf(
  root: string,
  partner: string,
  connector: Connector,
): { document: Record<string, unknown>; parts: RequestParts | undefined } {
  const { files } = readConnectorFolder(root, partner);
  const sample = [...files].find(([name]) => /^samples\/.*\.rule\.json$/.test(name))?.[1];
  const demo = fileURLToPath(new URL('../../../../infra/demo/wildfire.json', import.meta.url));
  const json = JSON.parse(sample ?? readFileSync(demo, 'utf8')) as object;
  const { reads } = connector.source;
  const record = reads === undefined ? json : (sampleValue(reads.schema, json) as object);
  const made = outgoingOf(connector, record, false);
  if (made.ok) return { document: made.document, parts: made.parts };
  throw new EssError(
    'ESS_USAGE',
    `there is nothing to send: ${made.reason}; add samples/<name>.rule.json to the connector`,
  );
}
