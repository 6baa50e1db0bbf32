// The names are written out in our code; what they are is said by the package of the conventions.
import { expect, test } from '@jest/globals';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { ATTR } from './semconv.ts';

const NAMES: Readonly<Record<string, unknown>> = { ...conventions };

test.each(Object.entries(ATTR))('ATTR_%s is %s', (name, value) => {
  expect(NAMES[`ATTR_${name}`]).toBe(value);
});
