// The frame around every page: where one is, where one can go, and how old what is shown is.
import type { ComponentChild } from 'preact';
import { dialog } from './dialogs.ts';
import { nowMs, overview, trouble } from './feed.ts';
import { Connectors } from './making/connectors.tsx';
import { Export } from './making/export.tsx';
import { RecordPage } from './making/record.tsx';
import { LettersPage } from './orders/letters.tsx';
import { Pause } from './orders/pause.tsx';
import { ProposalsPage } from './orders/proposals.tsx';
import { ReplayPage } from './orders/replay.tsx';
import type { PageName } from './pages.ts';
import { LISTED, pageAt } from './pages.ts';
import { Audit } from './parts/audit.tsx';
import { LockStep } from './parts/lock-step.tsx';
import { OverviewPage } from './parts/overview.tsx';
import { PartnerPage } from './parts/partner.tsx';
import { RulePage } from './parts/rule.tsx';
import { Who } from './parts/who.tsx';
import type { Place } from './place.ts';
import { linkTo, place } from './place.ts';
import { Palette } from './tools/palette.tsx';
import { Shortcuts } from './tools/shortcuts.tsx';
import { ageSeconds, clock, duration } from './words.ts';

/** @param word what stands behind the page's name, where it names something */
const DRAWN: Readonly<Record<PageName, (place: Place, word: string) => ComponentChild>> = {
  '': () => <OverviewPage />,
  lockstep: ({ query }) => <LockStep query={query} />,
  audit: ({ query }) => <Audit query={query} beside={<Export key={`${query}`} query={query} />} />,
  replay: ({ query }) => <ReplayPage query={query} />,
  letters: ({ query }) => <LettersPage query={query} />,
  proposals: () => <ProposalsPage />,
  connectors: () => <Connectors />,
  record: ({ words: [, position = ''], query }, partner) => (
    <RecordPage key={`${partner} ${position}`} partner={partner} position={position} digest={query.get('digest')} />
  ),
  partner: (_place, name) => (
    <PartnerPage name={name} orders={({ paused }) => <Pause partner={name} paused={paused} />} />
  ),
  rule: (_place, id) => <RulePage id={id} />,
};

export function Page() {
  const { page, words } = place.value;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('content')?.focus()}>
        Skip to the content
      </button>
      <header>
        <strong class="brand">ESS</strong>
        <nav aria-label="Pages">
          {LISTED.map((one) => (
            <a key={one.page} href={linkTo(one.page)} aria-current={one.page === page ? 'page' : undefined}>
              {one.title}
            </a>
          ))}
        </nav>
        <button
          type="button"
          aria-keyshortcuts="Control+K"
          onClick={() => {
            dialog.value = 'palette';
          }}
        >
          Go to…
        </button>
        <AsOf />
        <Who />
      </header>
      <main id="content" tabIndex={-1}>
        {DRAWN[pageAt(place.value)](place.value, words[0] ?? '')}
      </main>
      <Palette />
      <Shortcuts />
    </>
  );
}

/** What is old is shown, and said to be. */
function AsOf() {
  const told = overview.value;
  if (!told) return <p class="as-of">{trouble.value || 'Loading…'}</p>;
  const isOld = told.behindSeconds > 10 || trouble.value !== '';
  const why = trouble.value || `Kafka was last read ${duration(told.behindSeconds)} before`;
  return (
    <p class={isOld ? 'as-of old' : 'as-of'} role="status">
      as of {clock(told.at, nowMs.value)}
      {isOld && `: ${why}`}
      {ageSeconds(told.at, nowMs.value) > 15 && `, ${duration(ageSeconds(told.at, nowMs.value))} ago`}
    </p>
  );
}
