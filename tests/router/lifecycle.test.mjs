import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runGateway, startGateway } from './support/processes.mjs';
import { startWorld } from './support/world.mjs';

describe('the life of the router', () => {
  let world;
  let settings;
  before(async () => {
    world = await startWorld();
    settings = { CLAY_SUPERGRAPH: world.supergraph, ...world.issuer.settings };
  });
  after(() => world.stop());

  test('it says one line when it listens, and then is alive and ready', async () => {
    assert.match(world.router.child.out(), /^router ready on http:\/\/127\.0\.0\.1:\d+\/graphql\n$/);
    for (const [page, status] of [
      ['/health', 'alive'],
      ['/ready', 'ready'],
    ]) {
      const answer = await fetch(world.router.url + page);
      assert.deepEqual([answer.status, await answer.json()], [200, { status }]);
    }
  });

  for (const signal of ['SIGTERM', 'SIGINT']) {
    test(`${signal}: running requests are answered, new ones not taken, and it ends with 0`, async () => {
      const router = await startGateway(settings);
      world.identity.pace.ms = 800;
      const running = router.ask('{ me }');
      await new Promise((done) => setTimeout(done, 300));
      const exit = router.stop(signal);
      await new Promise((done) => setTimeout(done, 200));
      await assert.rejects(fetch(`${router.url}/ready`));
      assert.deepEqual((await running).body, { data: { me: 'nobody' } });
      assert.equal(await exit, 0);
      world.identity.pace.ms = 0;
    });
  }

  test('while it drains, a connection that is open hears that it is not ready', async () => {
    const router = await startGateway(settings);
    world.identity.pace.ms = 1000;
    const socket = net.connect(new URL(router.url).port, '127.0.0.1');
    const heard = [];
    socket.on('data', (data) => heard.push(data.toString()));
    const running = router.ask('{ me }');
    await new Promise((done) => setTimeout(done, 200));
    // The first half of a request keeps the connection from counting as idle.
    socket.write('GET /ready HTTP/1.1\r\nHost: router\r\n');
    await new Promise((done) => setTimeout(done, 100));
    const exit = router.stop();
    await new Promise((done) => setTimeout(done, 100));
    socket.write('Connection: close\r\n\r\n');
    await once(socket, 'close');
    assert.match(heard.join(''), /^HTTP\/1\.1 503 [^]*"draining"/);
    await running;
    assert.equal(await exit, 0);
    world.identity.pace.ms = 0;
  });

  test('a port in use is one sentence and exit code 3', async () => {
    const { port } = new URL(world.router.url);
    const done = await runGateway({ ...settings, CLAY_ROUTER_PORT: port });
    assert.equal(done.code, 3);
    assert.equal(
      done.stderr.trim(),
      `Port ${port} of 127.0.0.1 is in use: stop the program that has it, or set CLAY_ROUTER_PORT to another one.`,
    );
    assert.equal(done.stdout, '');
  });

  test('a setting that does not fit is one sentence and exit code 2', async () => {
    const wrong = [
      [{ CLAY_ROUTER_PROT: '1' }, /^Unknown setting CLAY_ROUTER_PROT; did you mean CLAY_ROUTER_PORT\?$/],
      [{ CLAY_ROUTER_PORT: 'http' }, /^CLAY_ROUTER_PORT must be a port number, not "http"\.$/],
      [{ CLAY_JWKS_URL: 'file:///etc/passwd' }, /^CLAY_JWKS_URL must be an http or https address/],
      [{ CLAY_LOG_LEVEL: 'loud' }, /^CLAY_LOG_LEVEL must be one of/],
      [{ CLAY_SUPERGRAPH: '/nowhere/supergraph.graphql' }, /^The supergraph can not be read: ENOENT.*clay compose/],
    ];
    for (const [given, sentence] of wrong) {
      const done = await runGateway({ ...settings, ...given });
      assert.equal(done.code, 2);
      assert.match(done.stderr.trim(), sentence);
    }
  });

  test('a file that is no supergraph does not start it', async () => {
    const file = path.join(world.folder, 'foreign.graphql');
    await writeFile(file, 'type Query { a: Int }');
    const done = await runGateway({ ...settings, CLAY_SUPERGRAPH: file });
    assert.deepEqual([done.code, done.stdout], [2, '']);
    assert.match(done.stderr, /foreign\.graphql is not usable: it names no subgraphs/);
  });

  test('it ends when its parent is gone, if asked to', async () => {
    const router = await startGateway({ ...settings, CLAY_EXIT_WITH_PARENT: '1' }, { stdin: 'pipe' });
    router.child.stdin.destroy();
    const [code] = await once(router.child, 'close');
    assert.equal(code, 0);
  });

  test('it stays when nobody asked', async () => {
    const router = await startGateway(settings, { stdin: 'pipe' });
    router.child.stdin.destroy();
    await new Promise((done) => setTimeout(done, 700));
    assert.equal((await router.ask('{ me }')).status, 200);
    assert.equal(await router.stop(), 0);
  });
});
