// The demo hospital scheduler: POST /api/v1/reserveBeds with { token, bedCap, start, priority } (origin.md §4).
import { type DemoPartner, type PartnerKind, type PartnerOptions, sameSecret, startPartner } from './partner-server.ts';

const kind = (token: string): PartnerKind => ({
  name: 'hospital',
  usualPort: 7001,
  path: '/api/v1/reserveBeds',
  methods: ['POST'],
  listPath: '/api/v1/reservations',
  body: {
    type: 'object',
    required: ['token', 'bedCap', 'priority'],
    additionalProperties: false,
    properties: {
      token: { type: 'string' },
      bedCap: { type: 'integer', minimum: 0 },
      start: { type: ['string', 'null'] },
      priority: { enum: ['LOW', 'NORMAL', 'HIGH'] },
    },
  },
  isAuthorized: ({ body }) => sameSecret((body as { token?: unknown } | null)?.token, token),
  describe: ({ bedCap, start }) => `reserveBeds bedCap ${bedCap} from ${start ?? 'now'}`,
  keep: ({ token: _token, ...reservation }) => reservation,
});

export function startHospital({ token, ...options }: PartnerOptions & { token: string }): Promise<DemoPartner> {
  return startPartner(kind(token), options);
}
