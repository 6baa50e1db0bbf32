// Whether a trace that begins here is recorded: OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG, as OpenTelemetry has them. One
// that comes with a parent follows it, whatever the sampler (`parentbased_` or not): a part of a trace is of use to nobody.
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type SamplerName = (typeof SAMPLERS)[number];

/** How many of the last digits of a trace id are looked at: as many as a number holds exactly. */
const DIGITS = 13;

/** @param ratio from 0 to 1 */
export function isRootSampled(
  { sampler, ratio }: { readonly sampler: string; readonly ratio: number },
  traceId: string,
): boolean {
  if (sampler.endsWith('always_off')) return false;
  // By the id itself, so that every program that meets it decides alike.
  return sampler.endsWith('always_on') || Number.parseInt(traceId.slice(-DIGITS), 16) < ratio * 16 ** DIGITS;
}
