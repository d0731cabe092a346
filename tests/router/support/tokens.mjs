// An issuer of access tokens: publishes its keys by HTTP, signs with them.
import { once } from 'node:events';
import http from 'node:http';
import { jose } from './packages.mjs';

const AUDIENCE = 'mediaclay';

/**
 * @returns its `settings` for the router; `sign(claims, header)`, a token that is good unless claims or header say
 *   otherwise; `foreign()`, a token by a key that nobody published; `asked`, how often the keys were fetched;
 *   `stop()` and `start()`
 */
export async function startIssuer() {
  const { publicKey, privateKey } = await jose.generateKeyPair('ES256', { extractable: true });
  const stranger = await jose.generateKeyPair('ES256');
  const keys = { keys: [{ ...(await jose.exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] };
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

/** A token that says of itself that it needs no signature. */
export function unsigned(iss) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  return `${part({ alg: 'none', typ: 'at+jwt' })}.${part({ iss, sub: 'x', aud: AUDIENCE, iat: now, exp: now + 300 })}.`;
}
