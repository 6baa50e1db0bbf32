// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the messages show how a variable is written in a connector
// Acceptance: each folder under test/fixtures/broken-connectors is broken in one way, and gets one message that names the
// file, the field and the remedy.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { formatProblem } from '@ess/domain/text/problem.ts';
import { SCHEMAS } from '@ess/schemas/catalog.ts';
import { BROKEN_ANSWERS } from '@ess/test/fixtures/broken-answers.ts';
import { BROKEN_REQUESTS } from '@ess/test/fixtures/broken-requests.ts';
import { BROKEN_TRUST } from '@ess/test/fixtures/broken-trust.ts';
import { describe, expect, test } from '@jest/globals';
import { compilePartner } from './connector-folder.ts';

const ROOT = 'test/fixtures/broken-connectors';
const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
/** Stands in each variable the fixtures name; it must never come out. */
const PLANTED = 'planted-secret';
const environment = (name: string): string | undefined => (name.endsWith('_ABSENT') ? undefined : PLANTED);

/** Folder → what is said, after `test/fixtures/broken-connectors/<folder>/`. */
const EXPECTED: Record<string, string> = {
  ...BROKEN_ANSWERS,
  ...BROKEN_REQUESTS,
  ...BROKEN_TRUST,
  'contract-knows-no-name': 'mapping.json:3 fields.minIcuBeds: the contract has no "bedCapp" (did you mean "bedCap"?)',
  'contract-of-no-draft':
    'contract.schema.json:2 $schema: "http://json-schema.org/draft-03/schema#" is not a draft of JSON Schema that ESS knows (write one of http://json-schema.org/draft-04/schema#, http://json-schema.org/draft-06/schema#, http://json-schema.org/draft-07/schema#, https://json-schema.org/draft/2019-09/schema, https://json-schema.org/draft/2020-12/schema; without $schema it is draft-07)',
  'contract-wants-a-date':
    'mapping.json:3 fields.publishedAt: "validFrom" is a whole number, and the contract wants a text of the format date-time (write { "to": "validFrom", "as": "date-time" })',
  'contract-wants-a-name':
    'mapping.json:2 fields: nothing makes "priority", which the contract requires (map a field to it, or write it under "constants" or "defaults")',
  'default-not-in-enum':
    'mapping.json:6 defaults.priority: "priority" is "HIHG", and the contract wants one of "LOW", "HIGH" (correct the value, or the contract if the partner takes it)',
  'constant-in-empty-list':
    'mapping.json:6 constants["items[].unit"]: no field fills "items[]" (write "items[0]", or map a list to it)',
  'constant-overwrites-field':
    'mapping.json:6 constants.beds: "beds" is already the target of "minIcuBeds" (give each source its own target)',
  'contract-is-no-schema':
    'contract.schema.json:2 type: not a valid JSON Schema: schema is invalid: data/type must be equal to one of the allowed values, data/type must be array, data/type must match a schema in anyOf (correct it as JSON Schema asks; $ref only within the file)',
  'day-at-a-door':
    'bed-change.json:4 fields.changedAt.as: "date" has no way back: a day has no time (take a date-time, or another field)',
  'default-inside-target':
    'mapping.json:6 defaults["start.zone"]: "start.zone" cannot be sent beside "start" (from "effectiveDate"): "start" cannot be a value and contain "start.zone" (rename one of them, e.g. "start.value")',
  'dictionary-of-unknown-value':
    'mapping.json:7 values.status.activ: "activ" is not a value of this field (did you mean "active"?)',
  'does-nothing': 'connector.yaml: the connector does nothing (add deliver, stream or inbound)',
  'door-of-xml': 'connector.yaml:7 inbound[0].accept[1]: "xml" is not one of the choices (use one of json, form)',
  'door-to-a-topic-of-ess':
    'connector.yaml:6 inbound[0].topic: ess.control is a topic that ESS itself writes (publish to another one)',
  'gap-in-list':
    'mapping.json:4 fields.minIcuBeds: "items[2]" is written, and "items[1]" is not (number the elements from 0, without gaps)',
  'join-at-a-door':
    'bed-change.json:4 fields.ward.join: a door cannot take a joined text apart again (give each field a place of its own)',
  'join-without-itself':
    'mapping.json:5 fields.title.join: "title", after which the line is named, is not joined (add "title")',
  'json-comma': 'mapping.json:5: expected a name in double quotes, found "}" (correct the JSON here or just before)',
  'json-key-twice': 'mapping.json:4 fields.minIcuBeds: is written twice (keep one of them)',
  'key-instead-of-hash':
    'connector.yaml:8 access.apiKeyHashes[0]: does not have the right form (sha256: and 64 hexadecimal digits, or a variable that holds them, e.g. ${CLINIC_API_KEY_HASH:-none})',
  'list-from-no-list':
    'mapping.json:3 fields.minIcuBeds: "items[].count" has a place for each element of a list, and "minIcuBeds" is no such list (write [0] for a list of one)',
  'literal-secret':
    'connector.yaml:6 deliver.auth.bearer: a secret is written into the file (put it into the environment and write "${LITERAL_SECRET_SECRET}" here; then change the secret, it has been seen)',
  'missing-url':
    'connector.yaml:4 deliver.url: is missing (add it: Where records are sent, as an absolute URL, e.g. https://clinic.example/rules)',
  'misspelt-setting': 'connector.yaml:6 deliver.timeoutMS: unknown field (did you mean "timeoutMs"?)',
  'no-way-back':
    'bed-change.json:6 values.scope.Clinic: "Hospital" and "Clinic" become the same value (inbound needs one way back: give each its own value)',
  'no-withdrawal-mapping':
    'connector.yaml:7 onLeave: there is no file withdrawal.json in test/fixtures/broken-connectors/no-withdrawal-mapping (add test/fixtures/broken-connectors/no-withdrawal-mapping/withdrawal.json)',
  'number-in-target':
    'mapping.json:3 fields.minIcuBeds: "items.0.count" would make an object with the name "0", not a list (write items[0].count for an element of a list, or items["0"].count for the name)',
  'password-in-url':
    'connector.yaml:5 deliver.url: the URL holds a user or a password (move them to deliver.auth (header, bearer or oauth2ClientCredentials), which is kept out of the logs)',
  'plain-http':
    'connector.yaml:5 deliver.url: plain http is allowed only to listed networks (use https, or add the network of the host to deliver.allow)',
  'private-address':
    'connector.yaml:5 deliver.url: 10.20.1.5 is not a public address (add "10.20.1.5/32" to deliver.allow)',
  'prototype-target': 'mapping.json:4 fields.effectiveDate: "__proto__" is not allowed as a name (use another name)',
  'rule-without-a-title':
    'connector.yaml:8 inbound[0].mapping: nothing fills "title" of rules (add "title" to its fields)',
  'sample-differs':
    'samples/one.body.json:2 bedCap: the mapping of samples/one.rule.json makes something else here (it makes {"bedCap":10}: correct the mapping or this file)',
  'scope-of-unknown-field': 'connector.yaml:2 source.where.scpe: unknown source field "scpe" (did you mean "scope"?)',
  'scope-of-unknown-value':
    'connector.yaml:2 source.where.status[1]: "withdrawed" is not a value of this field (did you mean "withdrawn"?)',
  'slow-timeout':
    'connector.yaml:6 deliver.timeoutMs: must be <= 120000, is 130000 (Milliseconds for one attempt, from connect to the last byte, e.g. 15000)',
  'stamp-of-beds':
    'connector.yaml:4 stampRequired: only rules have an audit stamp, and this connector neither delivers nor publishes them (leave it out)',
  'stamp-that-nothing-fills':
    'connector.yaml:9 inbound[0].mapping: stampRequired, but nothing fills "auditStamp" (add auditStamp.id, auditStamp.approvedBy and auditStamp.approvedAt to its fields)',
  'stream-of-a-private-field':
    'mapping.json:4 fields["auditStamp.approvedBy"]: "auditStamp.approvedBy" is not public: /stream and /replay show only the fields of PublicRule (leave it out, or deliver to this partner without stream)',
  'stream-of-another-topic':
    'connector.yaml:4 stream.enabled: only the topic rules can be streamed (use source.topic: rules, or deliver)',
  'unknown-at-rebalance':
    'connector.yaml:6 deliver.atRebalance: "finish" is not one of the choices (use one of wait, cut)',
  'subject-with-a-blank':
    'connector.yaml:2 source.subject: does not have the right form (Subject of the schema registry whose newest version the records are read as, e.g. gov.hms.rules.RulePublished)',
  'target-inside-target':
    'mapping.json:4 fields.effectiveDate: "bedCap.from" cannot be sent beside "bedCap" (from "minIcuBeds"): "bedCap" cannot be a value and contain "bedCap.from" (rename one of them, e.g. "bedCap.value")',
  'token-overwrites-field':
    'connector.yaml:6 deliver.auth.body.start: mapping.json sends "start" in the same place (rename one of them)',
  'two-sources-one-target':
    'mapping.json:4 fields.effectiveDate: "bedCap" is already the target of "minIcuBeds" (give each source its own target)',
  'unknown-cursor-elsewhere':
    'connector.yaml:4 stream.unknownCursor: "yesterday" is not one of the choices (use one of start, now)',
  'unknown-source-field':
    'mapping.json:3 fields.minIcuBed: unknown source field "minIcuBed" (did you mean "minIcuBeds"?)',
  'unknown-subject':
    'connector.yaml:2 source.subject: there is no subject "ruels-value" in the registry (did you mean "rules-value"? Else register the schema of rules.eu as ruels-value)',
  'unknown-topic': 'connector.yaml:2 source.topic: there is no topic "ruels" (did you mean "rules"?)',
  'variable-not-set':
    'connector.yaml:6 deliver.auth.bearer: VARIABLE_NOT_SET_ABSENT is not set (set VARIABLE_NOT_SET_ABSENT, or VARIABLE_NOT_SET_ABSENT_FILE to a file that holds it)',
  'variable-of-another-partner':
    'connector.yaml:6 deliver.auth.bearer: HOSPITAL_SECRET does not belong to this partner (name a variable that starts with VARIABLE_OF_ANOTHER_PARTNER_, e.g. ${VARIABLE_OF_ANOTHER_PARTNER_SECRET})',
  'variable-of-ess':
    'connector.yaml:6 deliver.auth.bearer: KAFKA_SASL_PASSWORD belongs to ESS itself (a connector may name only variables that start with VARIABLE_OF_ESS_)',
  'version-that-is-no-number':
    'connector.yaml:2 source.version: "title" is a string (name a field of type int or long)',
  'waits-in-wrong-order':
    'connector.yaml:6 deliver.retry.firstMs: the first wait (5000 ms) is longer than the longest (1000 ms) (lower the first or raise the other)',
  'weak-signing-secret':
    'connector.yaml:6 deliver.sign.secrets[0]: the signing secret is not whsec_ and base64 of 24 bytes or more (its value is not shown here) (make one: echo "whsec_$(openssl rand -base64 32)")',
  'when-never':
    'mapping.json:5 fields.minIcuBeds.when.status: "activ" is not a value of this field (did you mean "active"?)',
  'with-without-join':
    'mapping.json:3 fields.title: "with" stands between joined texts, and there is no "join" (add "join", or remove "with")',
  'wrong-bracket':
    'mapping.json:3 fields.minIcuBeds: "items[first].count" has a bracket that is none of [0], [] and ["a name"] (count elements from 0, and put a name into double quotes)',
  'wrong-choice': 'connector.yaml:6 deliver.catchUp: "newest" is not one of the choices (did you mean "latest"?)',
  'wrong-file-name':
    'connector.yaml:3 mapping: there is no file mapping.json in test/fixtures/broken-connectors/wrong-file-name (did you mean "maping.json"?)',
  'wrong-form': 'mapping.json:5 fields.minIcuBeds.as: "date-time" does not fit an int (use one of string)',
  'wrong-network':
    'connector.yaml:6 deliver.allow[0]: "10.20.0.0/33" is not a network (write a CIDR range, e.g. 10.20.0.0/16)',
  'wrong-partner-name':
    'connector.yaml:1 partner: is "hospital", but the folder is "wrong-partner-name" (write wrong-partner-name, or rename the folder)',
  'wrong-status-class':
    'connector.yaml:6 deliver.status.404: "records" is not one of the choices (did you mean "record"?)',
  'wrong-type':
    'connector.yaml:6 deliver.concurrency: must be an integer, is a string (Requests in flight per worker process, e.g. 16)',
  'yaml-key-twice': 'connector.yaml:7: Map keys must be unique (keep one of them)',
  'yaml-tab': 'connector.yaml:6: Tabs are not allowed as indentation (indent with spaces, never with tabs)',
  'yml-extension': 'connector.yaml: there is no such file (rename connector.yml to connector.yaml)',
};

