// An issuer's keys, kept in memory, and asked for as seldom as can be.
import { createRemoteJWKSet } from 'jose';

const WITHIN = 2000; // milliseconds
const COOLDOWN = 5000; // milliseconds between two fetches, however many unknown keys are named
const AFTER_FAILURE = 1000; // milliseconds for which nobody asks again where nothing could be had

/** The keys can't be had now: no fault of the token. */
export class KeysUnavailable extends Error {}

/** `of()` is jose's set of keys; `named(kid)` a key as JWK, or undefined. Both throw `KeysUnavailable`. */
export function createKeys({ issuer, jwksUrl }) {
  let set = jwksUrl ? remote(jwksUrl) : null;
  let failed = -Infinity;

  async function of() {
    set ??= remote(await discovered());
    return set;
  }

  async function discovered() {
    if (performance.now() - failed < AFTER_FAILURE) throw new KeysUnavailable(issuer);
    try {
      const address = `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
      const answer = await fetch(address, { signal: AbortSignal.timeout(WITHIN), redirect: 'error' });
      const said = await answer.json();
      if (said.issuer !== issuer || !URL.canParse(said.jwks_uri)) throw new Error('it is another issuer\'s');
      return said.jwks_uri;
    } catch (error) {
      failed = performance.now();
      throw new KeysUnavailable(error.message);
    }
  }

  async function named(kid) {
    const keys = await of();
    const find = () => keys.jwks()?.keys.find((key) => key.kid === kid);
    if (find() || (keys.jwks() && keys.coolingDown)) return find();
    try {
      await keys.reload();
    } catch (error) {
      throw new KeysUnavailable(error.message);
    }
    return find();
  }
  return { of, named };
}

function remote(url) {
  return createRemoteJWKSet(new URL(url), { timeoutDuration: WITHIN, cooldownDuration: COOLDOWN });
}
