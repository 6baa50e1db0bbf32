// The demo clinic: PUT and DELETE /fhir/Location/{id} with a bearer token, in FHIR's own media type. A rule is a Location there,
// and one that is over is none any more.
import type { DemoPartner, PartnerKind, PartnerOptions } from './partner-server.ts';
import { sameSecret, startPartner } from './partner-server.ts';

const FHIR = 'application/fhir+json';

const kind = (bearer: string): PartnerKind => ({
  name: 'clinic',
  usualPort: 7004,
  path: '/fhir/Location/:id',
  base: '/fhir',
  methods: ['PUT'],
  mediaType: FHIR,
  listPath: '/fhir/Location',
  body: {
    type: 'object',
    required: ['resourceType', 'id', 'status', 'meta'],
    properties: {
      resourceType: { const: 'Location' },
      id: { type: 'string', pattern: '^[A-Za-z0-9.-]{1,64}$' },
      status: { enum: ['active', 'suspended', 'inactive'] },
      meta: { type: 'object', required: ['lastUpdated'] },
      extension: { type: 'array', items: { type: 'object', required: ['url', 'valueInteger'] } },
    },
  },
  isAuthorized: ({ headers }) => sameSecret(headers.authorization, `Bearer ${bearer}`),
  describe: ({ id, extension }) => `put Location/${id}, ${bedsOf(extension)} ICU beds`,
  keep: (location) => location,
  removes: true,
});

const bedsOf = (extension: unknown): unknown => (extension as [{ valueInteger: number }] | undefined)?.[0].valueInteger;

export function startClinic({ bearer, ...options }: PartnerOptions & { bearer: string }): Promise<DemoPartner> {
  return startPartner(kind(bearer), options);
}
