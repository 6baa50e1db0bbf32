// The settings of OpenTelemetry that are read mean what they mean there.
import { expect, test } from '@jest/globals';
import { describeSettings, loadSettings } from './settings.ts';

const NO_STACK = '/absent.json';
const BASE = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };
const tracing = (env: Record<string, string>) => loadSettings(env, NO_STACK).tracing;
const refused = (name: string, value: string): string => {
  try {
    loadSettings({ ...BASE, [name]: value }, NO_STACK);
    return '';
  } catch (error) {
    return String(error);
  }
};

test.each([
  [{}, undefined],
  [BASE, 'http://collector:4318/v1/traces'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/tenant' }, 'http://collector:4318/tenant/v1/traces'],
  [{ ...BASE, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://spans:1/x' }, 'http://spans:1/x'],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://spans:1/x' }, 'http://spans:1/x'],
  [{ ...BASE, OTEL_SDK_DISABLED: 'TRUE' }, undefined],
  [{ ...BASE, OTEL_SDK_DISABLED: 'false' }, 'http://collector:4318/v1/traces'],
  [{ ...BASE, OTEL_TRACES_EXPORTER: 'none' }, undefined],
])('%j sends spans to %s', (env, endpoint) => {
  expect(tracing(env).endpoint).toBe(endpoint);
});

test('headers: of any name, decoded, those of traces before those of all, and credentials of the URL before neither', () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://me:secret@collector:4318',
    OTEL_EXPORTER_OTLP_HEADERS: 'wrong=yes, x-Key = a%2Cb%20c,,__proto__=p,authorization=Basic%20Zm9v,',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'X-Key=own',
  };
  const { headers } = tracing(env);
  expect(Object.entries(headers).sort()).toEqual([
    ['__proto__', 'p'],
    ['authorization', 'Basic Zm9v'],
    ['wrong', 'yes'],
    ['x-key', 'own'],
  ]);
  expect(loadSettings(env, NO_STACK).secrets).toEqual(expect.arrayContaining(['a,b c', 'own', 'secret']));
});

test('what spans say of the service: attributes, of which the name of the service is the one that is set for it', () => {
  const attributes = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=of-all,deployment.environment.name=prod%2C%20north' };
  expect(tracing(attributes).resource).toEqual({
    'service.name': 'of-all',
    'deployment.environment.name': 'prod, north',
  });
  expect(tracing({ ...attributes, OTEL_SERVICE_NAME: 'mine' }).resource['service.name']).toBe('mine');
});

test.each([
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', /must be an http or https URL/],
  ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'http://x/?key=1', /without \? and #; nothing is put behind it/],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'key', /must be name=value/],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'a b=c', /must be name=value/],
  ['OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'key=planted%0d%0aother: x', /printable ASCII when decoded/],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', /must be http\/json .*4318/],
  ['OTEL_TRACES_EXPORTER', 'console', /must be one of otlp, none/],
  ['OTEL_SDK_DISABLED', 'yes', /must be true or false/],
  ['OTEL_RESOURCE_ATTRIBUTES', 'prod', /must be name=value/],
  ['OTEL_TRACES_SAMPLER', 'jaeger_remote', /must be one of always_on/],
  ['OTEL_TRACES_SAMPLER_ARG', '2', /must be a number from 0 to 1/],
])('%s=%s is refused, and says what it must be', (name, value, told) => {
  expect(refused(name, value)).toMatch(new RegExp(`${name} .*${told.source}`));
  expect(refused(name, value)).not.toContain('planted');
});

test('the trace that a command goes on with is a setting like others', () => {
  expect(describeSettings({ TRACEPARENT: 'x' }, NO_STACK).filter(({ name }) => name.startsWith('TRACE'))).toMatchObject(
    [
      { name: 'TRACEPARENT', value: 'x', source: 'environment' },
      { name: 'TRACESTATE', value: '', source: 'not set' },
    ],
  );
  expect(tracing({ TRACEPARENT: 'x', TRACESTATE: 'a=1' }).parent).toEqual({ traceparent: 'x', tracestate: 'a=1' });
  expect(tracing({ TRACESTATE: 'a=1' }).parent).toBeUndefined();
});
