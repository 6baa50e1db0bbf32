// What a secured stack has beside its brokers: an authority of its own, certificates of the brokers and of their administrator, and a
// password for each user, in a folder that nobody else may read. Brokers take clients by SCRAM over TLS, or by certificate over a
// listener of their own; what no ACL grants is denied.
import { randomBytes, X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL_ADMIN, passwordFile } from '@ess/runtime/settings/stack-file.ts';
import type { Authority } from '../demo/certificate.ts';
import { issueCertificate } from '../demo/certificate.ts';
import { listenAt } from './machine/ports.ts';

const BROKER_USER = 'ess-broker';
const DAY_MS = 86_400_000;
const LIFE_MS = 365 * DAY_MS;
/** An authority that is older is replaced at a start, and all that it has signed with it. */
const LEFT_AT_LEAST_MS = 30 * DAY_MS;

export interface SecuredFiles {
  readonly folder: string;
  /** PEM; what clients trust. */
  readonly ca: string;
  /** Of the administrator, for the listener that takes certificates: paths of PEM files. */
  readonly adminCert: string;
  readonly adminKey: string;
  /** Key and certificate of the brokers in one file, as Kafka reads them. */
  readonly broker: string;
  /** For Kafka's own tools: `--command-config`. */
  readonly toolConfig: string;
}

/** Makes what is missing or ends soon. @param dataDir of the stack @param host see StackOptions */
export function prepareSecured(dataDir: string, host: string): SecuredFiles {
  const folder = join(dataDir, 'secured');
  mkdirSync(join(folder, 'users'), { recursive: true });
  chmodSync(folder, 0o700);
  const files = {
    folder,
    ca: join(folder, 'ca.pem'),
    adminCert: join(folder, `${LOCAL_ADMIN}.pem`),
    adminKey: join(folder, `${LOCAL_ADMIN}-key.pem`),
    broker: join(folder, `${BROKER_USER}.pem`),
    toolConfig: join(folder, 'tools.properties'),
  };
  const authority = openAuthority(folder, files.ca);
  const untilMs = Date.now() + LIFE_MS;
  const broker = issueCertificate({ commonName: BROKER_USER, issuer: authority, names: ['localhost', host], untilMs });
  writePrivate(files.broker, `${broker.key}${broker.cert}`);
  const admin = issueCertificate({ commonName: LOCAL_ADMIN, issuer: authority, untilMs });
  writePrivate(files.adminCert, admin.cert);
  writePrivate(files.adminKey, admin.key);
  writePrivate(join(folder, 'tools.pem'), `${admin.key}${admin.cert}`);
  writePrivate(
    files.toolConfig,
    propertyLines({ 'security.protocol': 'SSL', ...stores(files, join(folder, 'tools.pem')) }),
  );
  return files;
}

/** The first certificate in the file is ours: others may be trusted beside it. */
function openAuthority(folder: string, ca: string): Authority {
  const keyFile = join(folder, 'ca-key.pem');
  if (existsSync(ca) && existsSync(keyFile)) {
    const cert = readFileSync(ca, 'utf8');
    const { validTo, subject } = new X509Certificate(cert);
    if (Date.parse(validTo) - Date.now() > LEFT_AT_LEAST_MS)
      return { commonName: subject.replace(/^CN=/, ''), cert, key: readFileSync(keyFile, 'utf8') };
  }
  const authority = issueCertificate({ commonName: 'ESS local authority', untilMs: Date.now() + 2 * LIFE_MS });
  writePrivate(keyFile, authority.key);
  writePrivate(ca, authority.cert);
  return authority;
}

/** The password of a user, made when there is none yet. @param folder as in SecuredFiles */
export function passwordOf(folder: string, user: string): string {
  const file = passwordFile(folder, user);
  if (!existsSync(file)) writePrivate(file, `${randomBytes(24).toString('base64url')}\n`);
  return readFileSync(file, 'utf8').trim();
}

/** A certificate of this stack's authority, for a client that comes with one. */
export const clientCertificate = (folder: string, user: string) =>
  issueCertificate({
    commonName: user,
    issuer: openAuthority(folder, join(folder, 'ca.pem')),
    untilMs: Date.now() + LIFE_MS,
  });

/** Read by its owner alone, and whole at any moment. */
function writePrivate(file: string, text: string): void {
  const draft = `${file}.draft`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, file);
}

const stores = ({ ca }: SecuredFiles, keyStore: string) => ({
  'ssl.keystore.type': 'PEM',
  'ssl.keystore.location': keyStore,
  'ssl.truststore.type': 'PEM',
  'ssl.truststore.location': ca,
});

/** Of one broker. Brokers and controllers know each other by certificate. @param host see StackOptions */
export const securedProperties = (
  files: SecuredFiles,
  host: string,
  ports: { readonly client: number; readonly mutual: number; readonly controller: number },
) => ({
  listeners: `SECURED://${listenAt(host)}:${ports.client},MUTUAL://127.0.0.1:${ports.mutual},CONTROLLER://127.0.0.1:${ports.controller}`,
  'advertised.listeners': `SECURED://${host}:${ports.client},MUTUAL://127.0.0.1:${ports.mutual}`,
  'listener.security.protocol.map': 'SECURED:SASL_SSL,MUTUAL:SSL,CONTROLLER:SSL',
  'inter.broker.listener.name': 'MUTUAL',
  ...stores(files, files.broker),
  'listener.name.mutual.ssl.client.auth': 'required',
  'listener.name.controller.ssl.client.auth': 'required',
  'ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/,DEFAULT',
  'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
  'listener.name.secured.scram-sha-512.sasl.jaas.config':
    'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': false,
  'super.users': `User:${BROKER_USER};User:${LOCAL_ADMIN}`,
});

export const propertyLines = (properties: Readonly<Record<string, string | number | boolean>>): string =>
  Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
