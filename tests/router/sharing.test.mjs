import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { createSharing } from '../../router/src/sharing.mjs';
import { graphql as gql, graphqlWs, WebSocket } from './support/packages.mjs';
import { startWorld } from './support/world.mjs';

const BEATS = 'subscription Beats($after: Int) { beats(after: $after) { number node { name score } } }';

describe('subscriptions that are equal', () => {
  let world;
  const clients = [];
  before(async () => (world = await startWorld()));
  after(() => world.stop());
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.dispose();
    await pause(100);
    await world.mend();
  });

  const connect = (connectionParams) => {
    const url = `${world.router.url.replace('http', 'ws')}/graphql`;
    const client = graphqlWs.createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams });
    clients.push(client);
    return client;
  };
  const listen = (client, cursor) => client.iterate({ query: BEATS, variables: { after: cursor } });
  const take = async (source, count) => {
    const numbers = [];
    for await (const { data, extensions } of source) {
      assert.equal(extensions.cursor, data.beats.number);
      if (numbers.push(data.beats.number) >= count) break;
    }
    return numbers;
  };

  test('are executed once, whoever listens, and end when the last one goes', async () => {
    const first = listen(connect());
    const { data } = (await first.next()).value;
    assert.deepEqual(data.beats.node, { name: 'Dogs', score: 0.5 });
    const others = Array.from({ length: 20 }, () => listen(connect()));
    const told = await Promise.all(others.map((each) => take(each, 5)));
    for (const numbers of told) assert.deepEqual(numbers, range(numbers[0], 5));
    assert.equal(world.structure.subscriptions, 1);
    assert.ok(world.search.requests.length <= 10, `${world.search.requests.length} requests for some 7 events`);
    await first.return();
    await pause(400);
    const { length } = world.search.requests;
    await pause(300);
    assert.equal(world.search.requests.length, length);
  });

  test('are executed once even before anything has happened, and end although nothing happens', async () => {
    const sources = Array.from({ length: 5 }, () => connect().iterate({ query: 'subscription { silence { number } }' }));
    for (const source of sources) source.next();
    await pause(300);
    assert.equal(world.structure.subscriptions, 1);
    for (const client of clients.splice(0, 4)) await client.dispose();
    await pause(100);
    assert.equal(world.structure.completed, 0);
    await clients.pop().dispose();
    await pause(200);
    assert.equal(world.structure.completed, 1);
  });

  test('of other callers, or in other words, are not theirs', async () => {
    const sources = [
      listen(connect()),
      listen(connect(await world.issuer.bearer())),
      listen(connect(await world.issuer.bearer())),
      connect().iterate({ query: BEATS.replace('number', 'number node { id }') }),
    ];
    for (const source of sources) await source.next();
    const again = listen(connect());
    await again.next();
    assert.equal(world.structure.subscriptions, 4);
  });

  test('who comes with a cursor misses nothing: from what is kept, or by itself until it is with the others', async () => {
    const first = listen(connect());
    const begun = (await take(first, 3)).at(-1);
    const steady = listen(connect());
    const [from] = await take({ [Symbol.asyncIterator]: () => steady }, 1);
    const kept = listen(connect(), from);
    const older = listen(connect(), begun - 20);
    const [a, b] = await Promise.all([take(kept, 6), take(older, 40)]);
    assert.deepEqual(a, range(from + 1, 6));
    assert.deepEqual(b, range(begun - 19, 40));
  });

  test('a cursor that is ahead of all is judged by the subgraph', async () => {
    const steady = listen(connect());
    const { value } = await steady.next();
    const refused = (await listen(connect(), value.data.beats.number + 100_000).next()).value;
    assert.equal(refused.errors[0].extensions.code, 'BAD_USER_INPUT');
    assert.ok((await steady.next()).value.data);
  });
});

