// A real `ess console` at which one has to sign in, over a real stack: two partners, a worker, tokens of three people, and secrets that nobody
// may ever be told.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:http';
import { join } from 'node:path';
import { newApiKey } from '@ess/runtime/access/api-key.ts';
import type { Cleanup } from '@ess/runtime/cleanup.ts';
import { FakePartner } from '../fakes/partner.ts';
import { eventually } from './deadline.ts';
import { freePort } from './free-port.ts';
import { Pipeline } from './programs/pipeline.ts';
import type { EssProcess } from './programs/worker-process.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { openTestStack } from './test-stack.ts';

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** From where; absent: 127.0.0.1. */
  readonly from?: string;
  /** JSON, unless it is a text. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** What the browser holds of a session from then on; empty: nothing. */
  readonly cookie: string;
}

/** What a page that trusted it would run, in the places where others write. */
export const EVIL = `"><img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;

const planted = (what: string): string => `planted${what}${randomBytes(12).toString('hex')}`;
export const SECRETS = {
  signing: `whsec_${randomBytes(32).toString('base64')}`,
  header: planted('header'),
  key: planted('key'),
  client: planted('client'),
};
export const TOKENS = { operator: newApiKey(), viewer: newApiKey(), auditor: newApiKey() };

export class GuardedConsole {
  readonly line: Pipeline;
  readonly receiver: FakePartner;
  /** Another partner of the same topic. */
  readonly other: string;
  readonly folder: string;
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  program!: EssProcess;

  private constructor(
    line: Pipeline,
    receiver: FakePartner,
    other: string,
    folder: string,
    port: number,
    issuer: string,
  ) {
    this.line = line;
    this.receiver = receiver;
    this.other = other;
    this.folder = folder;
    this.url = `http://127.0.0.1:${port}`;
    this.env = {
      ESS_CONSOLE_PORT: String(port),
      ESS_CONSOLE_ADMIN_PORT: '0',
      ESS_CONSOLE_PUBLIC_URL: this.url,
      ESS_VIEW_FILE: join(folder, 'view'),
      ESS_CONSOLE_RIGHTS: join(folder, 'rights.yaml'),
      ESS_CONSOLE_TOKENS: join(folder, 'tokens.yaml'),
      ESS_CONSOLE_ENDED: join(folder, 'ended.jsonl'),
      ESS_CONSOLE_KEYS: SECRETS.key,
      ESS_CONSOLE_OIDC_ISSUER: issuer,
      ESS_CONSOLE_OIDC_CLIENT_ID: 'ess-console',
      ESS_CONSOLE_OIDC_CLIENT_SECRET: SECRETS.client,
      ...secretsOf(line.prefix),
      ...ALONE,
    };
  }

  /** @param issuerAt of OpenID Connect; made when the console's address is known */
  static async open(
    cleanup: Cleanup,
    issuerAt: (consoleUrl: string) => Promise<string> | string,
  ): Promise<GuardedConsole> {
    const stack = await openTestStack();
    cleanup.defer(() => stack[Symbol.asyncDispose]());
    const receiver = await FakePartner.start();
    cleanup.defer(() => receiver[Symbol.asyncDispose]());
    const line = await Pipeline.open(stack, receiver, {
      deliver: { retry: { firstMs: 10, maxMs: 100 }, breaker: { minAttempts: 2 } },
      deliverWith: (prefix) => ({
        auth: { header: { 'x-own': `\${${prefix}OWN}` } },
        sign: { secrets: [`\${${prefix}SIGNING}`] },
      }),
      env: (prefix) => ({ ...secretsOf(prefix), ...ALONE }),
    });
    cleanup.defer(() => line[Symbol.asyncDispose]());
    const other = line.addPartner(receiver.url);
    const port = await freePort();
    const issuer = await issuerAt(`http://127.0.0.1:${port}`);
    const made = new GuardedConsole(line, receiver, other, temporaryFolder(cleanup), port, issuer);
    made.grant();
    made.letIn(TOKENS);
    line.spawn({}, [other]);
    made.program = line.ess(['console'], made.env);
    await made.program.logged('console.started');
    // Its desk may come later on a busy machine: who orders before that is told to ask again.
    const headers = { authorization: `Bearer ${TOKENS.operator.key}` };
    await eventually('its desk is open', async () => {
      const { status } = await made.ask('/api/v1/proposals', { headers });
      return status === 200 || undefined;
    });
    return made;
  }

  /** Writes the file of rights. @param more grants besides those of the tokens, as YAML @param viewer the role of that token */
  grant(more = '', viewer = 'viewer'): void {
    const { partner } = this.line;
    writeFileSync(
      join(this.folder, 'rights.yaml'),
      `grants:
  - { to: { token: operator }, roles: [operator], partners: ["*"] }
  - { to: { token: auditor }, roles: [auditor], partners: ["*"] }
  - { to: { token: viewer }, roles: [${viewer}], partners: ["${partner}"] }
${more}`,
    );
  }

  letIn(tokens: Readonly<Record<string, { readonly hash: string }>>): void {
    const lines = Object.entries(tokens).map(([name, { hash }]) => `${name}: ${hash}\n`);
    writeFileSync(join(this.folder, 'tokens.yaml'), lines.join(''));
  }

  /** One question, with exactly these headers and this path. */
  ask(path: string, { method = 'GET', headers = {}, from = '127.0.0.1', body }: Asked = {}): Promise<Answer> {
    const { hostname, port } = new URL(this.url);
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const type = text === undefined || typeof body === 'string' ? {} : { 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const to = { hostname, port, path, method, localAddress: from, headers: { ...type, ...headers } };
      const asking = request(to, (response) => {
        let said = '';
        response.on('data', (chunk: Buffer) => {
          said += chunk;
        });
        response.once('end', () => {
          const [set = ''] = response.headers['set-cookie'] ?? [];
          const cookie = set.split(';', 1)[0] ?? '';
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: said, cookie });
        });
      });
      asking.once('error', reject);
      asking.end(text);
    });
  }

  /** As the form of the sign-in page does it. */
  signIn(token: string, more: Readonly<Record<string, string>> = {}, returnTo = '/'): Promise<Answer> {
    return this.ask('/sign-in/token', {
      method: 'POST',
      headers: { origin: this.url, 'content-type': 'application/x-www-form-urlencoded', ...more },
      body: new URLSearchParams({ token, returnTo }).toString(),
    });
  }

  /** The feed of whoever has this cookie; `closed` resolves when the console ends it. */
  async listen(cookie: string): Promise<{ readonly closed: Promise<void> }> {
    const { hostname, port } = new URL(this.url);
    return new Promise((resolve, reject) => {
      request({ hostname, port, path: '/api/v1/feed', headers: { cookie } }, (response) => {
        response.resume();
        if (response.statusCode !== 200) reject(new Error(`the feed answered ${response.statusCode}`));
        resolve({ closed: new Promise((closed) => response.once('close', () => closed())) });
      })
        .once('error', reject)
        .end();
    });
  }
}

/** So many records one person may order alone. */
const ALONE = { ESS_APPROVAL_RECORDS: '1' };
const secretsOf = (prefix: string): Record<string, string> => ({
  [`${prefix}OWN`]: SECRETS.header,
  [`${prefix}SIGNING`]: SECRETS.signing,
});
