import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { CELL_STATES, isDrift } from './cell.ts';

test('the documents list the states in the order in which they are tried, and mark drift', () => {
  const page = readFileSync(new URL('../../../docs/lockstep.md', import.meta.url), 'utf8');
  const [text = ''] = page.split('## A past minute');
  const listed = [...text.matchAll(/^\| `([a-zA-Z]+)`( !)? \| /gm)].map(([, state, mark]) => [
    state,
    mark !== undefined,
  ]);
  expect(listed).toEqual(CELL_STATES.map((state) => [state, isDrift(state)]));
});
