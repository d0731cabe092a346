// An OpenID provider that is not ours: `node provider.mjs PORT`. It signs in whoever types any password.
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { ...privateKey.export({ format: 'jwk' }), kid: 'second', alg: 'ES256', use: 'sig' };
const GRAPH = 'https://graph.example/';

const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: { keys: [key] },
  clients: [
    {
      client_id: 'app', client_name: 'An application', token_endpoint_auth_method: 'none',
      redirect_uris: ['https://app.example/back'], response_types: ['code'],
      grant_types: ['authorization_code', 'refresh_token'], id_token_signed_response_alg: 'ES256',
    },
    {
      client_id: 'robot', client_secret: 'a-secret-of-the-second-provider', redirect_uris: [], response_types: [],
      grant_types: ['client_credentials'], id_token_signed_response_alg: 'ES256',
    },
  ], // prettier-ignore
  scopes: ['openid', 'profile', 'offline_access', 'clay.read', 'clay.write', 'clay.admin'],
  claims: { openid: ['sub'], profile: ['name'] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: `${id} of elsewhere` }) }),
  extraTokenClaims: (_, token) => (token.accountId ? { name: `${token.accountId} of elsewhere` } : {}),
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => GRAPH,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'clay.read clay.write clay.admin', audience: 'second-audience', accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }), // prettier-ignore
    },
  },
  rotateRefreshToken: true,
  cookies: { keys: ['a key of the tests'] },
});
provider.listen(port, '127.0.0.1', () => process.stdout.write('ready\n'));
