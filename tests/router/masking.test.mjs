import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startWorld } from './support/world.mjs';

const CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'CONFLICT',
  'CYCLE',
  'LIMIT_EXCEEDED',
  'UNAVAILABLE',
];
const TRACE = '0af7651916cd43dd8448eb211c80319c';

describe('errors', () => {
  let world;
  before(async () => (world = await startWorld()));
  after(() => world.stop());

  const fails = (how, options) =>
    world.router.ask('query ($how: String!) { fails(how: $how) me }', { variables: { how }, ...options });

  for (const code of CODES) {
    test(`a subgraph's ${code} passes with its words and details, without what is inside`, async () => {
      const { status, body, text } = await fails(code);
      assert.equal(status, 200);
      assert.deepEqual(body.data, { fails: null, me: 'nobody' });
      assert.deepEqual(body.errors, [
        { message: `It is ${code}`, path: ['fails'], extensions: { code, hint: 'a detail' } },
      ]);
      assert.doesNotMatch(text, /stacktrace|internal/);
    });
  }

  for (const how of ['plain', 'internal', 'foreign']) {
    test(`an error that is ${how} becomes INTERNAL with the trace id, and its text stays in the log`, async () => {
      const headers = { traceparent: `00-${TRACE}-b7ad6b7169203331-01` };
      const { body, text } = await fails(how, { headers });
      assert.deepEqual(body.errors, [
        { message: 'Internal error', path: ['fails'], extensions: { code: 'INTERNAL', traceId: TRACE } },
      ]);
      assert.equal(body.data.me, 'nobody');
      assert.doesNotMatch(text, /hunter2|db\.internal|DATABASE_DOWN|stacktrace/);
      assert.ok(world.router.log().some((line) => line.traceId === TRACE && line.subgraph === 'structure'));
    });
  }

  test('the trace id that a subgraph gave is kept', async () => {
    const { body } = await fails('traced');
    assert.equal(body.errors[0].extensions.traceId, 'ab'.repeat(16));
  });

  test('an error without a trace of its own still has an id that stands in the log', async () => {
    const { body } = await fails('plain');
    const { traceId } = body.errors[0].extensions;
    assert.match(traceId, /^[0-9a-f]{32}$/);
    assert.ok(world.router.log().some((line) => line.traceId === traceId));
  });

  const mistakes = {
    'a field that is not there': { query: '{ nothing }' },
    'a document that is no GraphQL': { query: '{ me' },
    'a variable that does not fit': { query: 'query ($how: String!) { fails(how: $how) }', variables: { how: 1 } },
    'a variable that is missing': { query: 'query ($how: String!) { fails(how: $how) }' },
    'an operation that is not there': { query: 'query A { me } query B { me }' },
    'no document': {},
  };
  for (const [what, content] of Object.entries(mistakes)) {
    test(`${what} is BAD_USER_INPUT, with status 400 for callers that speak GraphQL over HTTP`, async () => {
      const answer = await fetch(`${world.router.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
        body: JSON.stringify(content),
      });
      const body = await answer.json();
      assert.equal(answer.status, 400);
      assert.equal(body.data, undefined);
      assert.deepEqual(
        body.errors.map((error) => error.extensions.code),
        ['BAD_USER_INPUT'],
      );
    });
  }

  test('a body that is no JSON is BAD_USER_INPUT', async () => {
    const answer = await fetch(`${world.router.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":',
    });
    assert.equal(answer.status, 400);
    assert.equal((await answer.json()).errors[0].extensions.code, 'BAD_USER_INPUT');
  });

  test('a mutation by GET is BAD_USER_INPUT and changes nothing', async () => {
    world.structure.requests.length = 0;
    const query = encodeURIComponent('mutation { rename(id: "n1", name: "x") { id } }');
    const answer = await fetch(`${world.router.url}/graphql?query=${query}`);
    assert.equal(answer.status, 405);
    assert.equal((await answer.json()).errors[0].extensions.code, 'BAD_USER_INPUT');
    assert.equal(world.structure.requests.length, 0);
  });

  test('nothing in the log is a token', async () => {
    const headers = await world.issuer.bearer();
    await fails('plain', { headers });
    await fails('plain', { headers: { authorization: 'Bearer garbage' } });
    assert.doesNotMatch(world.router.rawLog(), /eyJ|garbage|password=hunter2/);
  });
});
