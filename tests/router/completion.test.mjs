import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { complete } from '../../router/src/completion.mjs';
import { graphql as gql, graphqlWs, WebSocket } from './support/packages.mjs';
import { startWorld } from './support/world.mjs';

const SCHEMA = gql.buildSchema(`
  interface Named { name: String! }
  type Person implements Named { name: String! friend: Person friends: [Person!] strict: [Person!]! grid: [[Int!]]! }
  type Place implements Named { name: String! area: Int! }
  union Thing = Person | Place
  type Query { person: Person people: [Person]! named: Named things: [Thing] count: Int! }
`);

/** Completes `data`; `errors` are paths like `person.friend.0`, and so are those that come back, with their codes. */
function completed(query, data, { errors = [], variables, denied = () => false } = {}) {
  const document = gql.parse(query);
  const nodes = new Map();
  gql.visit(document, {
    Field: (node) => void (denied(node) && nodes.set(node, failure('FORBIDDEN'))),
  });
  const asked = { schema: SCHEMA, document, variableValues: variables, denied: nodes };
  const before = structuredClone(data);
  const result = complete({ data, errors: errors.map((path) => failure('UNAVAILABLE', path)) }, asked);
  assert.deepEqual(data, before, 'the data that came is not changed: the planner may show it again');
  return { data: result.data, errors: (result.errors ?? []).map(told) };
}

function failure(code, path) {
  const keys = path?.split('.').map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  return new gql.GraphQLError('It failed', { path: keys, extensions: { code } });
}

function told({ path, extensions }) {
  return [path?.join('.'), extensions.code].join(' ').trim();
}

