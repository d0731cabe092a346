// What the environment says to the router. A misspelt or unfit setting stops the start with a sentence.
import path from 'node:path';
import { TrustError, otherIssuers, ownIssuer } from './tokens/trust.mjs';

const KNOWN = ['CLAY_ROUTER_HOST', 'CLAY_ROUTER_PORT', 'CLAY_ROUTER_URL'];
const LEVELS = ['debug', 'info', 'warning', 'error'];

/** A setting is wrong: the message is for people, the exit code is 2. */
export class SettingsError extends Error {
  exitCode = 2;
}

/**
 * Settings from the environment.
 * @returns {Readonly<{host: string, port: number, supergraph: string, trusted: object[], logLevel: string,
 *   exitWithParent: boolean}>} `supergraph` is an absolute path, `trusted` the issuers whose tokens are accepted
 * @throws {SettingsError} naming the variable that does not fit
 */
export function readSettings(env = process.env) {
  refuseUnknown(env);
  const issuer = (env.CLAY_ISSUER || 'http://127.0.0.1:4003').replace(/\/+$/, '');
  return Object.freeze({
    host: env.CLAY_ROUTER_HOST || '127.0.0.1',
    port: portOf(env.CLAY_ROUTER_PORT || '4000'),
    supergraph: path.resolve(env.CLAY_SUPERGRAPH || '.clay/supergraph.graphql'),
    trusted: trustedOf(env, env.CLAY_ISSUER || issuer, `${issuer}/.well-known/jwks.json`),
    logLevel: levelOf((env.CLAY_LOG_LEVEL || 'info').toLowerCase()),
    exitWithParent: env.CLAY_EXIT_WITH_PARENT === '1',
  });
}

function trustedOf(env, issuer, keys) {
  const jwksUrl = urlOf('CLAY_JWKS_URL', env.CLAY_JWKS_URL || keys);
  try {
    const own = ownIssuer({ issuer, jwksUrl, audience: env.CLAY_AUDIENCE || 'mediaclay' });
    return [own, ...otherIssuers(env.CLAY_ISSUERS, issuer)];
  } catch (error) {
    throw error instanceof TrustError ? new SettingsError(`${error.message}.`) : error;
  }
}

// The other CLAY_* names belong to the subgraphs, which share our environment: `clay` checks those.
function refuseUnknown(env) {
  for (const name of Object.keys(env).sort()) {
    if (!name.startsWith('CLAY_ROUTER_') || KNOWN.includes(name)) continue;
    throw new SettingsError(`Unknown setting ${name}; did you mean ${nearest(name)}?`);
  }
}

function portOf(text) {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65536) return port;
  throw new SettingsError(`CLAY_ROUTER_PORT must be a port number, not "${text}".`);
}

function urlOf(name, text) {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new SettingsError(`${name} must be an http or https address, not "${text}".`);
}

function levelOf(text) {
  if (LEVELS.includes(text)) return text;
  throw new SettingsError(`CLAY_LOG_LEVEL must be one of ${LEVELS.join(', ')}, not "${text}".`);
}

function nearest(name) {
  const distances = KNOWN.map((known) => [distance(name, known), known]);
  return distances.sort(([a], [b]) => a - b)[0][1];
}

// Levenshtein's distance, one row at a time.
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
