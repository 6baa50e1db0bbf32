import { expect, test } from '@jest/globals';
import { Findings } from '../text/problem.ts';
import { Variables } from './variables.ts';

/** What is said about a variable that a partner names. */
function said(partner: string, name: string): string | undefined {
  const findings = new Findings({ file: 'connector.yaml', lineOf: () => undefined });
  const value = new Variables(partner, () => 'planted-secret', [partner], findings).text(`\${${name}}`, [
    'deliver',
    'url',
  ]);
  expect(value).toBe(findings.problems.length === 0 ? 'planted-secret' : '');
  const [problem] = findings.problems;
  return problem && `${problem.message} (${problem.remedy})`;
}

test.each([
  ['aws', 'AWS_SECRET_ACCESS_KEY'],
  ['aws-secret', 'AWS_SECRET_ACCESS_KEY'],
  ['aws-session', 'AWS_SESSION_TOKEN'],
  ['npm', 'NPM_TOKEN'],
  ['npm-config', 'NPM_CONFIG__AUTH'],
  ['java', 'JAVA_TOOL_OPTIONS'],
  ['node', 'NODE_AUTH_TOKEN'],
  ['ld', 'LD_PRELOAD'],
  ['no', 'NO_PROXY'],
  ['http', 'HTTP_PROXY'],
  ['https', 'HTTPS_PROXY'],
  ['all', 'ALL_PROXY'],
  ['ssl', 'SSL_KEY_LOG_FILE'],
  ['git', 'GIT_ASKPASS'],
  ['github', 'GITHUB_TOKEN'],
  ['gh', 'GH_TOKEN'],
  ['ci', 'CI_JOB_TOKEN'],
  ['ci-job', 'CI_JOB_TOKEN'],
  ['docker', 'DOCKER_AUTH_CONFIG'],
  ['kubernetes', 'KUBERNETES_SERVICE_HOST'],
  ['google', 'GOOGLE_APPLICATION_CREDENTIALS'],
  ['azure', 'AZURE_CLIENT_SECRET'],
  ['pg', 'PG_PASSWORD'],
  ['mysql', 'MYSQL_ROOT_PASSWORD'],
  ['redis', 'REDIS_URL'],
  ['otel', 'OTEL_EXPORTER_OTLP_HEADERS'],
  ['vault', 'VAULT_TOKEN'],
  ['ssh', 'SSH_AUTH_SOCK'],
  ['python', 'PYTHON_KEYRING_BACKEND'],
  ['new-relic', 'NEW_RELIC_LICENSE_KEY'],
  ['schema', 'SCHEMA_REGISTRY_URL'],
])('a partner that is called %s cannot name %s', (partner, name) => {
  expect(said(partner, name)).toContain('may belong to another program');
  expect(said(partner, name)).toContain(`e.g. partner-${partner}`);
});

test.each([
  ['hospital', 'HOSPITAL_SECRET'],
  ['species-index', 'SPECIES_INDEX_API_KEY'],
  ['awsome', 'AWSOME_SECRET'],
  ['ca-health', 'CA_HEALTH_SECRET'],
  ['no-helse', 'NO_HELSE_SECRET'],
  ['new-york', 'NEW_YORK_SECRET'],
  ['partner-aws', 'PARTNER_AWS_SECRET'],
])('a partner that is called %s names %s', (partner, name) => {
  expect(said(partner, name)).toBeUndefined();
});
