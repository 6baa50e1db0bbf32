// Fields of a filter.
import { overview } from '../feed.ts';
import { goTo, linkTo } from '../place.ts';

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function Words({ label, value, onChange }: FieldProps) {
  return (
    <label>
      {label}
      <input type="search" value={value} onInput={({ currentTarget }) => onChange(currentTarget.value)} />
    </label>
  );
}

/** @property none what it is called when nothing is chosen @property choices by value, in words */
interface ChoiceProps extends FieldProps {
  readonly none: string;
  readonly choices: Readonly<Record<string, string>>;
}

export function Choice({ label, value, none, choices, onChange }: ChoiceProps) {
  return (
    <label>
      {label}
      <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        <option value="">{none}</option>
        {Object.entries(choices).map(([choice, words]) => (
          <option key={choice} value={choice}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The filters of a page are part of its address. @returns by the filter's name what its field has and does */
export const fieldsOf = (page: string, query: URLSearchParams) => (name: string) => ({
  value: query.get(name) ?? '',
  onChange: (value: string): void => goTo(linkTo(page, [], { ...Object.fromEntries(query), [name]: value })),
});

export const partnerChoices = (): Readonly<Record<string, string>> =>
  Object.fromEntries((overview.value?.partners ?? []).map(({ partner }) => [partner, partner]).sort());

export const themselves = (texts: readonly string[] = []): Readonly<Record<string, string>> =>
  Object.fromEntries(texts.map((text) => [text, text]));
