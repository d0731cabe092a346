// PASETO v4.public (version 4 of the specification): Ed25519 over the message, its footer, and what is not in it.
import { createPublicKey, verify } from 'node:crypto';
import { PASETO } from './trust.mjs';

const HEADER = Buffer.from(`${PASETO}.`);
const IMPLICIT = Buffer.from('mediaclay access token'); // as the kernel's tokens/formats.py
const SIGNATURE = 64;
const TIMES = ['exp', 'iat', 'nbf'];

/** What a token says of itself, its signature unseen: `kid`, `iss`. Throws for what is no token. */
export function readPaseto(token) {
  const { message, footer } = parts(token);
  return { alg: PASETO, typ: '', kid: JSON.parse(footer).kid, iss: JSON.parse(message).iss };
}

/** The claims that the key (a JWK) has signed, times in seconds. Throws where it has not. */
export function openPaseto(token, jwk) {
  const { message, signature, footer } = parts(token);
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: jwk.x }, format: 'jwk' });
  if (!verify(null, authenticated([HEADER, message, footer, IMPLICIT]), key, signature)) throw new Error('not signed so');
  const claims = JSON.parse(message);
  for (const name of TIMES) if (claims[name] !== undefined) claims[name] = seconds(claims[name]);
  return claims;
}

function parts(token) {
  const [, , payload, footer, ...more] = token.split('.');
  const signed = decoded(payload);
  if (more.length || signed.length <= SIGNATURE) throw new Error('no token');
  return { message: signed.subarray(0, -SIGNATURE), signature: signed.subarray(-SIGNATURE), footer: decoded(footer) };
}

function decoded(text) {
  const bytes = Buffer.from(text ?? '', 'base64url');
  if (bytes.toString('base64url') !== text) throw new Error('no base64url');
  return bytes;
}

// Pre-authentication encoding: the number of the pieces, then each behind its length, so that none runs into the next.
function authenticated(pieces) {
  const encoded = pieces.flatMap((piece) => [length(piece.length), piece]);
  return Buffer.concat([length(pieces.length), ...encoded]);
}

function length(number) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(number));
  return bytes;
}

function seconds(text) {
  if (!/(Z|[+-]\d\d:\d\d)$/.test(text)) throw new Error('a time without its zone');
  return Date.parse(text) / 1000;
}
