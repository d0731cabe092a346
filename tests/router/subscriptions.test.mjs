import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { graphqlWs, WebSocket } from './support/packages.mjs';
import { startWorld } from './support/world.mjs';

const TICKS = 'subscription { ticks { number node { name score } } }';

describe('subscriptions', () => {
  let world;
  const clients = [];
  before(async () => (world = await startWorld()));
  after(() => world.stop());
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.dispose();
    await world.mend();
  });

  const connect = (connectionParams, more = {}) => {
    const url = `${world.router.url.replace('http', 'ws')}/graphql`;
    const client = graphqlWs.createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams, ...more });
    clients.push(client);
    return client;
  };
  const listen = (accept, headers = {}) =>
    fetch(`${world.router.url}/graphql`, {
      method: 'POST',
      headers: { accept, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: TICKS }),
    });
  const collect = async (source, { count = Infinity } = {}) => {
    const events = [];
    for await (const event of source) if (events.push(event) >= count) break;
    return events;
  };
  const reason = (event) => [event.errors[0].extensions.code, event.errors[0].extensions.reason];

  test('over WebSockets: events in order, with the fields of other subgraphs and the token passed on', async () => {
    const token = await world.issuer.bearer();
    const events = await collect(connect(token).iterate({ query: TICKS }), { count: 3 });
    assert.deepEqual(
      events.map(({ data }) => data.ticks.number),
      [1, 2, 3],
    );
    assert.deepEqual(events[0], { data: { ticks: { number: 1, node: { name: 'Dogs', score: 0.5 } } } });
    assert.equal(world.structure.connections[0].authorization, token.authorization);
    assert.equal(world.search.requests[0].headers.authorization, token.authorization);
  });

  test('over WebSockets: queries too, masked as over HTTP', async () => {
    const [event] = await collect(connect().iterate({ query: '{ me fails(how: "plain") }' }));
    assert.deepEqual(event.data, { me: 'nobody', fails: null });
    assert.equal(event.errors[0].extensions.code, 'INTERNAL');
    assert.doesNotMatch(JSON.stringify(event), /hunter2/);
  });

  test('over WebSockets: a bad token closes with 4401', async () => {
    const failure = await collect(connect({ authorization: 'Bearer garbage' }).iterate({ query: TICKS })).catch(
      (e) => e,
    );
    assert.equal(failure.code, 4401);
    assert.equal(world.structure.connections.length, 0);
  });

  test('over WebSockets: the limits hold, and the socket stays open', async () => {
    const client = connect();
    const roots = Array.from({ length: 21 }, (_, i) => `a${i}: me`).join(' ');
    const refused = await collect(client.iterate({ query: `{ ${roots} }` })).catch((errors) => [{ errors }]);
    assert.equal(refused[0].errors[0].extensions.code, 'LIMIT_EXCEEDED');
    assert.deepEqual(await collect(client.iterate({ query: '{ me }' })), [{ data: { me: 'nobody' } }]);
  });

  test('by server-sent events', async () => {
    const answer = await listen('text/event-stream');
    const text = await readUntil(answer, (so_far) => so_far.split('event: next').length > 3);
    assert.match(text, /event: next\ndata: \{"data":\{"ticks":\{"number":1,/);
  });

  test('by multipart, as the clients of Apollo ask', async () => {
    const answer = await listen('multipart/mixed;subscriptionSpec="1.0", application/json');
    assert.match(answer.headers.get('content-type'), /^multipart\/mixed;.*boundary="graphql"/);
    const text = await readUntil(answer, (so_far) => so_far.split('payload').length > 3);
    const parts = text
      .split('\r\n--graphql')
      .slice(1, 4)
      .map((part) => JSON.parse(part.split('\r\n\r\n')[1]));
    assert.deepEqual([parts[0], parts[1].payload.data.ticks.number], [{}, 1]);
  });

  test('the errors of one event are not told again with the next, and no event comes twice', async () => {
    const events = connect().iterate({ query: TICKS });
    await world.search.stop();
    const bad = (await events.next()).value;
    assert.deepEqual(
      bad.errors.map((error) => [error.path.join('.'), error.extensions.code]),
      [['ticks.node.score', 'UNAVAILABLE']],
    );
    assert.equal((await events.next()).value.errors.length, 1);
    await world.search.start();
    const good = await collect(events, { count: 3 });
    assert.equal(good.at(-1).errors, undefined);
    const numbers = good.map(({ data }) => data.ticks.number);
    assert.deepEqual(numbers, [3, 4, 5]);
  });

  test('the end of the subgraph is told, and no event is repeated', async () => {
    const source = connect().iterate({ query: TICKS });
    await source.next();
    await world.structure.stop();
    const events = await collect(source);
    const last = events.pop();
    assert.deepEqual(reason(last), ['UNAVAILABLE', 'SUBGRAPH']);
    assert.equal(last.data, null);
    assert.ok(events.every((event) => !event.errors));
  });

  test('a new supergraph ends them with a word, and the same socket can subscribe again', async () => {
    const client = connect();
    const source = client.iterate({ query: TICKS });
    await source.next();
    await world.recompose({ search: world.search.sdl.replace('suggest: [String!]', 'suggest: [String!] extra: Int') });
    assert.deepEqual(reason((await collect(source)).at(-1)), ['UNAVAILABLE', 'RELOAD']);
    const [again] = await collect(client.iterate({ query: TICKS }), { count: 1 });
    assert.equal(again.data.ticks.number, 1);
  });

  test('a caller who goes away ends its own subscription upstream, and nothing else', async () => {
    const gone = connect();
    await gone.iterate({ query: TICKS }).next();
    gone.terminate();
    const stream = await listen('text/event-stream');
    await stream.body.cancel();
    const giveUp = AbortSignal.timeout(10_000);
    while (world.structure.sockets.clients.size) {
      assert.ok(!giveUp.aborted, 'the upstream connection stays open');
      await new Promise((done) => setTimeout(done, 50));
    }
    const slow = new AbortController();
    world.identity.pace.ms = 400;
    const asked = fetch(`${world.router.url}/graphql?query=%7Bme%7D`, { signal: slow.signal }).catch((e) => e.name);
    setTimeout(() => slow.abort(), 100);
    assert.equal(await asked, 'AbortError');
    assert.deepEqual((await world.router.ask('{ me }')).body, { data: { me: 'nobody' } });
  });

  test('a protected one is refused to an anonymous caller', async () => {
    const failure = await collect(
      connect().iterate({ query: 'subscription { ticks { node { createdBy { email } } } }' }),
    ).catch((e) => [{ errors: e }]);
    assert.deepEqual(
      failure[0].errors.map((error) => error.extensions.code),
      ['UNAUTHENTICATED'],
    );
    assert.equal(world.structure.connections.length, 0);
  });

  test('the end of the token ends them with a word, and the socket with 4401', async () => {
    const short = () => world.issuer.bearer({ exp: Math.floor(Date.now() / 1000) - 3 }); // two seconds of leeway are left
    let closed;
    const client = connect(await short(), { lazyCloseTimeout: 5000 });
    client.on('closed', (event) => (closed = event));
    const [socket, stream] = await Promise.all([
      collect(client.iterate({ query: TICKS })),
      listen('text/event-stream', await short()).then((answer) => answer.text()),
    ]);
    assert.equal(socket[0].data.ticks.number, 1);
    assert.deepEqual(reason(socket.at(-1)), ['UNAUTHENTICATED', 'EXPIRED']);
    assert.match(stream, /"reason":"EXPIRED".*\n\nevent: complete/);
    while (!closed) await new Promise((done) => setTimeout(done, 20));
    assert.deepEqual([closed.code, closed.reason], [4401, 'Token expired']);
  });

  test('the end of the router ends them with a word, and the process with 0', async () => {
    const socket = connect().iterate({ query: TICKS });
    await socket.next();
    const stream = await listen('text/event-stream');
    const exit = world.router.stop();
    assert.deepEqual(reason((await collect(socket)).at(-1)), ['UNAVAILABLE', 'RESTART']);
    assert.match(await stream.text(), /"reason":"RESTART".*\n\nevent: complete/);
    assert.equal(await exit, 0);
  });
});

async function readUntil(answer, enough) {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body) {
    text += decoder.decode(chunk, { stream: true });
    if (enough(text)) break;
  }
  return text;
}
