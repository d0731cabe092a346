// Who calls: no token is an anonymous caller, a good one a principal, a bad one is refused.
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { refusal } from './errors.mjs';
import { judged } from './tokens/claims.mjs';
import { KeysUnavailable, createKeys } from './tokens/keys.mjs';
import { openPaseto, readPaseto } from './tokens/paseto.mjs';
import { PASETO } from './tokens/trust.mjs';

const BEARER = /^Bearer +(\S+)$/i;
const LONGEST = 16 * 1024; // characters of a token
const REMEMBERED = 10_000; // tokens
const FRESH = 60_000; // milliseconds for which a signature is believed: its key may be withdrawn
// What jose throws that is not the token's fault.
const OF_THE_KEYS = [errors.JWKSTimeout, errors.JWKSInvalid];

/**
 * A function from an Authorization header to the caller (`sub`, `scope`, `exp`), or null where there is no header.
 * Access tokens are JWTs of RFC 9068 or PASETO v4.public, of any of the `trusted` issuers. It throws UNAUTHENTICATED (401)
 * for a token that is not good and UNAVAILABLE (503) where the issuer's keys can't be had, so that a caller knows
 * whether to try again. Whether a principal was disabled, the subgraphs say.
 */
export function createIdentity({ trusted }, log) {
  const trusts = new Map(trusted.map((trust) => [trust.issuer, { ...trust, keys: createKeys(trust) }]));
  const seen = new Map(); // tokens whose signature was right; what they say is judged each time
  return async function callerOf(authorization) {
    if (!authorization) return null;
    const token = BEARER.exec(authorization)?.[1];
    if (!token || token.length > LONGEST) throw refused();
    try {
      const known = seen.get(token);
      const { claims, trust } = known?.until > performance.now() ? known : remember(seen, token, await verified(token, trusts));
      return judged(claims, trust);
    } catch (error) {
      if (!isOfTheKeys(error)) throw refused();
      log.error('the keys of the issuer can not be had', { message: error.message });
      throw refusal('UNAVAILABLE', 'Tokens can not be checked now; try again', { status: 503 });
    }
  };
}

async function verified(token, trusts) {
  const said = saidOf(token);
  const trust = trusts.get(said.iss);
  if (!trust?.algorithms.includes(said.alg) || typeof said.kid !== 'string') throw new Error('not trusted');
  if (said.alg === PASETO) return { claims: await opened(token, said.kid, trust), trust };
  if (!trust.types.includes(said.typ)) throw new Error('no access token');
  const { payload } = await jwtVerify(token, await trust.keys.of(), { algorithms: [said.alg], clockTolerance: 5 });
  return { claims: payload, trust };
}

// What it says of itself, before anybody has looked at its signature.
function saidOf(token) {
  try {
    return token.startsWith(`${PASETO}.`) ? readPaseto(token) : readJwt(token);
  } catch (error) {
    throw new errors.JWSInvalid(error.message); // whatever was thrown: it is the token's fault
  }
}

function readJwt(token) {
  const { alg, kid, typ = '' } = decodeProtectedHeader(token);
  return { alg, kid, typ: typ.toLowerCase().replace(/^application\//, ''), iss: decodeJwt(token).iss };
}

async function opened(token, kid, trust) {
  const key = await trust.keys.named(kid);
  if (key?.alg !== PASETO) throw new Error('no key for it');
  return openPaseto(token, key);
}

function remember(seen, token, value) {
  if (seen.size >= REMEMBERED) seen.delete(seen.keys().next().value);
  seen.set(token, { ...value, until: performance.now() + FRESH });
  return value;
}

function isOfTheKeys(error) {
  if (error instanceof KeysUnavailable || OF_THE_KEYS.some((kind) => error instanceof kind)) return true;
  // A connection that is refused is a TypeError of fetch, and an answer that is no set of keys a bare JOSEError.
  return (error instanceof TypeError && 'cause' in error) || error.constructor === errors.JOSEError;
}

function refused() {
  return refusal('UNAUTHENTICATED', 'The access token is not valid', {
    status: 401,
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  });
}

/** Over HTTP the caller is known before the body is read; over WebSockets since the connection began. */
export function useIdentity(callerOf) {
  return {
    async onRequestParse({ request, serverContext }) {
      serverContext.caller ??= await callerOf(request.headers.get('authorization'));
    },
  };
}
