// Through a proxy, over real sockets: the tunnel, who may ask for it, and whose trouble it is when there is none.

import { issueCertificate } from '@ess/infra/demo/certificate.ts';
import { viaOf } from '@ess/runtime/access/tunnel.ts';
import { HttpProxy } from '@ess/test/fakes/http-proxy.ts';
import { FakePartner } from '@ess/test/fakes/partner.ts';
import { TlsPartner } from '@ess/test/fakes/tls-partner.ts';
import { clientCredentials } from '@ess/test/harness/data/client-credentials.ts';
import { closeSenders, openSender, post } from '@ess/test/harness/data/sender.ts';
import { afterEach, describe, expect, test } from '@jest/globals';
import { OAuthToken } from './token/oauth-token.ts';

const authority = issueCertificate({ commonName: 'county authority' });
const certificate = issueCertificate({ commonName: 'partner', issuer: authority });
const tls = { ca: authority.cert };
const LOCAL = ['127.0.0.0/8', '::1/128'];
const named = (proxy: HttpProxy, authorization?: string) => ({
  url: proxy.url,
  isJudged: true,
  ...(authorization && { authorization }),
});
const unreachable = (told: RegExp) => ({ kind: 'unreachable', code: expect.stringMatching(told) });

afterEach(closeSenders);

