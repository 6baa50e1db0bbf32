// The settings of the schema registry, which make sense only together.
import type { RegistryAccess } from '@ess/domain/stream/registry-access.ts';
import { authorizationOf, registryAccess, registryUrls } from '@ess/domain/stream/registry-access.ts';

/** As the settings are read; a value that is wrong is absent. */
export interface RegistryValues {
  readonly SCHEMA_REGISTRY_URL?: string | undefined;
  readonly SCHEMA_REGISTRY_USERNAME?: string | undefined;
  readonly SCHEMA_REGISTRY_PASSWORD?: string | undefined;
  readonly SCHEMA_REGISTRY_TOKEN?: string | undefined;
  readonly SCHEMA_REGISTRY_SSL_CA?: string | undefined;
  readonly SCHEMA_REGISTRY_SSL_CERT?: string | undefined;
  readonly SCHEMA_REGISTRY_SSL_KEY?: string | undefined;
}

export function registryConflicts(values: RegistryValues): string[] {
  const { SCHEMA_REGISTRY_USERNAME: username, SCHEMA_REGISTRY_PASSWORD: password } = values;
  const { SCHEMA_REGISTRY_SSL_CA: ca, SCHEMA_REGISTRY_SSL_CERT: cert, SCHEMA_REGISTRY_SSL_KEY: key } = values;
  const urls = registryUrls(values.SCHEMA_REGISTRY_URL ?? '').map((url) => new URL(url));
  const problems: string[] = [];
  if ((username === undefined) !== (password === undefined))
    problems.push('SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD must be set together');
  if (values.SCHEMA_REGISTRY_TOKEN !== undefined && (username ?? password) !== undefined)
    problems.push('SCHEMA_REGISTRY_TOKEN and SCHEMA_REGISTRY_USERNAME exclude each other: set one of them');
  if ((cert === undefined) !== (key === undefined))
    problems.push('SCHEMA_REGISTRY_SSL_CERT and SCHEMA_REGISTRY_SSL_KEY must be set together');
  if ((ca ?? cert ?? key) !== undefined && urls.some(({ protocol }) => protocol === 'http:'))
    problems.push('SCHEMA_REGISTRY_URL must be https when SCHEMA_REGISTRY_SSL_CA, _CERT or _KEY is set');
  return problems;
}

export function registryOf(values: RegistryValues): RegistryAccess {
  const { SCHEMA_REGISTRY_SSL_CA: ca, SCHEMA_REGISTRY_SSL_CERT: cert, SCHEMA_REGISTRY_SSL_KEY: key } = values;
  return registryAccess(values.SCHEMA_REGISTRY_URL ?? '', credentialsOf(values), {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  });
}

/** User and password as they go over the wire: some logs of others show them so. */
export function basicSecrets(values: RegistryValues): string[] {
  const { username, password } = credentialsOf(values);
  const basic = authorizationOf({ username, password });
  return basic === undefined ? [] : [basic.slice('Basic '.length)];
}

const credentialsOf = (values: RegistryValues) => ({
  username: values.SCHEMA_REGISTRY_USERNAME,
  password: values.SCHEMA_REGISTRY_PASSWORD,
  token: values.SCHEMA_REGISTRY_TOKEN,
});
