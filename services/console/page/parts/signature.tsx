// Was what a partner has received signed by us? The console compares, and its secret stays there.
import { useState } from 'preact/hooks';
import { post, wordsOf } from '../ask.ts';

/** `name: value`, one a line, as tools show the headers of a request. */
function headersIn(text: string): Record<string, string> {
  const lines = text.split('\n').flatMap((line): Array<[string, string]> => {
    const at = line.indexOf(':');
    return at > 0 ? [[line.slice(0, at).trim(), line.slice(at + 1).trim()]] : [];
  });
  return Object.fromEntries(lines);
}

export function SignatureTest({ name }: { readonly name: string }) {
  const [headers, setHeaders] = useState('');
  const [body, setBody] = useState('');
  const [said, setSaid] = useState('');
  const ask = (): void => {
    post<{ why: string }>(`/partners/${encodeURIComponent(name)}/signature`, {
      body,
      headers: headersIn(headers),
    }).then(
      ({ why }) => setSaid(why),
      (error: unknown) => setSaid(wordsOf(error)),
    );
  };
  return (
    <details>
      <summary>Was a delivery signed by us?</summary>
      <form
        class="signature"
        onSubmit={(event) => {
          event.preventDefault();
          ask();
        }}
      >
        <label>
          Its headers, one a line
          <textarea rows={4} value={headers} onInput={({ currentTarget }) => setHeaders(currentTarget.value)} />
        </label>
        <label>
          Its body, byte by byte
          <textarea rows={6} value={body} onInput={({ currentTarget }) => setBody(currentTarget.value)} />
        </label>
        <button type="submit">Compare</button>
        <p role="status">{said}</p>
      </form>
    </details>
  );
}