describe('the partner is reached', () => {
  test('through an http proxy, with TLS of its own inside of the tunnel', async () => {
    await using partner = await TlsPartner.start(certificate);
    await using proxy = await HttpProxy.start();
    const sender = openSender(partner.url, { tls, proxy: named(proxy), connections: 1 });
    for (let n = 0; n < 3; n += 1) expect(await post(sender).answer).toEqual({ kind: 'answered', status: 204 });
    expect(proxy.asked).toEqual([{ target: `localhost:${partner.port}`, authorization: undefined }]);
    expect(partner.received.map(({ text }) => text)).toEqual(Array(3).fill('{"bedCap":10}'));
    expect(partner.received[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  test('through an https proxy of a private authority', async () => {
    await using partner = await TlsPartner.start(certificate);
    await using proxy = await HttpProxy.start(issueCertificate({ commonName: 'proxy', issuer: authority }));
    const sender = openSender(partner.url, { tls, proxy: named(proxy) });
    expect(await post(sender).answer).toEqual({ kind: 'answered', status: 204 });
    expect(proxy.asked).toHaveLength(1);
  });

  test('without TLS of its own, where the connector lists it', async () => {
    await using partner = await FakePartner.start();
    await using proxy = await HttpProxy.start();
    expect(await post(openSender(partner.url, { proxy: named(proxy) })).answer).toMatchObject({ status: 200 });
    expect(proxy.asked).toEqual([{ target: `127.0.0.1:${partner.port}`, authorization: undefined }]);
  });

  test('with user and password, which go to the proxy alone', async () => {
    await using partner = await TlsPartner.start(certificate);
    await using proxy = await HttpProxy.start();
    const right = `Basic ${btoa('ess:planted-pass')}`;
    proxy.refuse = ({ authorization }) => (authorization === right ? undefined : 407);
    const answer = (authorization?: string) =>
      post(openSender(partner.url, { tls, proxy: named(proxy, authorization) })).answer;
    expect(await answer(right)).toEqual({ kind: 'answered', status: 204 });
    expect(JSON.stringify(partner.received)).not.toContain(btoa('ess:planted-pass'));
    expect(await answer()).toEqual(unreachable(/^ESS_PROXY_LOGIN: .* wants a user and a password \(407\)/));
    const wrong = await answer(`Basic ${btoa('ess:planted-wrong')}`);
    expect(wrong).toEqual(unreachable(/^ESS_PROXY_LOGIN: .* does not take this user and password \(407\)$/));
    expect(JSON.stringify(wrong)).not.toMatch(/planted|ess:|Basic/);
  });

  test('and so is its token endpoint', async () => {
    await using endpoint = await TlsPartner.start(certificate);
    await using proxy = await HttpProxy.start();
    const credentials = clientCredentials(`${endpoint.url}token`);
    const via = viaOf(named(proxy), LOCAL, tls.ca);
    const get = () => new OAuthToken({ credentials, allow: LOCAL, tls, via }).get();
    await expect(get()).rejects.toThrow('token endpoint answered 204');
    expect(proxy.asked).toEqual([{ target: `localhost:${endpoint.port}`, authorization: undefined }]);
    expect(endpoint.received[0]?.text).toBe('grant_type=client_credentials');
    proxy.refuse = () => 403;
    await expect(get()).rejects.toThrow(/^token endpoint .*: ESS_PROXY_REFUSED: the proxy .* answered 403/);
  });
});

describe('there is no way', () => {
  test.each<readonly [status: number, told: RegExp]>([
    [
      403,
      /^ESS_PROXY_REFUSED: the proxy http:\/\/localhost:\d+ answered 403 to CONNECT localhost:\d+: let it open tunnels/,
    ],
    [404, /^ESS_PROXY_REFUSED: .* answered 404 .*: is it a proxy\?$/],
    [502, /^ESS_PROXY_REFUSED: .* answered 502 .*: it does not reach the partner$/],
  ])('the proxy answers %i', async (status, told) => {
    await using partner = await TlsPartner.start(certificate);
    await using proxy = await HttpProxy.start();
    proxy.refuse = () => status;
    expect(await post(openSender(partner.url, { tls, proxy: named(proxy) })).answer).toEqual(unreachable(told));
    expect(partner.received).toEqual([]);
  });

  test('nobody is there', async () => {
    const proxy = await HttpProxy.start();
    const sender = openSender('https://partner.example/', { proxy: named(proxy) });
    await proxy[Symbol.asyncDispose]();
    expect(await post(sender).answer).toEqual(
      unreachable(/^ESS_PROXY_UNREACHABLE: the proxy .* is not reached: ECONNREFUSED$/),
    );
  });

  test('the certificate of the proxy is not trusted: it is told whose it is', async () => {
    await using proxy = await HttpProxy.start(issueCertificate({ commonName: 'proxy' }));
    const { answer } = post(openSender('https://partner.example/', { tls, proxy: named(proxy) }));
    expect(await answer).toEqual(unreachable(/^ESS_PROXY_UNREACHABLE: the proxy .*DEPTH_ZERO_SELF_SIGNED_CERT: /));
    expect(proxy.asked).toEqual([]);
  });

  test('the certificate behind the tunnel is not trusted', async () => {
    await using partner = await TlsPartner.start(issueCertificate({ commonName: 'somebody' }));
    await using proxy = await HttpProxy.start();
    const { answer } = post(openSender(partner.url, { tls, proxy: named(proxy) }));
    expect(await answer).toEqual(unreachable(/^DEPTH_ZERO_SELF_SIGNED_CERT: /));
    expect(partner.received).toEqual([]);
  });
});

describe('addresses', () => {
  test('one that the url names is judged as without a proxy', async () => {
    await using proxy = await HttpProxy.start();
    const sender = openSender('https://169.254.169.254/', { proxy: named(proxy) });
    expect(await post(sender).answer).toEqual(unreachable(/^ESS_ADDRESS_REFUSED$/));
    expect(proxy.asked).toEqual([]);
  });

  test('a proxy that the connector names is reached where the connector may, that of the environment wherever it is', async () => {
    await using partner = await TlsPartner.start(certificate);
    await using proxy = await HttpProxy.start();
    const ask = (isJudged: boolean) => {
      const route = { tls, allow: ['10.0.0.0/8'], proxy: { url: proxy.url, isJudged } };
      return post(openSender(partner.url, route)).answer;
    };
    expect(await ask(true)).toEqual(unreachable(/^ESS_PROXY_UNREACHABLE: .*ESS_PLAIN_HTTP_REFUSED$/));
    expect(proxy.asked).toEqual([]);
    expect(await ask(false)).toEqual({ kind: 'answered', status: 204 });
  });
});
