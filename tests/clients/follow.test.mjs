import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { changes, follow, SubscriptionEnded } from '../../clients/js/src/index.js';
import { startWorld } from '../router/support/world.mjs';
import { startGateway } from '../router/support/processes.mjs';

const QUERY = 'subscription($after: Int) { beats(after: $after) { number node { name score } } }';

for (const transport of ['ws', 'sse']) {
  describe(`the client in JavaScript, over ${transport}`, () => {
    let world;
    before(async () => (world = await startWorld()));
    after(() => world.stop());
    afterEach(() => world.mend());

    const beats = (options) => follow({ url: `${world.router.url}/graphql`, query: QUERY, transport, ...options });
    // Takes so many events, and asserts that none is missing and none comes twice.
    const take = async (events, count, meanwhile = async () => {}) => {
      const found = [];
      for await (const { data, cursor } of events) {
        assert.equal(cursor, data.beats.number);
        if (found.length) assert.equal(cursor, found.at(-1) + 1);
        found.push(cursor);
        if (found.length === 3) meanwhile();
        if (found.length >= count) break;
      }
      return found;
    };
    const restart = async () => {
      await world.router.stop();
      const { port } = new URL(world.router.url);
      const settings = { CLAY_ROUTER_PORT: port, CLAY_SUPERGRAPH: world.supergraph };
      world.router = await startGateway({ ...world.issuer.settings, ...settings });
    };

    test('each event with its cursor and the fields of other subgraphs', async () => {
      for await (const { data, cursor } of beats()) {
        assert.deepEqual(data.beats, { number: cursor, node: { name: 'Dogs', score: 0.5 } });
        break;
      }
    });

    test('goes on where the router restarts', async () => {
      await take(beats(), 40, restart);
    });

    test('goes on where the subgraph is gone for a while', async () => {
      const statuses = [];
      const away = async () => {
        await world.structure.stop();
        setTimeout(() => world.structure.start(), 700);
      };
      await take(beats({ onStatus: ({ status }) => statuses.push(status) }), 40, away);
      assert.ok(statuses.includes('waiting'));
    });

    test('goes on where the supergraph is replaced', async () => {
      const sdl = world.search.sdl.replace('suggest: [String!]', 'suggest: [String!] more: Int');
      await take(beats(), 25, () => world.recompose({ search: sdl }));
    });

    test('goes on with a new token where the old one ends', async () => {
      let asked = 0;
      const token = async () => {
        asked++;
        return world.issuer.sign({ exp: Math.floor(Date.now() / 1000) - 4 + (asked > 1 ? 600 : 2) });
      };
      await take(beats({ token }), 60);
      assert.equal(asked, 2);
    });

    test('begins behind a cursor', async () => {
      const [first] = await take(beats(), 1);
      assert.deepEqual(await take(beats({ after: first - 10 }), 15), Array.from({ length: 15 }, (_, i) => first - 9 + i));
      assert.deepEqual(await take(beats({ begin: async () => first - 3 }), 2), [first - 2, first - 1]);
    });

    test('ends for good where trying again would not help', async () => {
      const ended = async (events) => {
        for await (const event of events) assert.fail(JSON.stringify(event));
      };
      await assert.rejects(ended(beats({ after: 1_000_000 })), (error) => {
        assert.ok(error instanceof SubscriptionEnded);
        assert.equal(error.code, 'BAD_USER_INPUT');
        return true;
      });
      await assert.rejects(ended(beats({ token: 'garbage' })), { name: 'SubscriptionEnded', code: 'UNAUTHENTICATED' });
      await assert.rejects(ended(beats({ query: 'subscription { nope }' })), { code: 'BAD_USER_INPUT' });
      const gone = changes({ url: `${world.router.url}/graphql`, within: 'n9', transport });
      await assert.rejects(ended(gone), { name: 'SubscriptionEnded' });
    });

    test('ends when its signal says so, connected or waiting', async () => {
      const connected = new AbortController();
      for await (const { cursor } of beats({ signal: connected.signal })) {
        assert.ok(cursor);
        connected.abort();
      }
      const waiting = new AbortController();
      const onStatus = ({ status }) => status === 'waiting' && waiting.abort();
      for await (const event of follow({ url: 'http://127.0.0.1:9/graphql', query: QUERY, transport, onStatus, signal: waiting.signal })) {
        assert.fail(JSON.stringify(event));
      }
    });
  });
}
