// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are lines of the sample, not of ours
// A ready ring for each door in curl, Python and Node: copied into a terminal they work, once SECRET is set. Each sends an
// idempotency key, and repeats under the same one.
import type { InboundAuth, InboundHook } from '@ess/domain/connector/connector.ts';

export interface CodeSample {
  readonly lang: string;
  readonly label: string;
  readonly source: string;
}

/** @param example a body in which secrets are written as $SECRET */
export function samplesOf({ auth, accept }: InboundHook, url: string, example: object): CodeSample[] {
  if (!accept.includes('json')) return [{ lang: 'Shell', label: 'curl', source: form(auth, url, example) }];
  return [
    { lang: 'Shell', label: 'curl', source: curl(auth, url, example) },
    { lang: 'Python', label: 'Python', source: python(auth, url, example) },
    { lang: 'JavaScript', label: 'Node', source: node(auth, url, example) },
  ];
}

/** What goes into the headers: the simplest way that the door offers; none when the body has the secret. */
function credential({ body, headers, apiKey, jwt }: InboundAuth): readonly [name: string, prefix: string] | undefined {
  if (body) return undefined;
  const [name] = Object.keys(headers ?? {});
  if (name !== undefined) return name === 'authorization' ? [name, 'Bearer '] : [name, ''];
  if (apiKey) return ['x-api-key', ''];
  return jwt ? ['authorization', 'Bearer '] : undefined;
}

const isSigned = (auth: InboundAuth): boolean =>
  credential(auth) === undefined && !auth.body && auth.signSecrets.length > 0;
const NOTE = (auth: InboundAuth, comment: string): string =>
  auth.clientCertificate !== undefined && credential(auth) === undefined && !auth.body && auth.signSecrets.length === 0
    ? `${comment} with your client certificate\n`
    : '';

function form(auth: InboundAuth, url: string, body: object): string {
  const header = credential(auth);
  const fields = formFields(body).map(([name, value]) => `  --data-urlencode "${name}=${value}"`);
  return [
    `${NOTE(auth, '#')}curl -i --retry 5 --retry-all-errors ${url} \\`,
    `  -H "idempotency-key: ring-$(date +%s)-$$" \\`,
    ...(header ? [`  -H "${header[0]}: ${header[1]}$SECRET" \\`] : []),
    fields.join(' \\\n'),
  ].join('\n');
}

const formFields = (body: object, before = ''): [name: string, value: unknown][] =>
  Object.entries(body).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? formFields(value, `${before}${name}.`)
      : [[before + name, value ?? ''] as [string, unknown]],
  );

function curl(auth: InboundAuth, url: string, body: object): string {
  const header = credential(auth);
  const json = JSON.stringify(body).replaceAll("'", "'\\''").replaceAll('$SECRET', `'"$SECRET"'`);
  if (isSigned(auth))
    return [
      `BODY='${json}'; ID="msg-$(date +%s)-$$"; NOW=$(date +%s)`,
      `KEY=$(printf %s "\${SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \\n')`,
      `MAC=$(printf %s "$ID.$NOW.$BODY" | openssl dgst -sha256 -mac HMAC -macopt hexkey:"$KEY" -binary | base64)`,
      `curl -i --retry 5 --retry-all-errors ${url} \\`,
      `  -H 'content-type: application/json' -H "webhook-id: $ID" \\`,
      `  -H "webhook-timestamp: $NOW" -H "webhook-signature: v1,$MAC" -d "$BODY"`,
    ].join('\n');
  return [
    `${NOTE(auth, '#')}curl -i --retry 5 --retry-all-errors ${url} \\`,
    `  -H 'content-type: application/json' -H "idempotency-key: ring-$(date +%s)-$$" \\`,
    ...(header ? [`  -H "${header[0]}: ${header[1]}$SECRET" \\`] : []),
    `  -d '${json}'`,
  ].join('\n');
}

function python(auth: InboundAuth, url: string, body: object): string {
  const header = credential(auth);
  const literal = pythonLiteral(body).replaceAll('"$SECRET"', 'os.environ["SECRET"]');
  const signed = isSigned(auth);
  return [
    `${NOTE(auth, '#')}import json, os, time, urllib.error, urllib.request, uuid`,
    ...(signed ? ['import base64, hashlib, hmac'] : []),
    '',
    `body = json.dumps(${literal}).encode()`,
    'key = f"ring-{uuid.uuid4()}"  # one for each event, the same on every try',
    'headers = {"content-type": "application/json", "idempotency-key": key}',
    ...(header ? [`headers["${header[0]}"] = "${header[1]}" + os.environ["SECRET"]`] : []),
    'for attempt in range(5):',
    ...(signed
      ? [
          '    now = str(int(time.time()))',
          '    secret = base64.b64decode(os.environ["SECRET"].removeprefix("whsec_"))',
          '    mac = hmac.new(secret, f"{key}.{now}.".encode() + body, hashlib.sha256).digest()',
          '    headers |= {"webhook-id": key, "webhook-timestamp": now, "webhook-signature": "v1," + base64.b64encode(mac).decode()}',
        ]
      : []),
    '    try:',
    `        urllib.request.urlopen(urllib.request.Request("${url}", body, headers), timeout=15)`,
    '        break',
    '    except urllib.error.HTTPError as error:',
    '        if error.code not in (429, 503): raise',
    '        time.sleep(int(error.headers.get("retry-after", 2)))',
    '    except urllib.error.URLError:',
    '        time.sleep(2)',
    'else:',
    '    raise SystemExit("the door did not answer")',
    'print("stored")',
  ].join('\n');
}

function node(auth: InboundAuth, url: string, body: object): string {
  const header = credential(auth);
  const literal = JSON.stringify(body).replaceAll('"$SECRET"', 'process.env.SECRET');
  const signed = isSigned(auth);
  return [
    `${NOTE(auth, '//')}import { ${signed ? 'createHmac, ' : ''}randomUUID } from 'node:crypto';`,
    "import { setTimeout as delay } from 'node:timers/promises';",
    '',
    `const body = JSON.stringify(${literal});`,
    `const key = \`ring-\${randomUUID()}\`; // one for each event, the same on every try`,
    `const headers = { 'content-type': 'application/json', 'idempotency-key': key${header ? `, '${header[0]}': \`${header[1]}\${process.env.SECRET}\`` : ''} };`,
    'for (let attempt = 1; ; attempt += 1) {',
    ...(signed
      ? [
          '  const now = String(Math.floor(Date.now() / 1000));',
          "  const secret = Buffer.from(process.env.SECRET.replace(/^whsec_/, ''), 'base64');",
          "  const mac = createHmac('sha256', secret).update(`${key}.${now}.${body}`).digest('base64');",
          "  Object.assign(headers, { 'webhook-id': key, 'webhook-timestamp': now, 'webhook-signature': `v1,${mac}` });",
        ]
      : []),
    `  const answer = await fetch('${url}', { method: 'POST', headers, body }).catch(() => undefined);`,
    '  if (answer?.status === 204) break;',
    '  const again = answer === undefined || answer.status === 429 || answer.status === 503;',
    '  if (!again || attempt === 5) throw new Error(answer ? await answer.text() : "the door does not answer");',
    "  await delay(Number(answer?.headers.get('retry-after') ?? 2) * 1000);",
    '}',
    "console.log('stored');",
  ].join('\n');
}

function pythonLiteral(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value as object).map(
    ([name, inner]) => `${JSON.stringify(name)}: ${pythonLiteral(inner)}`,
  );
  return `{${entries.join(', ')}}`;
}
