// The connectors: what is wrong in their folders, which version of them each worker sends with, their doors and stream clients.
import type { ConnectorFacts } from '../../facts/connectors.ts';
import { useAsked } from '../ask.ts';
import { nowMs, overview } from '../feed.ts';
import { Failed, Stale } from '../parts/failed.tsx';
import { Table } from '../parts/table.tsx';
import { linkTo } from '../place.ts';
import { clock } from '../words.ts';

const COLUMNS = ['Partner', 'Check', 'Source', 'Version', 'Workers', 'Doors', 'Stream clients'] as const;

export function Connectors() {
  const asked = useAsked<{ readonly connectors: readonly ConnectorFacts[] }>('/connectors', overview.value?.at);
  if (asked.kind === 'loading') return <p class="empty">Loading…</p>;
  if (asked.kind === 'failed') return <Failed why={asked.why} />;
  const { connectors } = asked.value;
  if (connectors.length === 0) return <p class="empty">No connector is there yet. `ess connector new` begins one.</p>;
  const wrong = connectors.filter(({ problems }) => problems.length > 0);
  return (
    <>
      <h1>
        {wrong.length === 0
          ? `All ${connectors.length} connectors are good`
          : `${wrong.length} of ${connectors.length} connectors have problems`}
      </h1>
      <Stale why={asked.why} />
      {wrong.map(({ partner, problems }) => (
        <section key={partner} class="card drifts" aria-label={`Problems of ${partner}`}>
          <h2>{partner}</h2>
          <p class="cause">The last good version stays in use until these are mended:</p>
          <Problems problems={problems} />
        </section>
      ))}
      <Table label="Connectors" columns={COLUMNS} heading={0} rows={connectors.map(rowOf)} />
      <p>The files alone are checked here. Whether variables are set, `ess connector check` says where they are.</p>
    </>
  );
}

export function Problems({ problems }: { readonly problems: ConnectorFacts['problems'] }) {
  return (
    <ul class="problems">
      {problems.map(({ file, line, field, message, remedy }) => (
        <li key={`${file} ${line} ${field} ${message}`}>
          <code>
            {file}
            {line !== undefined && `:${line}`}
          </code>
          {field !== '' && <code> {field}</code>}: {message} ({remedy})
        </li>
      ))}
    </ul>
  );
}

const rowOf = (one: ConnectorFacts) => ({
  key: one.partner,
  cells: [
    one.delivers || one.streams ? <a href={linkTo('partner', [one.partner])}>{one.partner}</a> : one.partner,
    <Check one={one} />,
    one.topic ?? '–',
    one.digest === null ? '–' : <code>{one.digest}</code>,
    <Workers one={one} />,
    <List items={one.doors.map(({ path, topic }) => `${path} → ${topic}`)} />,
    <List
      items={one.clients.map(
        ({ client, broughtAt }) =>
          `${client === '' ? 'without a name' : client}: ${broughtAt === null ? 'has brought nothing back' : `at ${clock(broughtAt, nowMs.value)}`}`,
      )}
    />,
  ],
});

function Check({ one: { problems, notes } }: { readonly one: ConnectorFacts }) {
  if (problems.length > 0)
    return <span class="old">{problems.length === 1 ? '1 problem' : `${problems.length} problems`}</span>;
  return <List items={['good', ...notes]} />;
}

function Workers({ one: { workers, delivers } }: { readonly one: ConnectorFacts }) {
  if (!delivers) return <>–</>;
  if (workers.length === 0) return <>none</>;
  return (
    <List
      items={workers.map(({ host, digest, isCurrent }) =>
        isCurrent === true
          ? `${host}: this version`
          : digest === null
            ? `${host}: has not said`
            : `${host}: ${isCurrent === false ? 'another version, ' : ''}${digest}`,
      )}
    />
  );
}

function List({ items }: { readonly items: readonly string[] }) {
  if (items.length === 0) return <>–</>;
  if (items.length === 1) return <>{items[0]}</>;
  return (
    <ul class="in-cell">
      {items.map((item) => (
        <li key={item}>{item}</li>
      ))}
    </ul>
  );
}
