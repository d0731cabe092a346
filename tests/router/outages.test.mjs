import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startWorld } from './support/world.mjs';

const QUERY = '{ nodes { id name score createdBy { name } } me }';
const NAMES = ['Dogs', 'Wolves', 'Foxes'];
const lost = (body) =>
  body.errors.map((error) => [error.path.join('.'), error.extensions.code, error.extensions.service]);
const sorted = (list) => list.map((entry) => entry.join(' ')).sort();

describe('a subgraph that does not answer', () => {
  let world;
  before(async () => (world = await startWorld()));
  after(() => world.stop());
  beforeEach(async () => {
    await world.mend();
    assert.equal((await world.router.ask(QUERY)).body.errors, undefined);
  });

  test('slow: the others answer in time, and each missing field is named by its exact path', async () => {
    world.identity.pace.ms = 5000;
    const { status, body, ms } = await world.router.ask(QUERY);
    assert.equal(status, 200);
    assert.ok(ms < 2500, `answered after ${ms} ms`);
    assert.deepEqual(
      body.data.nodes.map(({ name, score }) => [name, score]),
      NAMES.map((name) => [name, 0.5]),
    );
    assert.equal(body.data.me, null);
    const paths = ['me', 'nodes.0.createdBy.name', 'nodes.1.createdBy.name', 'nodes.2.createdBy.name'];
    assert.deepEqual(sorted(lost(body)), sorted(paths.map((path) => [path, 'UNAVAILABLE', 'identity'])));
    assert.doesNotMatch(JSON.stringify(body), /127\.0\.0\.1/);
  });

  test('slow in each of several steps: the whole still ends in time', async () => {
    for (const subgraph of [world.structure, world.search, world.identity]) subgraph.pace.ms = 900;
    const { body, ms } = await world.router.ask(QUERY);
    assert.ok(ms < 2500, `answered after ${ms} ms`);
    assert.deepEqual(
      body.data.nodes.map(({ name }) => name),
      NAMES,
    );
  });

  test('dead: the others answer at once', async () => {
    await world.search.stop();
    const { status, body, ms } = await world.router.ask(QUERY);
    assert.equal(status, 200);
    assert.ok(ms < 1000, `answered after ${ms} ms`);
    assert.deepEqual(
      body.data.nodes.map(({ name, score }) => [name, score]),
      NAMES.map((name) => [name, null]),
    );
    assert.equal(body.data.me, 'nobody');
    assert.deepEqual(sorted(lost(body)), sorted([0, 1, 2].map((i) => [`nodes.${i}.score`, 'UNAVAILABLE', 'search'])));
    assert.doesNotMatch(JSON.stringify(body), /127\.0\.0\.1|ECONNREFUSED/);
  });

  test('back again: it is asked again, without a restart', async () => {
    await world.search.stop();
    assert.deepEqual((await world.router.ask('{ suggest }')).body.data, { suggest: null });
    await world.search.start();
    assert.deepEqual((await world.router.ask('{ suggest }')).body, { data: { suggest: ['dog'] } });
  });

  for (const [what, answer] of Object.entries({
    'a page in place of GraphQL': { status: 502, type: 'text/html', body: '<h1>db.internal is down</h1>' },
    'an empty answer': { status: 200, body: '' },
    'JSON that is no answer': { status: 200, body: '{"detail":"db.internal"}' },
  })) {
    test(`${what} counts as no answer, and is not shown`, async () => {
      world.search.answer = answer;
      const { body, text } = await world.router.ask('{ suggest me }');
      assert.deepEqual(body.data, { me: 'nobody', suggest: null });
      assert.deepEqual(lost(body), [['suggest', 'UNAVAILABLE', 'search']]);
      assert.doesNotMatch(text, /db\.internal/);
    });
  }

  test('a read is tried twice, a change only once', async () => {
    for (const subgraph of [world.search, world.structure]) {
      subgraph.answer = { status: 503, type: 'text/plain', body: 'no' };
      subgraph.requests.length = 0;
    }
    await world.router.ask('{ suggest }');
    assert.equal(world.search.requests.length, 2);
    const { body } = await world.router.ask('mutation { rename(id: "n1", name: "Cats") { id } }');
    assert.deepEqual(lost(body), [['rename', 'UNAVAILABLE', 'structure']]);
    assert.equal(world.structure.requests.length, 1);
  });

  test('a change that takes longer than a read may is waited for', async () => {
    world.structure.pace.ms = 2200;
    const { body } = await world.router.ask('mutation { rename(id: "n1", name: "Cats") { id name score } }');
    assert.deepEqual(body, { data: { rename: { id: 'n1', name: 'Cats', score: 0.5 } } });
  });
});