describe('completing an answer', () => {
  test('a null that may be there stays, and nothing else changes', () => {
    const data = { person: { name: 'Ada', friend: null } };
    const answer = completed('{ person { name friend { name } } }', data, { errors: ['person.friend'] });
    assert.deepEqual(answer, { data, errors: ['person.friend UNAVAILABLE'] });
  });

  test('a null that may not be there goes up to the nearest place that may be null, and the error keeps its path', () => {
    const data = { person: { name: 'Ada', friend: { name: null } }, people: [{ name: 'Bo' }] };
    const query = '{ person { name friend { name } } people { name } }';
    assert.deepEqual(completed(query, data, { errors: ['person.friend.name'] }), {
      data: { person: { name: 'Ada', friend: null }, people: [{ name: 'Bo' }] },
      errors: ['person.friend.name UNAVAILABLE'],
    });
  });

  test('what is missing counts as null', () => {
    const answer = completed('{ person { name } }', { person: {} }, { errors: ['person.name'] });
    assert.deepEqual(answer, { data: { person: null }, errors: ['person.name UNAVAILABLE'] });
  });

  test('an item that may be null ends there, one that may not takes the list along', () => {
    const one = { name: 'Ada', friends: [{ name: 'Bo' }, { name: null }] };
    const query = '{ people { name friends { name } } }';
    const data = { people: [one, { name: null, friends: null }] };
    assert.deepEqual(completed(query, data, { errors: ['people.0.friends.1.name', 'people.1.name'] }), {
      data: { people: [{ name: 'Ada', friends: null }, null] },
      errors: ['people.0.friends.1.name UNAVAILABLE', 'people.1.name UNAVAILABLE'],
    });
  });

  test('lists in lists', () => {
    const data = { person: { grid: [[1, 2], [3, null], null] } };
    assert.deepEqual(completed('{ person { grid } }', data, { errors: ['person.grid.1.1'] }), {
      data: { person: { grid: [[1, 2], null, null] } },
      errors: ['person.grid.1.1 UNAVAILABLE'],
    });
  });

  test('where no place may be null, all of the data is', () => {
    const answer = completed('{ person { name } count }', { person: { name: 'Ada' } }, { errors: ['count'] });
    assert.deepEqual(answer, { data: null, errors: ['count UNAVAILABLE'] });
  });

  test('an error that names no indices is told once for each place, although the places are null in the end', () => {
    const data = { people: [{ friend: { name: null } }, { friend: null }, { friend: { name: null } }] };
    assert.deepEqual(completed('{ people { friend { name } } }', data, { errors: ['people.friend.name'] }), {
      data: { people: [{ friend: null }, { friend: null }, { friend: null }] },
      errors: [
        'people.0.friend.name UNAVAILABLE',
        'people.1.friend UNAVAILABLE',
        'people.2.friend.name UNAVAILABLE',
      ],
    });
  });

  test('aliases, fragments and fields that are asked for twice', () => {
    const query = `query { a: person { ...F } b: person { x: friend { y: name } x: friend { friend { name } } } }
      fragment F on Person { ... { f: friend { ...G } } } fragment G on Named { n: name }`;
    const data = { a: { f: { n: null } }, b: { x: { y: 'Bo', friend: { name: null } } } };
    assert.deepEqual(completed(query, data, { errors: ['a.f.n', 'b.x.friend.name'] }), {
      data: { a: { f: null }, b: { x: { y: 'Bo', friend: null } } },
      errors: ['a.f.n UNAVAILABLE', 'b.x.friend.name UNAVAILABLE'],
    });
  });

  test('what @skip and @include leave out is not missed, defaults of variables included', () => {
    const query = `query ($no: Boolean = false, $yes: Boolean!) {
      person { friend { name } ... @include(if: $no) { name } strict @skip(if: $yes) { name } } }`;
    const data = { person: { friend: null } };
    const answer = completed(query, data, { errors: ['person.friend'], variables: { yes: true } });
    assert.deepEqual(answer, { data, errors: ['person.friend UNAVAILABLE'] });
    const other = completed(query, data, { errors: ['person.friend'], variables: { yes: false, no: true } });
    assert.deepEqual(other.data, { person: null });
  });

  test('an object of several possible types is known by its __typename, also under an alias', () => {
    const query = '{ things { t: __typename ... on Person { name } ... on Place { area } } }';
    const data = { things: [{ t: 'Person', name: 'Ada' }, { t: 'Place', area: null }, { t: 'Person' }] };
    assert.deepEqual(completed(query, data, { errors: ['things.1.area', 'things.2.name'] }), {
      data: { things: [{ t: 'Person', name: 'Ada' }, null, null] },
      errors: ['things.1.area UNAVAILABLE', 'things.2.name UNAVAILABLE'],
    });
  });

  test('without a __typename an error that names a field tells that the object has it', () => {
    const query = '{ things { ... on Person { name } ... on Place { area } } }';
    assert.deepEqual(completed(query, { things: [{}, { area: 1 }] }, { errors: ['things.0.name'] }), {
      data: { things: [null, { area: 1 }] },
      errors: ['things.0.name UNAVAILABLE'],
    });
  });

  test('without a __typename a null that came counts, and what only other types have is not missed', () => {
    const query = '{ named { name } things { ... on Person { name friend { name } } ... on Place { area } } }';
    const data = { named: { name: null }, things: [{ area: 1 }, { area: null }, { name: 'Ada', friend: {} }] };
    assert.deepEqual(completed(query, data, { errors: ['named.name', 'things.1.area'] }), {
      data: { named: null, things: [{ area: 1 }, null, { name: 'Ada', friend: {} }] },
      errors: ['named.name UNAVAILABLE', 'things.1.area UNAVAILABLE'],
    });
  });

  test('a null that no error explains gets one, once where it ends, whatever other errors there are', () => {
    const query = '{ person { friend { name strict { name } } } people { friend { name } } }';
    const data = { person: { friend: { name: null, strict: null } }, people: [{ friend: null }] };
    assert.deepEqual(completed(query, data, { errors: ['people.0.friend'] }), {
      data: { person: { friend: null }, people: [{ friend: null }] },
      errors: ['people.0.friend UNAVAILABLE', 'person.friend.name INTERNAL'],
    });
  });

  test('an error without a path explains no null', () => {
    const document = gql.parse('{ person { name } }');
    const asked = { schema: SCHEMA, document, denied: new Map() };
    const result = complete({ data: { person: { name: null } }, errors: [failure('UNAVAILABLE')] }, asked);
    assert.deepEqual(result.data, { person: null });
    assert.deepEqual(result.errors.map(told), ['UNAVAILABLE', 'person.name INTERNAL']);
  });

  test('one error below the place that is null in the end is enough', () => {
    const data = { person: { friend: { name: null, strict: [{ name: null }] } } };
    const query = '{ person { friend { name strict { name } } } }';
    assert.deepEqual(completed(query, data, { errors: ['person.friend.strict.0.name'] }), {
      data: { person: { friend: null } },
      errors: ['person.friend.strict.0.name UNAVAILABLE'],
    });
  });

  test('an error at the object explains the nulls in it', () => {
    const answer = completed('{ people { name } }', { people: [{ name: null }] }, { errors: ['people.0'] });
    assert.deepEqual(answer, { data: { people: [null] }, errors: ['people.0 UNAVAILABLE'] });
  });

  test('a refusal before anything was executed has no data afterwards either', () => {
    const asked = { schema: SCHEMA, document: gql.parse('{ person { name } }'), denied: new Map() };
    const result = complete({ errors: [failure('LIMIT_EXCEEDED')] }, asked);
    assert.equal(result.data, undefined);
    assert.deepEqual(result.errors.map(told), ['LIMIT_EXCEEDED']);
  });

  test('denied fields are null with an error at each place, by the same rules', () => {
    const denied = (node) => node.name.value === 'name';
    const data = { people: [{ x: 'Person', friend: { name: 'Person' } }, null] };
    assert.deepEqual(completed('{ people { friend { name } } }', data, { denied }), {
      data: { people: [{ x: 'Person', friend: null }, null] },
      errors: ['people.0.friend.name FORBIDDEN'],
    });
  });

  test('a denied field of one possible type does not touch the same key of another', () => {
    const denied = (node) => node.alias?.value === 'key' && node.name.value === 'friend';
    const query = '{ things { ... on Person { key: friend } ... on Place { key: area } } }';
    assert.deepEqual(completed(query, { things: [{ key: 'Person' }, { key: 7 }] }, { denied }), {
      data: { things: [{ key: null }, { key: 7 }] },
      errors: ['things.0.key FORBIDDEN'],
    });
  });
});

