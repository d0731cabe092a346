// An issuer of access tokens: publishes its keys by HTTP, signs with them.
import { generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { jose } from './packages.mjs';

const AUDIENCE = 'mediaclay';

/**
 * @returns its `settings` for the router; `sign(claims, header)`, a token that is good unless claims or header say
 *   otherwise; `paseto(claims, parts)`, the same as PASETO; `foreign()`, a token by a key that nobody published; `asked`, how often the keys were fetched;
 *   `stop()` and `start()`
 */
export async function startIssuer() {
  const { publicKey, privateKey } = await jose.generateKeyPair('ES256', { extractable: true });
  const stranger = await jose.generateKeyPair('ES256');
  const keys = { keys: [{ ...(await jose.exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] };
  const forPaseto = generateKeyPairSync('ed25519');
  keys.keys.push({ ...forPaseto.publicKey.export({ format: 'jwk' }), kid: 'p1', alg: 'v4.public', use: 'sig' });
  const issuer = { asked: 0 };
  let server;
  let port = 0;
  issuer.start = async () => {
    server = http.createServer((_, response) => {
      issuer.asked += 1;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(keys));
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = server.address().port;
  };
  issuer.stop = async () => {
    server?.closeAllConnections();
    await new Promise((done) => (server ? server.close(done) : done()));
    server = null;
  };
  await issuer.start();
  issuer.url = `http://127.0.0.1:${port}`;
  issuer.settings = { CLAY_ISSUER: issuer.url, CLAY_AUDIENCE: AUDIENCE };
  issuer.sign = (claims = {}, header = {}, key = privateKey) => sign(issuer.url, claims, header, key);
  issuer.foreign = (header = {}) => sign(issuer.url, {}, header, stranger.privateKey);
  issuer.paseto = (claims, parts) => paseto(issuer.url, claims, forPaseto.privateKey, parts);
  issuer.bearer = async (claims, header) => ({ authorization: `Bearer ${await issuer.sign(claims, header)}` });
  return issuer;
}

function sign(iss, claims, header, key) {
  const now = Math.floor(Date.now() / 1000);
  const good = {
    iss,
    sub: '0190b6b0-0000-7000-8000-000000000001',
    aud: AUDIENCE,
    iat: now,
    exp: now + 300,
    scope: 'clay.read',
  };
  const payload = Object.fromEntries(Object.entries({ ...good, ...claims }).filter(([, value]) => value !== undefined));
  return new jose.SignJWT(payload).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k1', ...header }).sign(key);
}

// PASETO v4.public after its specification. `signed` is the footer that is signed, `footer` the one that is sent.
function paseto(iss, claims, key, { signed = { kid: 'p1' }, footer = signed, implicit = 'mediaclay access token' } = {}) {
  const now = Math.floor(Date.now() / 1000);
  const sub = '0190b6b0-0000-7000-8000-000000000001';
  const said = { iss, sub, aud: AUDIENCE, iat: now, exp: now + 300, scope: 'clay.read', ...claims };
  for (const name of ['iat', 'exp']) said[name] = new Date(said[name] * 1000).toISOString();
  const message = Buffer.from(JSON.stringify(said));
  const pieces = [Buffer.from('v4.public.'), message, Buffer.from(JSON.stringify(signed)), Buffer.from(implicit)];
  const counted = (number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32LE(number);
    return bytes;
  };
  const encoded = Buffer.concat([counted(4), ...pieces.flatMap((piece) => [counted(piece.length), piece])]);
  const payload = Buffer.concat([message, signBytes(null, encoded, key)]).toString('base64url');
  return `v4.public.${payload}.${Buffer.from(JSON.stringify(footer)).toString('base64url')}`;
}

/** A token that says of itself that it needs no signature. */
export function unsigned(iss) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  return `${part({ alg: 'none', typ: 'at+jwt' })}.${part({ iss, sub: 'x', aud: AUDIENCE, iat: now, exp: now + 300 })}.`;
}
