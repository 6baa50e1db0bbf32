import { expect, test } from '@jest/globals';
import { ruleLines } from './rule-lines.ts';

const places = (content: string) => ruleLines('f', content).map(({ place }) => place);
const rounded = (content: string) => ruleLines('f', content).flatMap((line) => line.rounded);
const says = (place: string) => `${place} is a number that cannot be held exactly: write it with fewer digits`;

test('one value, an array, or a value per line', () => {
  expect(places('\uFEFF{ "a": 1 }')).toEqual(['f']);
  expect(places('[{}, {}]')).toEqual(['f[0]', 'f[1]']);
  expect(places('{}\n\n{}\n')).toEqual(['f:1', 'f:3']);
  expect(() => ruleLines('f', '{}\n{')).toThrow('f:2: not JSON');
  expect(() => ruleLines('f', ' \n')).toThrow('f holds no rule');
});

test('a number that loses digits is named with its line and field, wherever it is', () => {
  expect(rounded('{\n "version": 9007199254740993 }')).toEqual([says('f:2: version')]);
  expect(rounded('[{},\n{ "a": { "radius": [0.10000000000000000555] } }]')).toEqual([says('f:2: [1].a.radius[0]')]);
  expect(rounded('{}\n{ "version": 1e400 }\n{"version":9007199254740992}')).toEqual([says('f:2: version')]);
  expect(rounded('{ "radius": 0.30000000000000004, "version": 3 }')).toEqual([]);
});
