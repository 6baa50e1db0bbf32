// One card per partner, drifting first: is it in step, since when, and why not.
import { overview } from '../feed.ts';
import { useHistories } from '../histories.ts';
import { Card } from './card.tsx';

export function OverviewPage() {
  const told = overview.value;
  const histories = useHistories();
  if (!told) return <p class="empty">Reading what every partner holds…</p>;
  const { partners } = told;
  if (partners.length === 0)
    return <p class="empty">No partner delivers or streams yet. `ess connector new` begins a connector.</p>;
  const drifting = partners.filter((one) => one.drifting > 0).length;
  return (
    <>
      <h1>
        {drifting === 0
          ? `All ${partners.length} partners are in step`
          : `${drifting} of ${partners.length} partners drift`}
      </h1>
      <ul class="cards">
        {partners.map((card) => (
          <li key={card.partner}>
            <Card card={card} history={histories.get(card.partner)} />
          </li>
        ))}
      </ul>
    </>
  );
}
