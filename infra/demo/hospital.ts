// The demo hospital scheduler: POST /api/v1/reserveBeds with { token, bedCap, start, priority }.
// POST /api/v1/cancelBed frees a bed, and the hospital rings ESS's door.
import { type BellRing, ringDoorbell } from './doorbell.ts';
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

export interface Hospital extends DemoPartner {
  /** Where ESS's door is. */
  doorbell: string;
  /** A bed is cancelled: one more is free, and the agency hears of it. */
  cancelBed(): Promise<BellRing>;
}

/** Address of `ess inbound` on this machine, with the path that connectors/hospital gives it. */
const USUAL_DOORBELL = 'http://127.0.0.1:8083/webhook/bedChange';

export async function startHospital({
  token,
  doorbell = USUAL_DOORBELL,
  ...options
}: PartnerOptions & { token: string; doorbell?: string }): Promise<Hospital> {
  let bedsFree = 2;
  const cancelBed = async (): Promise<BellRing> => {
    bedsFree += 1;
    const rung = await ringDoorbell(hospital.doorbell, token, bedsFree);
    options.print?.(`hospital   → a bed is cancelled, bedsFree ${bedsFree} (${rung.id})`);
    return rung;
  };
  const partner = await startPartner({ ...kind(token), actions: { '/api/v1/cancelBed': cancelBed } }, options);
  const hospital: Hospital = Object.assign(partner, { doorbell, cancelBed });
  return hospital;
}
