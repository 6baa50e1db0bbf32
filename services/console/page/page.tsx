// The frame around every page: where one is, where one can go, and how old what is shown is.
import { nowMs, overview, trouble } from './feed.ts';
import { Audit } from './parts/audit.tsx';
import { LockStep } from './parts/lock-step.tsx';
import { OverviewPage } from './parts/overview.tsx';
import { PartnerPage } from './parts/partner.tsx';
import { RulePage } from './parts/rule.tsx';
import { linkTo, place } from './place.ts';
import { ageSeconds, clock, duration } from './words.ts';

const PAGES = [
  { page: '', title: 'Overview' },
  { page: 'lockstep', title: 'Lock-step' },
  { page: 'audit', title: 'Audit' },
] as const;

export function Page() {
  const { page } = place.value;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('content')?.focus()}>
        Skip to the content
      </button>
      <header>
        <strong class="brand">ESS</strong>
        <nav aria-label="Pages">
          {PAGES.map((one) => (
            <a key={one.page} href={linkTo(one.page)} aria-current={one.page === page ? 'page' : undefined}>
              {one.title}
            </a>
          ))}
        </nav>
        <AsOf />
      </header>
      <main id="content" tabIndex={-1}>
        <Content />
      </main>
    </>
  );
}

function Content() {
  const { page, words, query } = place.value;
  if (page === 'lockstep') return <LockStep query={query} />;
  if (page === 'audit') return <Audit query={query} />;
  if (page === 'partner' && words[0] !== undefined) return <PartnerPage name={words[0]} />;
  if (page === 'rule' && words[0] !== undefined) return <RulePage id={words[0]} />;
  return <OverviewPage />;
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
