// Who calls: no token is an anonymous caller, a good one a principal, a bad one is refused.
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { refusal } from './errors.mjs';

const BEARER = /^Bearer +(\S+)$/i;
const OF_THE_TOKEN = [
  errors.JWTClaimValidationFailed,
  errors.JWTExpired,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
];

/**
 * A function from an Authorization header to the caller's claims, or null where there is no header.
 * Access tokens are ES256 JWTs of RFC 9068 (`typ` at+jwt). It throws UNAUTHENTICATED (401) for a token that is not
 * good and UNAVAILABLE (503) where the issuer's keys can't be had, so that a caller knows whether to try again.
 */
export function createIdentity({ jwksUrl, issuer, audience }, log) {
  const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: 2000, cooldownDuration: 5000 });
  const demands = {
    issuer,
    audience,
    typ: 'at+jwt',
    algorithms: ['ES256'],
    requiredClaims: ['sub', 'exp', 'iat'],
    clockTolerance: 5,
  };
  return async function callerOf(authorization) {
    if (!authorization) return null;
    const token = BEARER.exec(authorization)?.[1];
    if (!token) throw refused();
    try {
      return (await jwtVerify(token, keys, demands)).payload;
    } catch (error) {
      if (OF_THE_TOKEN.some((kind) => error instanceof kind)) throw refused();
      log.error('the keys of the issuer can not be had', { jwksUrl, message: error.message });
      throw refusal('UNAVAILABLE', 'Tokens can not be checked now; try again', { status: 503 });
    }
  };
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
