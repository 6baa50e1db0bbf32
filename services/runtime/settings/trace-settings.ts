// The settings of traces, by the names that OpenTelemetry has for them.
import { withoutCredentials } from '@ess/domain/text/masked-url.ts';
import { SAMPLERS } from '../trace/sampler.ts';
import type { TraceSettings } from '../trace/tracer.ts';
import type { Parse, ValuesOf } from './setting.ts';
import { choice, define, flag, text, URL_SHOWN } from './setting.ts';

const endpointThat =
  (remedy: string): Parse<string> =>
  (value) => {
    const url = URL.parse(value);
    return url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === ''
      ? value
      : { wrong: `must be an http or https URL without ? and #; ${remedy}` };
  };

/** A list: `wrong` may be a name too. */
type Pairs = ReadonlyArray<readonly [name: string, value: string]>;

/** `name=value,name=value`, percent-encoded, as OpenTelemetry has them (W3C Baggage); a comma too many is none. */
const pairs =
  (isValue: RegExp, shown: string): Parse<Pairs> =>
  (text) => {
    const members = text.split(',').filter((member) => member.trim() !== '');
    const found = members.map((member) => /^\s*([\w!#$%&'*.^`|~+-]+)\s*=\s*(.*?)\s*$/.exec(member));
    const read = found.map((pair) => [pair?.[1] ?? '', decoded(pair?.[2] ?? '')] as const);
    const isRight = !found.includes(null) && read.every(([, value]) => isValue.test(value));
    return isRight ? read : { wrong: `must be name=value, several separated by commas${shown}` };
  };

/** Without control characters: what is behind a line end would be another header. */
const headers = pairs(/^[\x20-\x7e]*$/, ', of printable ASCII when decoded (not shown here)');
const headerSecrets = (text: string) => {
  const read = headers(text);
  return 'wrong' in read ? [] : read.map(([, value]) => value);
};

const sampler: Parse<TraceSettings['sampler']> = (value) =>
  SAMPLERS.find((name) => name === value) ?? { wrong: `must be one of ${SAMPLERS.join(', ')}` };

const grpcIsNotSpoken: Parse<string> = (value) =>
  /^http\/(json|protobuf)$/.test(value)
    ? value
    : {
        wrong:
          'must be http/json (or http/protobuf, whose collectors take JSON too); take the HTTP port of the collector, 4318',
      };

const isTrue: Parse<boolean> = (value) => flag(value.toLowerCase());

const ratio: Parse<number> = (value) => {
  const number = value.trim() === '' ? Number.NaN : Number(value);
  return number >= 0 && number <= 1 ? number : { wrong: 'must be a number from 0 to 1' };
};

export const TRACE_SETTINGS = {
  OTEL_EXPORTER_OTLP_ENDPOINT: define({
    description:
      'Collector that spans are sent to (OTLP over HTTP, JSON), e.g. http://localhost:4318; /v1/traces is put behind it; not set: none are made',
    ...URL_SHOWN,
    parse: endpointThat('/v1/traces is put behind it'),
  }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: define({
    description: 'The same with its path, e.g. http://localhost:4318/v1/traces; goes before the other',
    ...URL_SHOWN,
    parse: endpointThat('nothing is put behind it'),
  }),
  OTEL_EXPORTER_OTLP_HEADERS: define({
    description: 'Headers that the collector asks for, name=value, separated by commas',
    secret: true,
    secrets: headerSecrets,
    parse: headers,
  }),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: define({
    description: 'More of them; one of the same name goes before the other',
    secret: true,
    secrets: headerSecrets,
    parse: headers,
  }),
  OTEL_EXPORTER_OTLP_PROTOCOL: define({
    description: 'http/json is what is spoken; http/protobuf is taken for it, grpc is refused',
    default: 'http/json',
    parse: grpcIsNotSpoken,
  }),
  OTEL_TRACES_EXPORTER: define({
    description: 'otlp, or none: no spans are made',
    default: 'otlp',
    parse: choice('otlp', 'none'),
  }),
  OTEL_SDK_DISABLED: define({ description: 'true = no spans are made', default: 'false', parse: isTrue }),
  OTEL_SERVICE_NAME: define({
    description: 'What spans call the service; default: ess- and the program, e.g. ess-worker',
    parse: text,
  }),
  OTEL_RESOURCE_ATTRIBUTES: define({
    description: 'What else spans say of it, name=value, separated by commas, e.g. deployment.environment.name=prod',
    parse: pairs(/^/, ', a comma in a value as %2C'),
  }),
  OTEL_TRACES_SAMPLER: define({
    description:
      'Which traces that begin here are recorded: parentbased_always_on, _always_off or _traceidratio; others follow who began them',
    default: 'parentbased_always_on',
    parse: sampler,
  }),
  OTEL_TRACES_SAMPLER_ARG: define({
    description: 'Share of them for parentbased_traceidratio, from 0 to 1',
    default: '1',
    parse: ratio,
  }),
  TRACEPARENT: define({
    description: 'The trace that ess publish goes on with (W3C traceparent); not set: each rule begins one',
    parse: text,
  }),
  TRACESTATE: define({ description: 'Its tracestate', parse: text }),
};

export function tracingOf(values: ValuesOf<typeof TRACE_SETTINGS>): TraceSettings {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_SERVICE_NAME: service, TRACEPARENT: parent } = values;
  const whole = values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? base?.replace(/\/*$/, '/v1/traces');
  const isOff = values.OTEL_SDK_DISABLED || values.OTEL_TRACES_EXPORTER === 'none';
  const { url, authorization } = whole === undefined || isOff ? {} : withoutCredentials(whole);
  return {
    ...(url !== undefined && { endpoint: url }),
    headers: {
      ...(authorization !== undefined && { authorization }),
      ...byLowerName(values.OTEL_EXPORTER_OTLP_HEADERS),
      ...byLowerName(values.OTEL_EXPORTER_OTLP_TRACES_HEADERS),
    },
    resource: {
      ...Object.fromEntries(values.OTEL_RESOURCE_ATTRIBUTES ?? []),
      ...(service !== undefined && { 'service.name': service }),
    },
    sampler: values.OTEL_TRACES_SAMPLER ?? 'parentbased_always_on',
    ratio: values.OTEL_TRACES_SAMPLER_ARG ?? 1,
    ...(parent !== undefined && { parent: { traceparent: parent, tracestate: values.TRACESTATE } }),
  };
}

/** Of two that differ in capitals alone the later one counts. */
const byLowerName = (named: Pairs = []) =>
  Object.fromEntries(named.map(([name, value]) => [name.toLowerCase(), value]));

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone % is one
  }
}