describe('a field that is never null, of a subgraph that does not answer', () => {
  let world;
  before(async () => (world = await startWorld()));
  after(() => world.stop());
  afterEach(() => world.mend());

  const lost = ({ body }) => body.errors.map(told).sort();

  test('takes its parent along and nothing else, and the error keeps its path', async () => {
    await world.identity.stop();
    const answer = await world.router.ask('{ node(id: "n1") { name createdBy { handle } } suggest }');
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body.data, { node: { name: 'Dogs', createdBy: null }, suggest: ['dog'] });
    assert.deepEqual(lost(answer), ['node.createdBy.handle UNAVAILABLE']);
  });

  test('goes up through all that is never null, lists too', async () => {
    await world.identity.stop();
    const query = '{ node(id: "n1") { name kin { ...F } } } fragment F on Node { o: owner { handle } }';
    const answer = await world.router.ask(query);
    assert.deepEqual(answer.body.data, { node: { name: 'Dogs', kin: null } });
    assert.deepEqual(lost(answer), ['node.kin.0.o.handle UNAVAILABLE', 'node.kin.1.o.handle UNAVAILABLE']);
  });

  test('leaves the items of a list that are of other types', async () => {
    await world.search.stop();
    const headers = await world.issuer.bearer();
    const query = '{ found { ... on Vault { number } ... on Node { name rank } } }';
    const answer = await world.router.ask(query, { headers });
    assert.deepEqual(answer.body.data, { found: [{ number: 7 }, null] });
    assert.deepEqual(lost(answer), ['found.1.rank UNAVAILABLE']);
  });

  test('beside a denied field: both by one mechanism', async () => {
    await world.identity.stop();
    const answer = await world.router.ask('{ vault { number } node(id: "n1") { createdBy { handle } } secret }');
    assert.deepEqual(answer.body.data, { vault: null, node: { createdBy: null }, secret: null });
    assert.deepEqual(lost(answer), [
      'node.createdBy.handle UNAVAILABLE',
      'secret UNAUTHENTICATED',
      'vault.number UNAUTHENTICATED',
    ]);
  });

  test('a null that the subgraph gives no error for is INTERNAL, with status 200 and a trace', async () => {
    const person = '{"__typename":"Principal","name":null,"handle":null}';
    const error = '{"message":"no","path":["_entities",0,"name"],"extensions":{"code":"CONFLICT"}}';
    world.identity.answer = { body: `{"data":{"_entities":[${person}]},"errors":[${error}]}` };
    const answer = await world.router.ask('{ node(id: "n1") { createdBy { name handle } } }');
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body.data, { node: { createdBy: null } });
    assert.deepEqual(lost(answer), ['node.createdBy.handle INTERNAL', 'node.createdBy.name CONFLICT']);
    const { message, extensions } = answer.body.errors.find(({ path }) => path.at(-1) === 'handle');
    assert.equal(message, 'Internal error');
    assert.deepEqual(Object.keys(extensions), ['code', 'traceId']);
    const lines = world.router.log().filter((line) => line.traceId === extensions.traceId);
    assert.deepEqual(
      lines.map((line) => line.message),
      ['Nothing came for node.createdBy.handle, which is never null'],
    );
  });

  test('in the events of a subscription too, and the next ones are whole again', async () => {
    const url = `${world.router.url.replace('http', 'ws')}/graphql`;
    const client = graphqlWs.createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
    try {
      const events = client.iterate({ query: 'subscription { ticks { number node { name rank } } }' });
      await world.search.stop();
      const { value } = await events.next();
      assert.deepEqual(value.data, { ticks: { number: 1, node: null } });
      assert.deepEqual(value.errors.map(told), ['ticks.node.rank UNAVAILABLE']);
      await world.search.start();
      await events.next(); // may have begun before
      const good = (await events.next()).value;
      assert.deepEqual(good, { data: { ticks: { number: 3, node: { name: 'Dogs', rank: 3 } } } });
    } finally {
      await client.dispose();
    }
  });
});
