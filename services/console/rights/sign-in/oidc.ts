// Signing in at an OpenID Connect issuer: the code flow with PKCE, state and nonce. The issuer is asked for its addresses when the first
// person comes, so that a console starts while it is away.
import type { OidcSettings } from '@ess/runtime/settings/console-settings.ts';
import type { Configuration } from 'openid-client';
import * as client from 'openid-client';
import type { Leaving } from '../session.ts';
import type { Person } from '../who.ts';
import { isPersonsName } from '../who.ts';

/** So long the issuer has for each answer, s. */
const TIMEOUT_S = 10;

export class Oidc {
  readonly #settings: OidcSettings;
  #found: Promise<Configuration> | undefined;

  constructor(settings: OidcSettings) {
    this.#settings = settings;
  }

  /** @returns where to send the browser, and what it has to bring back @throws when the issuer does not answer */
  async leave(returnTo: string): Promise<{ readonly url: string; readonly leaving: Leaving }> {
    const config = await this.#config();
    const verifier = client.randomPKCECodeVerifier();
    const leaving = { state: client.randomState(), nonce: client.randomNonce(), verifier, returnTo };
    const { redirectUrl, scope } = this.#settings;
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUrl,
      scope,
      state: leaving.state,
      nonce: leaving.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, leaving };
  }

  /** @param query with which the browser came back @throws when the issuer has not let the person in, or somebody else's answer came */
  async comeBack(query: string, { state, nonce, verifier }: Leaving): Promise<Person> {
    const config = await this.#config();
    const at = new URL(this.#settings.redirectUrl);
    at.search = query;
    const tokens = await client.authorizationCodeGrant(config, at, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    const told = tokens.claims();
    if (!told) throw new Error('the issuer has not said who it is');
    // Many issuers put groups and names there alone.
    const more = config.serverMetadata().userinfo_endpoint
      ? await client.fetchUserInfo(config, tokens.access_token, told.sub)
      : {};
    const { iss, sub } = told;
    const claims = believed({ ...more, ...told });
    const wanted = claims[this.#settings.nameClaim];
    const name = [wanted, sub].find((one) => typeof one === 'string' && isPersonsName(one));
    if (name === undefined) throw new Error('the issuer calls them as nobody may be called here');
    return { name: String(name), issuer: iss, sub, claims };
  }

  #config(): Promise<Configuration> {
    if (this.#found) return this.#found;
    const { issuer, clientId, clientSecret } = this.#settings;
    // The setting takes http on this machine alone.
    const execute = issuer.startsWith('http:') ? [client.allowInsecureRequests] : [];
    const auth = clientSecret === undefined ? client.None() : undefined;
    const found = client.discovery(new URL(issuer), clientId, clientSecret, auth, { execute, timeout: TIMEOUT_S });
    found.catch(() => {
      this.#found = undefined;
    });
    this.#found = found;
    return found;
  }
}

/** An address that nobody has verified is nobody's: whoever types it at the issuer would have its rights. */
export function believed({ email, ...claims }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return claims['email_verified'] === true ? { ...claims, email } : claims;
}
