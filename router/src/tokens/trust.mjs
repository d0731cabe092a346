// Whose tokens are accepted: our own issuer, and those of CLAY_ISSUERS (docs/identity.md; the kernel reads the same).
import { readFileSync } from 'node:fs';

const KEYS = ['issuer', 'audience', 'jwks_url', 'algorithms', 'token_types', 'require', 'claims', 'scopes', 'most', 'type'];
const CLAIMS = { subject: 'sub', scope: 'scope', name: ['name'], client: ['client_id', 'azp'] };
export const PASETO = 'v4.public';
const OURS = ['ES256', 'EdDSA', 'Ed25519', PASETO];
const OTHERS = ['ES256', 'RS256', 'PS256', 'EdDSA'];
const SYMMETRIC = /^(HS|none$)/i;

/** An issuer of `CLAY_ISSUERS` can't be used. */
export class TrustError extends Error {}

/** Our own issuer. */
export function ownIssuer({ issuer, jwksUrl, audience }) {
  return {
    issuer, jwksUrl, audiences: [audience], algorithms: OURS, types: ['at+jwt'], require: {}, claims: CLAIMS, scopes: {},
    most: null, own: true,
  }; // prettier-ignore
}

/**
 * The others.
 * @param {string | undefined} text JSON, or the name of a file that holds it
 * @throws {TrustError} with a sentence for people
 */
export function otherIssuers(text, own) {
  if (!text?.trim()) return [];
  const found = parse(text);
  if (!Array.isArray(found)) throw new TrustError('CLAY_ISSUERS must be a list of issuers');
  const issuers = found.map(understood);
  const names = [own, ...issuers.map(({ issuer }) => issuer)];
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice) throw new TrustError(`CLAY_ISSUERS: ${twice} is named twice, or is our own issuer`);
  return issuers;
}

function parse(text) {
  try {
    return JSON.parse(text.trimStart().startsWith('[') ? text : readFileSync(text, 'utf8'));
  } catch (error) {
    throw new TrustError(`CLAY_ISSUERS is neither JSON nor a file that holds it: ${error.message}`);
  }
}

function understood(said) {
  const unknown = Object.keys(said ?? {}).find((name) => !KEYS.includes(name));
  if (unknown) throw new TrustError(`CLAY_ISSUERS: there is no ${unknown}; there are ${KEYS.join(', ')}`);
  if (!URL.canParse(said?.issuer) || !said.audience?.length) {
    throw new TrustError('CLAY_ISSUERS: each has an issuer, which is an address, and an audience');
  }
  const algorithms = said.algorithms ?? OTHERS;
  const wrong = algorithms.find((name) => SYMMETRIC.test(name));
  if (wrong) throw new TrustError(`CLAY_ISSUERS: ${wrong} is not accepted`);
  return {
    issuer: said.issuer, jwksUrl: said.jwks_url ?? null, audiences: [said.audience].flat(), algorithms,
    types: said.token_types ?? ['at+jwt'], require: said.require ?? {}, claims: { ...CLAIMS, ...said.claims },
    scopes: said.scopes ?? {}, most: said.most ?? ['clay.read', 'clay.write'], own: false,
  }; // prettier-ignore
}
