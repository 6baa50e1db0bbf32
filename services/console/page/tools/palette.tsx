// The command palette: to a page, a partner or a rule by a part of its name, with keys alone.
import { useState } from 'preact/hooks';
import { useFound } from '../ask.ts';
import { dialog } from '../dialogs.ts';
import { overview } from '../feed.ts';
import { LISTED } from '../pages.ts';
import { goTo, linkTo } from '../place.ts';
import { Modal } from './modal.tsx';

interface Goal {
  readonly kind: 'page' | 'partner' | 'rule';
  readonly name: string;
  readonly link: string;
}

/** As many as a screen shows. */
const GOALS_MAX = 12;

export function Palette() {
  return (
    <Modal name="palette" label="Go to">
      <Search />
    </Modal>
  );
}

function Search() {
  const [part, setPart] = useState('');
  const [chosen, setChosen] = useState(0);
  const rules = useFound<{ readonly rules: readonly string[] }>(part && `/rules?${new URLSearchParams({ part })}`);
  const goals = goalsLike(part, rules?.rules ?? []);
  const at = Math.min(chosen, goals.length - 1);
  const go = (goal: Goal | undefined): void => {
    if (!goal) return;
    dialog.value = undefined;
    goTo(goal.link);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: goals.length - 1, PageUp: 0 }[event.key];
    if (to !== undefined) setChosen(Math.max(0, Math.min(goals.length - 1, to)));
    else if (event.key === 'Enter') go(goals[at]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <label class="palette">
        Go to a page, a partner or a rule
        <input
          type="text"
          role="combobox"
          autocomplete="off"
          aria-expanded={goals.length > 0}
          aria-controls="goals"
          aria-activedescendant={goals.length > 0 ? `goal-${at}` : undefined}
          value={part}
          onInput={({ currentTarget }) => {
            setPart(currentTarget.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
        />
      </label>
      <div id="goals" class="goals" role="listbox" aria-label="Where to">
        {goals.map((goal, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys, as a combobox does
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          <div key={goal.link} id={`goal-${index}`} role="option" aria-selected={index === at} onClick={() => go(goal)}>
            <span>{goal.name}</span> <small>{goal.kind}</small>
          </div>
        ))}
      </div>
      <p class="empty" role="status">
        {goals.length === 0 ? 'Nothing is called so.' : ''}
      </p>
    </>
  );
}

function goalsLike(part: string, rules: readonly string[]): Goal[] {
  const wanted = part.toLowerCase();
  const goals: Goal[] = [
    ...LISTED.map(({ page, title }): Goal => ({ kind: 'page', name: title, link: linkTo(page) })),
    ...(overview.value?.partners ?? []).map(
      ({ partner }): Goal => ({ kind: 'partner', name: partner, link: linkTo('partner', [partner]) }),
    ),
    ...rules.map((id): Goal => ({ kind: 'rule', name: id, link: linkTo('rule', [id]) })),
  ];
  return goals.filter(({ name }) => name.toLowerCase().includes(wanted)).slice(0, GOALS_MAX);
}
