import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { LIMITS, measure } from '../../router/src/limits.mjs';
import { graphql as gql } from './support/packages.mjs';
import { startWorld } from './support/world.mjs';

const times = (count, make) => Array.from({ length: count }, (_, index) => make(index)).join(' ');
const nested = (levels) => `{ nodes ${'{ children '.repeat(levels - 2)}{ id }${' }'.repeat(levels - 2)} }`;
const fragments = (count) =>
  `{ me nodes { ${times(count, (i) => `...F${i}`)} } } ${times(count, (i) => `fragment F${i} on Node { id }`)}`;
const doubling = (levels) =>
  `{ nodes { ...F0 } } ${times(levels, (i) => `fragment F${i} on Node { ...F${i + 1} ...F${i + 1} }`)} fragment F${levels} on Node { id }`;

describe('limits', () => {
  let world;
  before(async () => (world = await startWorld()));
  after(() => world.stop());
  beforeEach(() => (world.structure.requests.length = 0));

  const refused = async (query, limit) => {
    world.structure.requests.length = 0;
    const { body, ms } = await world.router.ask(query);
    assert.equal(body.data, undefined);
    assert.deepEqual(body.errors[0].extensions, { code: 'LIMIT_EXCEEDED', limit });
    assert.match(body.errors[0].message, new RegExp(`\\b${limit}\\b`));
    assert.equal(world.structure.requests.length, 0);
    assert.ok(ms < 1000, `refused after ${ms} ms`);
  };
  const allowed = async (query) => {
    const { body } = await world.router.ask(query);
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
  };

  test('tokens', async () => {
    await allowed(fragments(221)); // 7 + 9 * 221 = 1996
    await refused(fragments(222), LIMITS.tokens);
    await refused(`{ ${times(10_000, (i) => `a${i}: me`)} }`, LIMITS.tokens);
  });

  test('depth', async () => {
    await allowed(nested(LIMITS.depth));
    await refused(nested(LIMITS.depth + 1), LIMITS.depth);
  });

  test('aliases', async () => {
    await allowed(`{ nodes { ${times(LIMITS.aliases, (i) => `a${i}: id`)} } }`);
    await refused(`{ nodes { ${times(LIMITS.aliases + 1, (i) => `a${i}: id`)} } }`, LIMITS.aliases);
  });

  test('root fields, in fragments too', async () => {
    const roots = (count) => `{ ...R } fragment R on Query { ${times(count, (i) => `a${i}: me`)} }`;
    await allowed(roots(LIMITS.roots));
    await refused(roots(LIMITS.roots + 1), LIMITS.roots);
  });

  test('fields with fragments spread out', async () => {
    await allowed(doubling(5));
    await refused(doubling(13), LIMITS.fields);
    await refused(doubling(60), LIMITS.fields);
  });

  test('a batch', async () => {
    const batch = async (count) => {
      const answer = await fetch(`${world.router.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(Array.from({ length: count }, () => ({ query: '{ me }' }))),
      });
      return { status: answer.status, body: await answer.json() };
    };
    const good = await batch(LIMITS.batch);
    assert.deepEqual(
      good.body,
      Array.from({ length: LIMITS.batch }, () => ({ data: { me: 'nobody' } })),
    );
    const bad = await batch(LIMITS.batch + 1);
    assert.deepEqual([bad.status, bad.body.errors[0].extensions], [413, { code: 'LIMIT_EXCEEDED', limit: 10 }]);
    assert.match(bad.body.errors[0].message, /\b10\b/);
  });

  for (const [how, headers] of [
    ['with its length', {}],
    ['of unknown length', { 'transfer-encoding': 'chunked' }],
  ]) {
    test(`a body ${how}`, async () => {
      const send = async (size) => {
        const text = JSON.stringify({ query: '{ me }', variables: { filling: 'x'.repeat(size) } });
        const body = headers['transfer-encoding'] ? new Blob([text]).stream() : text;
        const answer = await fetch(`${world.router.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
          duplex: 'half',
        });
        return { status: answer.status, body: await answer.json() };
      };
      assert.deepEqual((await send(LIMITS.body - 200)).body, { data: { me: 'nobody' } });
      const bad = await send(LIMITS.body);
      assert.deepEqual(
        [bad.status, bad.body.errors[0].extensions],
        [413, { code: 'LIMIT_EXCEEDED', limit: LIMITS.body }],
      );
      assert.match(bad.body.errors[0].message, /\b1048576\b/);
    });
  }

  test('the introspection query that tools send is within all of them', async () => {
    const { body } = await world.router.ask(
      gql.getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true }),
    );
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
    assert.ok(body.data.__schema.types.some((type) => type.name === 'Node'));
  });

  test('fragments in a circle are refused and do not hang the router', async () => {
    const { body, ms } = await world.router.ask(
      '{ nodes { ...A } } fragment A on Node { ...B } fragment B on Node { ...A }',
    );
    assert.equal(body.errors[0].extensions.code, 'BAD_USER_INPUT');
    assert.ok(ms < 1000);
  });
});

test('the measure of an operation counts each spread of a fragment', () => {
  const document = gql.parse('{ a: x { ...F } y { ...F } } fragment F on T { b: c d { e } }');
  assert.deepEqual(measure(document), [{ depth: 3, aliases: 3, fields: 8, roots: 2 }]);
});
