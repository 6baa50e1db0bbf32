// The demo county EMS: PUT or POST /v2/holds with { resource, capacity, from } and a bearer token. Hears of the same
// rules as the hospital, in other words.
import { type DemoPartner, type PartnerKind, type PartnerOptions, sameSecret, startPartner } from './partner-server.ts';

const kind = (bearer: string): PartnerKind => ({
  name: 'county-ems',
  usualPort: 7002,
  path: '/v2/holds',
  methods: ['PUT', 'POST'],
  listPath: '/v2/holds',
  body: {
    type: 'object',
    required: ['resource', 'capacity'],
    additionalProperties: false,
    properties: {
      resource: { type: 'string', pattern: '^resource_[0-9]+$' },
      capacity: { type: 'integer', minimum: 0 },
      from: { type: ['string', 'null'] },
    },
  },
  isAuthorized: ({ headers }) => sameSecret(headers.authorization, `Bearer ${bearer}`),
  describe: ({ resource, capacity, from }) => `hold ${resource} capacity ${capacity} from ${from ?? 'now'}`,
  keep: (hold) => hold,
});

export function startCountyEms({ bearer, ...options }: PartnerOptions & { bearer: string }): Promise<DemoPartner> {
  return startPartner(kind(bearer), options);
}
