// The settings of traces, by the names that OpenTelemetry has for them.
import { maskedUrl, urlSecrets, withoutCredentials } from '@ess/domain/text/masked-url.ts';
import { SAMPLERS } from '../trace/sampler.ts';
import type { TraceSettings } from '../trace/tracer.ts';
import type { Parse, Setting } from './setting.ts';

const endpoint: Parse<string> = (value) => {
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === ''
    ? value
    : { wrong: 'must be an http or https URL without ? and #; /v1/traces is put behind it' };
};

/** `name=value,name=value`, percent-encoded, as OpenTelemetry has them (W3C Baggage). */
const headers: Parse<Readonly<Record<string, string>>> = (value) => {
  const pairs = value.split(',').map((pair) => /^\s*([\w!#$%&'*.^`|~+-]+)\s*=\s*(.*?)\s*$/.exec(pair));
  if (pairs.includes(null)) return { wrong: 'must be name=value, several separated by commas (not shown here)' };
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', decoded(pair?.[2] ?? '')]));
};

const sampler: Parse<TraceSettings['sampler']> = (value) =>
  SAMPLERS.find((name) => name === value) ?? { wrong: `must be one of ${SAMPLERS.join(', ')}` };

const ratio: Parse<number> = (value) => {
  const number = value.trim() === '' ? Number.NaN : Number(value);
  return number >= 0 && number <= 1 ? number : { wrong: 'must be a number from 0 to 1' };
};

export const TRACE_SETTINGS = {
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    description:
      'Collector that spans are sent to (OTLP over HTTP), e.g. http://localhost:4318; not set: none are made',
    show: maskedUrl,
    secrets: urlSecrets,
    parse: endpoint,
  } satisfies Setting<string>,
  OTEL_EXPORTER_OTLP_HEADERS: {
    description: 'Headers that the collector asks for, name=value, separated by commas',
    secret: true,
    secrets: (text: string) => {
      const read = headers(text);
      return 'wrong' in read ? [] : Object.values(read);
    },
    parse: headers,
  } satisfies Setting<Readonly<Record<string, string>>>,
  OTEL_TRACES_SAMPLER: {
    description:
      'Which traces that begin here are recorded: parentbased_always_on, _always_off or _traceidratio; others follow who began them',
    default: 'parentbased_always_on',
    parse: sampler,
  } satisfies Setting<TraceSettings['sampler']>,
  OTEL_TRACES_SAMPLER_ARG: {
    description: 'Share of them for parentbased_traceidratio, from 0 to 1',
    default: '1',
    parse: ratio,
  } satisfies Setting<number>,
};

interface TraceValues {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_HEADERS?: Readonly<Record<string, string>> | undefined;
  readonly OTEL_TRACES_SAMPLER?: TraceSettings['sampler'] | undefined;
  readonly OTEL_TRACES_SAMPLER_ARG?: number | undefined;
}

export function tracingOf(values: TraceValues): TraceSettings {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: given, OTEL_EXPORTER_OTLP_HEADERS: named = {} } = values;
  const { url, authorization } = given === undefined ? {} : withoutCredentials(given);
  return {
    ...(url !== undefined && { endpoint: url }),
    headers: { ...(authorization !== undefined && { authorization }), ...named },
    sampler: values.OTEL_TRACES_SAMPLER ?? 'parentbased_always_on',
    ratio: values.OTEL_TRACES_SAMPLER_ARG ?? 1,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone % is one
  }
}
