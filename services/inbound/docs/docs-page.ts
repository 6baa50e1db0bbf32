// /docs: the OpenAPI document as a page to read, whole in itself: no script, nothing from elsewhere.

interface Operation {
  readonly summary: string;
  readonly description: string;
  readonly requestBody: {
    readonly content: Readonly<Record<string, Content>>;
  };
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
  readonly 'x-codeSamples': ReadonlyArray<{ readonly label: string; readonly source: string }>;
}

/** The first of an operation has an example. */
interface Content {
  readonly schema: Field;
  readonly examples: { readonly ring: { readonly value: object } };
}

interface Field {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Field[];
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
}

interface Document {
  readonly info: { readonly title: string; readonly description: string };
  readonly paths: Readonly<Record<string, { readonly post: Operation }>>;
}

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}
code,pre{font:14px/1.45 ui-monospace,monospace}pre{padding:.8rem;overflow:auto;border:1px solid #8884;border-radius:6px}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8884;vertical-align:top}
h2{margin-top:2.5rem}summary{cursor:pointer;padding:.2rem 0}`;

export function docsPage(document: object): string {
  const { info, paths } = document as Document;
  const doors = Object.entries(paths).map(([path, { post }]) => section(path, post));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(info.title)}</title><style>${STYLE}</style></head><body>
<h1>${html(info.title)}</h1>
<p>${prose(info.description)}</p>
<p>For tools: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
${doors.join('\n')}
</body></html>
`;
}

function section(path: string, operation: Operation): string {
  const [[type, { schema, examples }]] = Object.entries(operation.requestBody.content) as [[string, Content]];
  const answers = Object.entries(operation.responses).map(([status, { description }]) => [
    `<code>${status}</code>`,
    prose(description),
  ]);
  const samples = operation['x-codeSamples'].map(
    ({ label, source }, index) =>
      `<details${index === 0 ? ' open' : ''}><summary>${html(label)}</summary><pre>${html(source)}</pre></details>`,
  );
  return `<h2 id="${html(path)}"><code>POST ${html(path)}</code></h2>
<p>${prose(operation.summary)}, as <code>${html(type)}</code>. ${prose(operation.description)}</p>
${table(['field', 'what', 'must be there'], rows(schema))}
<pre>${html(JSON.stringify(examples.ring.value, null, 2))}</pre>
${table(['answer', 'means'], answers)}
${samples.join('\n')}`;
}

function rows({ properties = {}, required = [] }: Field, prefix = ''): string[][] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    if (field.properties) return rows(field, `${path}.`);
    return [[`<code>${html(path)}</code>`, prose(describe(field)), required.includes(name) ? 'yes' : '']];
  });
}

function describe(field: Field): string {
  const { description } = field;
  return [kind(field), description].filter((part) => part !== undefined && part !== '').join('. ');
}

function kind({ type, format, enum: choices, anyOf, minimum, maximum }: Field): string {
  if (choices) return choices.map((choice) => `\`${JSON.stringify(choice)}\``).join(', ');
  if (anyOf) return anyOf.map(kind).join(' or ');
  const range = minimum !== undefined && maximum !== undefined ? ` from ${minimum} to ${maximum}` : '';
  return [type].flat().join(' or ') + range + (format === undefined ? '' : ` (${format})`);
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]) =>
    `<tr>${row.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table>${cells('th', head)}${body.map((row) => cells('td', row)).join('')}</table>`;
}

/** Text with `code` in it. */
const prose = (text: string): string => html(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');

const html = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
