import { findSubject } from '@ess/schemas/catalog.ts';
import { expect, test } from '@jest/globals';
import { formatProblem } from '../text/problem.ts';
import { compileConnector } from './compile.ts';

const compile = (yaml: string, mapping: string, partner = 'index'): string[] =>
  compileConnector(
    {
      path: `connectors/${partner}`,
      partner,
      files: new Map([
        ['connector.yaml', `partner: ${partner}\nmapping: mapping.json\n${yaml}`],
        ['mapping.json', mapping],
        ['withdrawal.json', '{ "fields": { "parameters.reason": "why" } }'],
      ]),
    },
    { env: () => undefined, sourceSchema: findSubject },
  ).problems.map(formatProblem);

const PUBLIC_MAPPING = '{ "fields": { "pauseSurveys": "pause" } }';

test('a stream of public fields is fine', () => {
  const yaml = 'source: { topic: rules, where: { region: north } }\nstream: { enabled: true }\n';
  expect(compile(yaml, PUBLIC_MAPPING)).toEqual([]);
});

test('scope, mapping and withdrawal of a stream name public fields only, each is told where it is', () => {
  const yaml =
    'source: { topic: rules, where: { publishedBy: me } }\nonLeave: send\nstream: { enabled: true }\ndeliver: { url: "https://x.example/" }\n';
  const places = compile(yaml, '{ "fields": { "publishedBy": "by", "auditStamp.id": "stamp" } }').map(
    (line) => line.split(': ')[0],
  );
  expect(places).toEqual([
    'connectors/index/connector.yaml:3 source.where.publishedBy',
    'connectors/index/mapping.json:1 fields.publishedBy',
    'connectors/index/mapping.json:1 fields["auditStamp.id"]',
    'connectors/index/withdrawal.json:1 fields["parameters.reason"]',
  ]);
});

test('a partner that only receives deliveries may use every field', () => {
  const yaml = 'source: { topic: rules }\ndeliver: { url: "https://x.example/" }\n';
  expect(compile(yaml, '{ "fields": { "publishedBy": "by" } }')).toEqual([]);
});

test('no partner can be called public: that is the projector', () => {
  const yaml = 'source: { topic: rules }\nstream: { enabled: true }\n';
  expect(compile(yaml, PUBLIC_MAPPING, 'public')).toEqual([
    'connectors/public/connector.yaml:1 partner: "public" is the name that ESS itself uses (choose another name)',
  ]);
});
