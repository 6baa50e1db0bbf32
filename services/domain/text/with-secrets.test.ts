import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonWithSecrets, withSecrets } from './with-secrets.ts';

const name = fc.constantFrom('a', 'b', 'c', 'a.b', 'c.d', 'token', 'toString', '7', 'ü"');
const value = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.constant(null),
  fc.constant(undefined),
  fc.dictionary(name, fc.string()),
);

test('a document with its credentials is the same as JSON, whichever names both have', () => {
  fc.assert(
    fc.property(
      fc.dictionary(name, value),
      fc.option(fc.dictionary(name, fc.string()), { nil: undefined }),
      (document, secrets) => {
        const json = jsonWithSecrets(JSON.stringify(document), document, secrets);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(withSecrets(document, secrets))));
      },
    ),
  );
});