test('every broken connector has its message here', () => {
  expect(Object.keys(EXPECTED).sort()).toEqual(readdirSync(ROOT).sort());
  expect(Object.keys(EXPECTED).length).toBeGreaterThanOrEqual(80);
});

describe('one message for one mistake', () => {
  test.each(Object.entries(EXPECTED))('%s', (partner, expected) => {
    const { connector, problems } = compilePartner(ROOT, partner, {
      env: environment,
      subjects: SCHEMAS.map(({ subject }) => subject),
    });
    expect(connector).toBeUndefined();
    expect(problems.map(formatProblem)).toEqual([`${ROOT}/${partner}/${expected}`]);
    expect(problems[0]?.remedy).not.toBe('');
    expect(JSON.stringify(problems)).not.toContain(PLANTED);
  });
});

test.each([
  [
    ['rule', 'rules.latest'],
    'Kafka has no topic "ruels" that you may read (did you mean "rule"? Else create it, or let this user read it)',
  ],
  [['ruels'], 'the topic "ruels" has no schema (register it as ruels-value)'],
])('with a broker at hand that has %p, a missing topic is told from a missing schema', (kafkaTopics, expected) => {
  const subjects = SCHEMAS.map(({ subject }) => subject);
  const { problems } = compilePartner(ROOT, 'unknown-topic', { env: environment, subjects, kafkaTopics });
  expect(problems.map(formatProblem)).toEqual([`${ROOT}/unknown-topic/connector.yaml:2 source.topic: ${expected}`]);
});

