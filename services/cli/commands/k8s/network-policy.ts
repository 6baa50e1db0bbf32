// Who may reach a program's pods, and what they may reach: DNS, Kafka, the registry, and of partners what their connectors name.
import type { Connector } from '@ess/domain/connector/connector.ts';
import { addressOf, bareHost, bitsOf } from '@ess/domain/values/network.ts';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import type { Installation, RenderedPartner } from './installation.ts';
import { because } from './reasoned-yaml.ts';
import type { Workload } from './workload.ts';
import { metadataOf, selectorOf } from './workload.ts';

type Spec = NonNullable<INetworkPolicy['spec']>;
type Egress = NonNullable<Spec['egress']>[number];
type Peer = NonNullable<Egress['to']>[number];

/** What is not public (RFC 6890), as the worker has it: it refuses these unless `allow` lists them. */
const NOT_PUBLIC = {
  '0.0.0.0/0': [
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '224.0.0.0/4',
    '240.0.0.0/4',
  ],
  '::/0': ['::1/128', 'fc00::/7', 'fe80::/10', 'ff00::/8'],
};

export function networkPolicyOf(workload: Workload, place: Installation): INetworkPolicy {
  const { name, programs, partners } = workload;
  const ports = programs.flatMap(({ port }) => (port === undefined ? [] : [{ port }]));
  const sends = programs.some((program) => program.name === 'worker');
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadataOf(name, place),
    spec: {
      podSelector: { matchLabels: selectorOf(name) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        ...(ports.length > 0
          ? [because('Partners come from anywhere; who they are is asked at the door.', { ports })]
          : []),
        because('Metrics alone, and for Prometheus alone. The kubelet of the node is always let in.', {
          from: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } } }],
          ports: programs.map(({ adminPort }) => ({ port: adminPort })),
        }),
      ],
      egress: [
        because('DNS.', {
          to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
          ports: [
            { port: 53, protocol: 'UDP' },
            { port: 53, protocol: 'TCP' },
          ],
        }),
        because(
          `Kafka: ${place.brokers.join(', ')}. ${WHERE_A_NAME_IS}`,
          egressTo(place.brokers.map((broker) => URL.parse(`kafka://${broker}`))),
        ),
        because(
          `The schema registry: ${place.registry}.`,
          egressTo(place.registry.split(',').map((url) => URL.parse(url.trim()))),
        ),
        ...(sends ? partners.flatMap(toPartner) : []),
      ],
    },
  };
}

const WHERE_A_NAME_IS = 'A policy knows addresses alone: where one is a name, only the port is bounded here.';

/** A port that every destination has open, or these addresses alone. */
function egressTo(urls: ReadonlyArray<URL | null>): Egress {
  const known = urls.filter((url) => url !== null);
  const addresses = known.map(({ hostname }) => rangeOf(hostname));
  const ports = [...new Set(known.map(portOf))].map((port) => ({ port }));
  const named = addresses.includes(undefined);
  return { ...(named ? {} : { to: addresses.map((cidr) => ({ ipBlock: { cidr: cidr as string } })) }), ports };
}

/** The partner's own hosts, its token endpoint, or the proxy before them. */
function toPartner({ name, connector }: RenderedPartner): Egress[] {
  const { deliver } = connector;
  if (!deliver) return [];
  const urls = [...new Set(urlsOf(connector))].flatMap((url) => URL.parse(url) ?? []);
  return [...Map.groupBy(urls, portOf)].map(([port, same]) => {
    const hosts = [...new Set(same.map(({ hostname }) => bareHost(hostname)))];
    const to = [...deliver.allow.map(peerOf), ...hosts.flatMap(peersOf)];
    const reason = `${name}: ${hosts.join(', ')}, and the networks of deliver.allow.`;
    return because(reason, {
      to: [...new Map(to.map((peer) => [JSON.stringify(peer), peer])).values()],
      ports: [{ port }],
    });
  });
}

function urlsOf({ deliver, onLeave }: Connector): string[] {
  if (!deliver) return [];
  const { proxy, tokenProxy, auth, url } = deliver;
  const token = auth.oauth2ClientCredentials?.tokenUrl;
  const leaving = typeof onLeave === 'object' ? onLeave.request?.origin : undefined;
  return [
    ...(proxy ? [proxy.url] : [url, ...(leaving === undefined ? [] : [leaving])]),
    ...(token === undefined ? [] : [tokenProxy?.url ?? token]),
  ];
}

function peersOf(host: string): Peer[] {
  const cidr = rangeOf(host);
  if (cidr !== undefined) return [peerOf(cidr)];
  return Object.entries(NOT_PUBLIC).map(([all, except]) => ({
    ipBlock: because('The host is a name: any public address, as the worker judges it when it connects.', {
      cidr: all,
      except,
    }),
  }));
}

const peerOf = (cidr: string): Peer => ({ ipBlock: { cidr: cidr.includes('/') ? cidr : (rangeOf(cidr) ?? cidr) } });

/** A single address as a network; undefined for a name. */
function rangeOf(host: string): string | undefined {
  const address = addressOf(host);
  return address && `${bareHost(host)}/${bitsOf(address)}`;
}

const portOf = ({ port, protocol }: URL): number => Number(port || (protocol === 'http:' ? 80 : 443));
