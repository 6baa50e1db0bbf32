// One record at one partner: what the connector of today makes of it, whether that is what was sent, and what files that somebody is
// writing would make of it, as they are written.
import { useEffect, useState } from 'preact/hooks';
import type { MadeAgain, Rehearsed, ShownMade, TriedFiles } from '../../facts/making.ts';
import { post, Refused, wordsOf } from '../ask.ts';
import { nowMs } from '../feed.ts';
import { Failed } from '../parts/failed.tsx';
import { linkTo } from '../place.ts';
import { clock } from '../words.ts';
import { Problems } from './connectors.tsx';

interface RecordProps {
  readonly partner: string;
  readonly position: string;
  /** Of the body that was sent; null: nothing was sent, or it is not known. */
  readonly digest: string | null;
}

export function RecordPage({ partner, position, digest }: RecordProps) {
  const [opened, setOpened] = useState<MadeAgain>();
  /** It was opened a while ago, or before the console began anew: what is written here stays, and it is opened again. */
  const [isOver, setOver] = useState(false);
  const [why, setWhy] = useState('');
  const [reason, setReason] = useState('');
  const open = (event: Event): void => {
    event.preventDefault();
    setWhy('');
    post<MadeAgain>(`/partners/${encodeURIComponent(partner)}/made-again`, { position, reason }).then(
      (answer) => {
        setOpened((was) => was ?? answer);
        setOver(false);
      },
      (error) => setWhy(wordsOf(error)),
    );
  };
  return (
    <>
      <h1>
        {position} at <a href={linkTo('partner', [partner])}>{partner}</a>
      </h1>
      {(!opened || isOver) && (
        <form class="filters" onSubmit={open}>
          <label>
            Why you look (goes on record)
            <input value={reason} onInput={({ currentTarget }) => setReason(currentTarget.value)} />
          </label>
          <button type="submit">Show the record</button>
        </form>
      )}
      {why !== '' && <Failed why={why} />}
      {opened && (
        <Opened partner={partner} opened={opened} digest={digest} isOver={isOver} onClosed={() => setOver(true)} />
      )}
    </>
  );
}

interface OpenedProps extends Pick<RecordProps, 'partner' | 'digest'>, Pick<TryingProps, 'isOver' | 'onClosed'> {
  readonly opened: MadeAgain;
}

function Opened({ partner, opened, digest, isOver, onClosed }: OpenedProps) {
  const { position, writtenAt, record, made, files } = opened;
  return (
    <>
      <p class="verdict">{verdictOf(made, digest)}</p>
      <Made label="Made again by the connector of today" made={made} />
      <h2>The record, of {clock(writtenAt, nowMs.value)}</h2>
      {record !== null && <Json label="The record" text={record} />}
      {files && (
        <>
          <h2>What other files would make of it</h2>
          <p>Nothing is saved and nothing is sent.</p>
          <Trying partner={partner} position={position} files={files} isOver={isOver} onClosed={onClosed} />
        </>
      )}
    </>
  );
}

function verdictOf(made: ShownMade, digest: string | null): string {
  if (made.kind !== 'document') return 'The connector of today would not send it.';
  if (digest === null) return 'Nothing was sent, or what was sent is not on record: this is what it would send today.';
  return made.digest === digest
    ? 'This is what was sent.'
    : 'The connector has changed since: this is what it would send today.';
}

/** Between the last key and the question. */
const PAUSE_MS = 250;

/** @property isOver the record has to be opened again @property onClosed told that it has to be */
interface TryingProps extends Pick<RecordProps, 'partner' | 'position'> {
  readonly files: TriedFiles;
  readonly isOver: boolean;
  readonly onClosed: () => void;
}

function Trying({ partner, position, files, isOver, onClosed }: TryingProps) {
  const [connector, setConnector] = useState(files.connector);
  const [mapping, setMapping] = useState(files.mapping);
  const [rehearsed, setRehearsed] = useState<Rehearsed>();
  const [why, setWhy] = useState('');
  useEffect(() => {
    if (isOver) return undefined;
    const over = new AbortController();
    const timer = setTimeout(() => {
      const path = `/partners/${encodeURIComponent(partner)}/rehearsal`;
      post<Rehearsed>(path, { position, connector, mapping }, over.signal).then(
        (answer) => {
          setRehearsed(answer);
          setWhy('');
        },
        (error) => {
          if (over.signal.aborted) return;
          setRehearsed(undefined);
          setWhy(wordsOf(error));
          if (error instanceof Refused && error.status === 404) onClosed();
        },
      );
    }, PAUSE_MS);
    return () => {
      over.abort();
      clearTimeout(timer);
    };
  }, [partner, position, connector, mapping, isOver]);
  return (
    <div class="beside">
      <div>
        <File name="connector.yaml" text={connector} onText={setConnector} />
        <File name={files.mappingFile} text={mapping} onText={setMapping} />
      </div>
      <div aria-live="polite">
        {why !== '' && <Failed why={why} />}
        {rehearsed && rehearsed.problems.length > 0 && <Problems problems={rehearsed.problems} />}
        {rehearsed?.made && <Made label="What these files make" made={rehearsed.made} />}
      </div>
    </div>
  );
}

interface FileProps {
  readonly name: string;
  readonly text: string;
  readonly onText: (text: string) => void;
}

function File({ name, text, onText }: FileProps) {
  return (
    <label class="file">
      {name}
      <textarea
        rows={Math.min(24, text.split('\n').length + 1)}
        spellcheck={false}
        value={text}
        onInput={({ currentTarget }) => onText(currentTarget.value)}
      />
    </label>
  );
}

function Made({ label, made }: { readonly label: string; readonly made: ShownMade }) {
  if (made.kind === 'outOfScope') return <p>Out of scope: nothing is sent.</p>;
  if (made.kind === 'withdrawn') return <p>It is withdrawn, and the connector only alerts then.</p>;
  if (made.kind !== 'document') return <Failed why={`It would become a dead letter: ${made.reason}`} />;
  const { request, document } = made;
  return (
    <>
      {request && (
        <dl class="ids">
          <div>
            <dt>request</dt>
            <dd>
              {request.method} {request.url}
            </dd>
          </div>
          {Object.entries(request.headers).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <Json label={label} text={document} />
    </>
  );
}

function Json({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <section aria-label={label}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be reached by keys */}
      <pre class="json" tabIndex={0}>
        {text}
      </pre>
    </section>
  );
}