test('while the registry is away only what looks like a slip is told: another topic may have its schema there', () => {
  const options = { env: environment, subjects: ['orders-value'], isRegistryAway: true, sourceSchema: () => undefined };
  expect(compilePartner(ROOT, 'unknown-topic', options).problems).toEqual([]);
  const [problem] = compilePartner(ROOT, 'unknown-topic', { ...options, subjects: ['rules-value'] }).problems;
  expect(problem?.remedy).toBe('did you mean "rules"?');
});

describe('ess connector check, as a process', () => {
  const ess = async (
    args: string[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<{ code: number; stdout: string; stderr: string }> => {
    const command = ['services/cli/main.ts', 'connector', 'check', ...args];
    const options = {
      cwd: PROJECT,
      env: { PATH: process.env['PATH'], SCHEMA_REGISTRY_URL: 'http://127.0.0.1:9/none', ...env },
    };
    return promisify(execFile)(process.execPath, command, options).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  };

  test('the connectors that ship are good, samples included', async () => {
    const { code, stdout, stderr } = await ess(['--no-env']);
    expect(stdout).toContain('hospital: ok (rules → deliver, stream, inbound /webhook/bedChange)\n');
    expect(stdout).toContain('county-ems: ok (rules → deliver)\n');
    expect(stdout).toContain('clinic-fhir: ok (rules → deliver)\n');
    expect(stdout).toContain('county-legacy: ok (rules → deliver)\n');
    expect(stdout).toContain('policy-editor: ok (rules → inbound /policies)\n');
    expect(stdout).toContain('species-index: ok (rules → stream)\n');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^\d+ connectors checked: all good\n$/),
    });
  });

  test('broken ones exit 1 with one line each on stdout', async () => {
    const { code, stdout } = await ess(['--connectors', ROOT, '--no-env']);
    const lines = stdout.trimEnd().split('\n');
    expect(code).toBe(1);
    // Without the environment these have nothing wrong that can be seen.
    const unseen = ['certificate-is-no-pem', 'variable-not-set', 'weak-signing-secret'];
    // What is advised stands indented below.
    const faults = lines.filter((line) => !/^ |: ok \(/.test(line));
    expect(faults).toHaveLength(Object.keys(EXPECTED).length - unseen.length);
    for (const name of unseen) expect(lines).toContain(`${name}: ok (rules → deliver)`);
  });

  test('--json is one parseable value on stdout', async () => {
    const { code, stdout } = await ess(['unknown-source-field', '--connectors', ROOT, '--no-env', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual([
      {
        partner: 'unknown-source-field',
        ok: false,
        problems: [
          {
            file: `${ROOT}/unknown-source-field/mapping.json`,
            line: 3,
            field: 'fields.minIcuBed',
            message: 'unknown source field "minIcuBed"',
            remedy: 'did you mean "minIcuBeds"?',
          },
        ],
      },
    ]);
  });

  test('an unknown partner is wrong usage, with the nearest name', async () => {
    const { code, stdout, stderr } = await ess(['hospitel']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('did you mean "hospital"?');
  });

  test('a secret may come from a file, and is not shown', async () => {
    const key = Buffer.alloc(32, 7).toString('base64');
    const variables = { HOSPITAL_SECRET_FILE: `${PROJECT}package.json`, HOSPITAL_SIGNING_SECRET: `whsec_${key}` };
    const { code, stdout, stderr } = await ess(['hospital'], variables);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'hospital: ok (rules → deliver, stream, inbound /webhook/bedChange)\n',
    });
    expect(stderr).not.toContain(key);
  });
});
