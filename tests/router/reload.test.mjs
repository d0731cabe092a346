import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { startWorld } from './support/world.mjs';

const QUERY = '{ nodes { name score createdBy { name } } me }';

describe('reload', () => {
  let world;
  before(async () => (world = await startWorld()));
  after(() => world.stop());

  const until = async (condition) => {
    const giveUp = AbortSignal.timeout(10_000);
    while (!(await condition())) {
      assert.ok(!giveUp.aborted, 'it never came');
      await new Promise((done) => setTimeout(done, 50));
    }
  };
  const has = (field) => async () =>
    !(await world.router.ask(`{ __type(name: "Query") { fields { name } } }`)).body.data.__type.fields.every(
      ({ name }) => name !== field,
    );
  const withField = (field) =>
    world.recompose({ search: world.search.sdl.replace('suggest:', `${field}: Int suggest:`) });

  test('a new supergraph is taken up under load without a failed request', async () => {
    const answers = { good: 0, bad: [] };
    let running = true;
    const load = Array.from({ length: 4 }, async () => {
      while (running) {
        const { status, body } = await world.router.ask(QUERY).catch((error) => ({ status: error.message }));
        if (status === 200 && !body.errors && body.data.nodes.length === 3) answers.good += 1;
        else answers.bad.push({ status, body });
      }
    });
    for (const field of ['first', 'second', 'third']) {
      await withField(field);
      await until(has(field));
    }
    running = false;
    await Promise.all(load);
    assert.deepEqual(answers.bad, []);
    assert.ok(answers.good > 20, `${answers.good} answers`);
  });

  test('a file that is no supergraph is not taken up, and the log says why', async () => {
    for (const text of ['', 'type Query { a: ', 'type Query { a: Int }']) {
      const before = world.router.log().length;
      await writeFile(world.supergraph, text);
      await until(() => world.router.log().length > before);
      assert.match(world.router.log().at(-1).event, /not usable/);
      assert.equal((await world.router.ask(QUERY)).body.errors, undefined);
    }
    await withField('fourth');
    await until(has('fourth'));
  });
});
