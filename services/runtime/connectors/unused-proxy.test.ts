import { makeConnector } from '@ess/test/harness/data/connector.ts';
import { expect, test } from '@jest/globals';
import { unusedProxy } from './unused-proxy.ts';

const straight = makeConnector('clinic', 'https://clinic.example/');
const named = makeConnector('ward', 'https://ward.example/', {
  deliver: { proxy: { url: 'http://proxy.example:3128', isJudged: true } },
});
/** It asked, and NO_PROXY left it out. */
const asking = makeConnector('county', 'https://county.example/', {
  recipe: { ...straight.recipe, env: new Map([['https_proxy', undefined]]) },
});

test('a proxy variable that is set and not used is told, and for whom', () => {
  expect(unusedProxy([straight, named, asking], { HTTPS_PROXY: 'http://ess:planted@proxy:3128' })).toBe(
    'HTTPS_PROXY is set and not used for clinic: write deliver.proxy: environment where it is wanted',
  );
  expect(unusedProxy([named, asking], { HTTPS_PROXY: 'http://proxy:3128' })).toBeUndefined();
  expect(unusedProxy([straight], { HTTPS_PROXY: '', NO_PROXY: 'x' })).toBeUndefined();
});