describe('sharing', () => {
  const document = gql.parse('subscription($after: Int, $x: Int) { beats(after: $after, x: $x) { number } }');
  const request = new Request('http://router/graphql');
  const argsOf = (variableValues) => ({ document, variableValues, contextValue: { request } });

  // A source that is fed by hand.
  const source = () => {
    const waiting = [];
    let wake;
    const made = { returned: 0, push: (event) => (waiting.push(event), wake?.()) };
    made.iterable = {
      async next() {
        while (!waiting.length) await new Promise((resolve) => (wake = resolve));
        const value = waiting.shift();
        return value === null ? { done: true } : { done: false, value };
      },
      async return() {
        made.returned++;
        return { done: true };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
    return made;
  };
  const event = (cursor) => ({ data: cursor, extensions: { cursor } });
  const next = async (iterator) => (await iterator.next()).value?.data;

  test('what is refused is an answer, and nobody waits for it', async () => {
    const subscribe = createSharing();
    const refused = await subscribe(argsOf({}), async () => ({ errors: ['no'] }));
    assert.deepEqual(refused, { errors: ['no'] });
    const made = source();
    const listening = await subscribe(argsOf({}), async () => made.iterable);
    made.push(event(1));
    assert.equal(await next(listening), 1);
  });

  test('who asks from elsewhere does not join before the first event has come: it may be a refusal', async () => {
    const subscribe = createSharing();
    const sources = [source(), source()];
    let begun = 0;
    const begin = async () => sources[begun++].iterable;
    const [one, two] = [await subscribe(argsOf({ after: 99 }), begin), await subscribe(argsOf({}), begin)];
    assert.equal(begun, 2);
    sources[0].push({ errors: ['not reached'] });
    sources[0].push(null);
    sources[1].push(event(5));
    assert.deepEqual((await one.next()).value, { errors: ['not reached'] });
    assert.equal((await one.next()).done, true);
    assert.equal(await next(two), 5);
  });

  test('who asks the same joins before the first event has come, even while it begins', async () => {
    const subscribe = createSharing();
    const made = source();
    const slowly = () => pause(20).then(() => made.iterable);
    const both = await Promise.all([subscribe(argsOf({ after: 4 }), slowly), subscribe(argsOf({ after: 4 }), assert.fail)]);
    const third = await subscribe(argsOf({ after: 4 }), assert.fail);
    made.push(event(5));
    for (const each of [...both, third]) assert.equal(await next(each), 5);
  });

  test('who is ahead of the others joins them, and is told nothing twice', async () => {
    const subscribe = createSharing();
    const sources = [source(), source()];
    let begun = 0;
    const begin = async () => sources[begun++].iterable;
    const first = await subscribe(argsOf({ after: 10 }), begin);
    sources[0].push(event(11));
    assert.equal(await next(first), 11);
    const late = await subscribe(argsOf({ after: 3 }), begin);
    sources[1].push(event(13)); // before the others' source has told 12
    assert.equal(await next(late), 13);
    assert.equal(sources[1].returned, 1);
    for (const cursor of [12, 13, 14]) sources[0].push(event(cursor));
    assert.equal(await next(late), 14);
    assert.deepEqual([await next(first), await next(first), await next(first)], [12, 13, 14]);
  });

  test('who has caught up is with the others, and its own source ends', async () => {
    const subscribe = createSharing();
    const sources = [source(), source()];
    let begun = 0;
    const begin = async () => sources[begun++].iterable;
    const first = await subscribe(argsOf({ after: 10 }), begin);
    sources[0].push(event(11));
    assert.equal(await next(first), 11);
    const late = await subscribe(argsOf({ after: 3 }), begin);
    for (const cursor of [4, 11]) sources[1].push(event(cursor));
    sources[0].push(event(12));
    sources[1].push(event(12));
    assert.deepEqual([await next(late), await next(late), await next(late)], [4, 11, 12]);
    assert.equal(sources[1].returned, 1);
    sources[0].push(event(13));
    assert.deepEqual([await next(late), await next(first), await next(first)], [13, 12, 13]);
  });

  test('who does not take its events is told so, and holds up nobody', async () => {
    const subscribe = createSharing();
    const made = source();
    const [slow, quick] = [
      await subscribe(argsOf({}), async () => made.iterable),
      (made.push(event(0)), await pause(1), await subscribe(argsOf({}), assert.fail)),
    ];
    for (let cursor = 1; cursor <= 1500; cursor++) {
      made.push(event(cursor));
      assert.equal(await next(quick), cursor);
    }
    const last = (await slow.next()).value;
    assert.equal(last.errors[0].extensions.reason, 'SLOW');
    assert.equal((await slow.next()).done, true);
  });

  test('it ends with its source, and a new one begins anew', async () => {
    const subscribe = createSharing();
    const sources = [source(), source()];
    let begun = 0;
    const begin = async () => sources[begun++].iterable;
    const one = await subscribe(argsOf({}), begin);
    sources[0].push(event(1));
    sources[0].push(null);
    assert.equal(await next(one), 1);
    assert.equal((await one.next()).done, true);
    const two = await subscribe(argsOf({}), begin);
    sources[1].push(event(2));
    assert.equal(await next(two), 2);
    await two.return();
    assert.equal(sources[1].returned, 1);
  });
});

function range(from, count) {
  return Array.from({ length: count }, (_, index) => from + index);
}

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}
