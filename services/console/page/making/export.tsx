// What the filters of the audit say as a file, on record.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ExportFormat } from '../../facts/export.ts';
import { postFor, wordsOf } from '../ask.ts';
import { me } from '../me.ts';
import { Failed } from '../parts/failed.tsx';
import { number } from '../words.ts';

export function Export({ query }: { readonly query: URLSearchParams }) {
  const partner = query.get('partner') ?? '';
  const mayExport = me.value?.partners.some(
    (one) => (partner === '' || one.partner === partner) && one.actions.includes('export'),
  );
  const [reason, setReason] = useState('');
  const [bytes, setBytes] = useState<number>();
  const [why, setWhy] = useState('');
  const over = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => over.current?.abort(), []);
  const save = async (format: ExportFormat): Promise<void> => {
    const parts: string[] = [];
    const ending = new AbortController();
    over.current = ending;
    setWhy('');
    setBytes(0);
    let size = 0;
    try {
      await postFor('/attempts/export', { ...Object.fromEntries(query), format, reason }, ending.signal, (text) => {
        parts.push(text);
        size += text.length;
        setBytes(size);
      });
      offer(new Blob(parts), `ess-audit.${format === 'csv' ? 'csv' : 'ndjson'}`);
    } catch (error) {
      if (!ending.signal.aborted) setWhy(wordsOf(error));
    }
    setBytes(undefined);
  };
  if (!mayExport) return null;
  return (
    <details class="act">
      <summary>Export what is found</summary>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <label>
          Why (goes on record)
          <input value={reason} maxLength={500} onInput={({ currentTarget }) => setReason(currentTarget.value)} />
        </label>
        {(['csv', 'json'] as const).map((format) => (
          <button key={format} type="button" disabled={bytes !== undefined} onClick={() => void save(format)}>
            {format === 'csv' ? 'CSV' : 'JSON lines'}
          </button>
        ))}
        {bytes !== undefined && (
          <>
            <p role="status">{number(Math.ceil(bytes / 1_000))} kB so far</p>
            <button type="button" onClick={() => over.current?.abort()}>
              Stop
            </button>
          </>
        )}
      </form>
      {why !== '' && <Failed why={why} />}
    </details>
  );
}

function offer(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
