import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { readSettings } from '../../router/src/settings.mjs';
import { startGateway } from './support/processes.mjs';
import { unsigned } from './support/tokens.mjs';
import { startWorld } from './support/world.mjs';

describe('identity', () => {
  let world;
  before(async () => (world = await startWorld()));
  after(() => world.stop());
  beforeEach(() => [world.structure, world.identity].forEach((subgraph) => (subgraph.requests.length = 0)));

  const asked = () => world.structure.requests.length + world.identity.requests.length;

  test('a caller without a token is anonymous', async () => {
    const { status, body } = await world.router.ask('{ me }');
    assert.deepEqual([status, body], [200, { data: { me: 'nobody' } }]);
  });

  test('a good token goes on to the subgraph as it came', async () => {
    const headers = await world.issuer.bearer();
    const { body } = await world.router.ask('{ me }', { headers });
    assert.deepEqual(body, { data: { me: headers.authorization } });
  });

  const hour = 3600;
  const now = Math.floor(Date.now() / 1000);
  const bad = {
    'that is garbage': () => 'Bearer garbage',
    'that looks like one': () => 'Bearer a.b.c',
    'that looks like a PASETO': () => 'Bearer v4.public.b.c',
    'of another scheme': () => 'Basic dXNlcjpwYXNzd29yZA==',
    'that is empty': () => 'Bearer ',
    'that has expired': async (issuer) => `Bearer ${await issuer.sign({ iat: now - hour, exp: now - hour / 2 })}`,
    'that never expires': async (issuer) => `Bearer ${await issuer.sign({ exp: undefined })}`,
    'that is not valid yet': async (issuer) => `Bearer ${await issuer.sign({ nbf: now + hour })}`,
    'for another audience': async (issuer) => `Bearer ${await issuer.sign({ aud: 'elsewhere' })}`,
    'of another issuer': async (issuer) => `Bearer ${await issuer.sign({ iss: 'https://elsewhere.example' })}`,
    'of nobody': async (issuer) => `Bearer ${await issuer.sign({ sub: undefined })}`,
    'that is no access token': async (issuer) => `Bearer ${await issuer.sign({}, { typ: 'JWT' })}`,
    'with an unknown key': async (issuer) => `Bearer ${await issuer.foreign({ kid: 'k9' })}`,
    'signed by a stranger under a known key': async (issuer) => `Bearer ${await issuer.foreign()}`,
    'that is not signed': (issuer) => `Bearer ${unsigned(issuer.url)}`,
    'by which an actor would approve': async (issuer) =>
      `Bearer ${await issuer.sign({ scope: 'clay.approve', act: { sub: 'agent' } })}`,
    'by which an agent would approve': async (issuer) =>
      `Bearer ${await issuer.sign({ scope: 'clay.approve', ptype: 'AGENT' })}`,
    'with a chain of actors that is none': async (issuer) => `Bearer ${await issuer.sign({ act: 'root' })}`,
    'that is good for ever': async (issuer) => `Bearer ${await issuer.sign({ exp: now + 400 * 24 * hour })}`,
    'PASETO under another footer': (issuer) => `Bearer ${issuer.paseto({}, { footer: { kid: 'p1', more: 1 } })}`,
    'PASETO that has expired': (issuer) => `Bearer ${issuer.paseto({ iat: now - hour, exp: now - hour / 2 })}`,
    'PASETO for another audience': (issuer) => `Bearer ${issuer.paseto({ aud: 'elsewhere' })}`,
    'PASETO with an unknown key': (issuer) => `Bearer ${issuer.paseto({}, { signed: { kid: 'p9' } })}`,
    'PASETO by the key for JWT': (issuer) => `Bearer ${issuer.paseto({}, { signed: { kid: 'k1' } })}`,
    'PASETO made for another purpose': (issuer) => `Bearer ${issuer.paseto({}, { implicit: '' })}`,
    'that was changed': async (issuer) =>
      `Bearer ${(await issuer.sign()).replace(/\.[^.]+\./, `.${btoa('{"sub":"root"}')}.`)}`,
  };
  for (const [what, make] of Object.entries(bad)) {
    test(`a token ${what} is refused before any subgraph is asked`, async () => {
      const authorization = await make(world.issuer);
      const { status, headers, body } = await world.router.ask('{ me secret }', { headers: { authorization } });
      assert.equal(status, 401);
      assert.equal(headers.get('www-authenticate'), 'Bearer error="invalid_token"');
      assert.equal(body.data, undefined);
      assert.deepEqual(
        body.errors.map((error) => error.extensions),
        [{ code: 'UNAUTHENTICATED' }],
      );
      assert.equal(asked(), 0);
    });
  }

  test('a good PASETO is a principal, too', async () => {
    const { status, body } = await world.router.ask('{ me }', {
      headers: { authorization: `Bearer ${world.issuer.paseto()}` },
    });
    assert.equal(status, 200);
    assert.match(body.data.me, /^Bearer v4\.public\./);
  });

  test('tokens of another issuer are good where the settings say so, for what they say', async () => {
    const issuers = [
      { issuer: 'https://other.example', audience: 'graph', jwks_url: `${world.issuer.url}/keys`, token_types: ['jwt'],
        claims: { scope: 'realm_access.roles' }, scopes: { editor: ['clay.read', 'clay.write'], root: ['clay.admin'] } },
    ]; // prettier-ignore
    const settings = { ...world.issuer.settings, CLAY_SUPERGRAPH: world.supergraph, CLAY_ISSUERS: JSON.stringify(issuers) };
    const router = await startGateway(settings);
    try {
      const claims = { iss: 'https://other.example', aud: ['graph'], scope: undefined, realm_access: { roles: ['editor', 'root'] } };
      const good = await router.ask('{ me }', { headers: await world.issuer.bearer(claims, { typ: 'JWT' }) });
      assert.deepEqual([good.status, good.body.errors], [200, undefined]);
      const acting = { ...claims, act: { sub: 'agent' } };
      const bad = await router.ask('{ me }', { headers: await world.issuer.bearer(acting, { typ: 'JWT' }) });
      assert.equal(bad.status, 401);
    } finally {
      await router.stop();
    }
  });

  test('issuers that can not be used stop the start with a sentence', async () => {
    for (const [issuers, sentence] of [
      ['[{"issuer": "https://other.example"}]', /audience/],
      ['[{"issuer": "https://o.example", "audience": "a", "algorithms": ["HS256"]}]', /HS256 is not accepted/],
      ['[{"issuer": "https://o.example", "audience": "a", "audiences": "b"}]', /there is no audiences/],
      ['{}', /list of issuers|neither JSON/],
    ]) {
      assert.throws(() => readSettings({ CLAY_ISSUERS: issuers }), sentence);
    }
  });

  test('without the keys of the issuer a token is not refused but unavailable, and anonymous callers go on', async () => {
    const token = await world.issuer.bearer({ iss: 'http://127.0.0.1:1' });
    const router = await startGateway({ CLAY_ISSUER: 'http://127.0.0.1:1', CLAY_SUPERGRAPH: world.supergraph });
    try {
      const refused = await router.ask('{ me }', { headers: token });
      assert.deepEqual([refused.status, refused.body.errors[0].extensions], [503, { code: 'UNAVAILABLE' }]);
      assert.equal(asked(), 0);
      assert.deepEqual((await router.ask('{ me }')).body, { data: { me: 'nobody' } });
      assert.ok(router.log().some((line) => line.event.includes('keys of the issuer')));
    } finally {
      await router.stop();
    }
  });

  test('passes on the trace and the client, and nothing else that the caller sends', async () => {
    const sent = {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'vendor=1',
      'graphql-client-name': 'shop',
      'graphql-client-version': '1.2',
    };
    await world.router.ask('{ me }', { headers: { ...sent, cookie: 'session=1', 'x-forwarded-user': 'root' } });
    const { headers } = world.identity.requests[0];
    for (const [name, value] of Object.entries(sent)) assert.equal(headers[name], value);
    assert.equal(headers.cookie, undefined);
    assert.equal(headers['x-forwarded-user'], undefined);
    assert.equal(headers.authorization, undefined);
  });

  test('begins a trace where the caller has none or a broken one, the same for all subgraphs', async () => {
    for (const headers of [{}, { traceparent: '00-zz-1-01', tracestate: 'vendor=1' }]) {
      for (const subgraph of [world.structure, world.identity]) subgraph.requests.length = 0;
      await world.router.ask('{ me nodes { id } }', { headers });
      const [a, b] = [world.identity.requests[0].headers, world.structure.requests[0].headers];
      assert.match(a.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
      assert.equal(a.traceparent, b.traceparent);
      assert.equal(a.tracestate, undefined);
    }
  });

  test('what a caller sends as extensions can not steer the requests to subgraphs', async () => {
    const extensions = {
      endpoint: world.structure.url,
      headers: { authorization: 'Bearer forged' },
      connectionParams: { a: 1 },
    };
    const { body } = await world.router.ask('{ me }', { extensions });
    assert.deepEqual(body, { data: { me: 'nobody' } });
    assert.equal(world.structure.requests.length, 0);
  });
});

describe('protected fields', () => {
  let world;
  before(async () => (world = await startWorld()));
  after(() => world.stop());
  beforeEach(() => [world.structure, world.identity].forEach((subgraph) => (subgraph.requests.length = 0)));

  const codes = (body) => (body.errors ?? []).map((error) => [error.path.join('.'), error.extensions.code]);

  test('an anonymous caller gets the others, and the protected ones are never asked for', async () => {
    const { status, body } = await world.router.ask('{ me secret nodes { createdBy { name email } } }');
    assert.equal(status, 200);
    assert.equal(body.data.me, 'nobody');
    assert.equal(body.data.secret, null);
    assert.deepEqual(body.data.nodes[0].createdBy, { name: 'Person p1', email: null });
    const paths = ['nodes.0.createdBy.email', 'nodes.1.createdBy.email', 'nodes.2.createdBy.email', 'secret'];
    assert.deepEqual(
      codes(body).sort(),
      paths.map((place) => [place, 'UNAUTHENTICATED']),
    );
    for (const { body: sent } of [...world.structure.requests, ...world.identity.requests]) {
      assert.doesNotMatch(sent, /(secret|email)(?!: __typename)/);
    }
  });

  test('a token opens what asks for one, but not what asks for a scope that it lacks', async () => {
    const { body } = await world.router.ask('{ secret admin }', { headers: await world.issuer.bearer() });
    assert.deepEqual(body.data, { secret: 'the secret', admin: null });
    assert.deepEqual(codes(body), [['admin', 'FORBIDDEN']]);
  });

  test('a token with the scope opens it', async () => {
    const headers = await world.issuer.bearer({ scope: 'clay.read clay.admin' });
    assert.deepEqual((await world.router.ask('{ admin }', { headers })).body, { data: { admin: 'the keys' } });
  });

  test('nothing but protected fields is an answer too, and a protected field that is never null takes its parent along', async () => {
    const { status, body } = await world.router.ask('{ secret vault { number } }');
    assert.equal(status, 200);
    assert.deepEqual(body.data, { secret: null, vault: null });
    assert.deepEqual(codes(body), [
      ['secret', 'UNAUTHENTICATED'],
      ['vault.number', 'UNAUTHENTICATED'],
    ]);
  });

  test('a protected mutation of an anonymous caller changes nothing', async () => {
    const { body } = await world.router.ask('mutation { erase }');
    assert.deepEqual([body.data, codes(body)], [{ erase: null }, [['erase', 'UNAUTHENTICATED']]]);
    assert.equal(world.structure.requests.length, 0);
    const headers = await world.issuer.bearer();
    assert.deepEqual((await world.router.ask('mutation { erase }', { headers })).body, { data: { erase: true } });
  });

  test('a field that is left out by @skip is no error', async () => {
    const query = 'query ($without: Boolean!) { me secret @skip(if: $without) }';
    const { body } = await world.router.ask(query, { variables: { without: true } });
    assert.deepEqual(body, { data: { me: 'nobody' } });
    assert.deepEqual(codes((await world.router.ask(query, { variables: { without: false } })).body), [
      ['secret', 'UNAUTHENTICATED'],
    ]);
  });

  test('neither fragments nor aliases nor a repeated document are a way around', async () => {
    const query =
      'query { ...F } fragment F on Query { ... { x: secret } nodes { createdBy { ...P } } } fragment P on Principal { y: email }';
    const headers = await world.issuer.bearer();
    const open = await world.router.ask(query, { headers });
    assert.deepEqual([open.body.data.x, open.body.data.nodes[0].createdBy.y], ['the secret', 'p1@example.org']);
    for (let round = 0; round < 2; round++) {
      const { text, body } = await world.router.ask(query);
      assert.doesNotMatch(text, /the secret|example\.org/);
      assert.deepEqual(
        body.data.nodes.map((node) => node.createdBy),
        [{ y: null }, { y: null }, { y: null }],
      );
      assert.ok(body.errors.every((error) => error.extensions.code === 'UNAUTHENTICATED'));
    }
  });
});
