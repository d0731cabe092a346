import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Script, createContext, runInContext } from 'node:vm';
import { startWorld } from './support/world.mjs';

const AS_BROWSER = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } };

describe('pages', () => {
  let world;
  before(async () => (world = await startWorld()));
  after(() => world.stop());
  const get = (path, options) => fetch(world.router.url + path, { redirect: 'manual', ...options });

  test('the root leads to GraphQL', async () => {
    const answer = await get('/');
    assert.deepEqual([answer.status, answer.headers.get('location')], [302, '/graphql']);
  });

  test('a browser gets GraphiQL, whole from the router and forbidden to ask any other host', async () => {
    const answer = await get('/graphql', AS_BROWSER);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type'), /^text\/html/);
    const policy = answer.headers.get('content-security-policy');
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /https?:|\*/);
    const page = (await answer.text()).replace(/data:[\w/+;-]+,[^"]*/g, 'data:');
    assert.doesNotMatch(page, /(?:https?:)?\/\/[a-z]/i);
    const files = [...page.matchAll(/(?:src|href)="([^"]+)"/g)]
      .map(([, file]) => file)
      .filter((file) => file !== 'data:');
    assert.equal(files.length, 4);
    for (const file of files) {
      assert.match(file, /^\/graphiql\//);
      const asset = await get(file);
      assert.equal(asset.status, 200);
      assert.match(asset.headers.get('content-type'), file.endsWith('.css') ? /^text\/css/ : /^text\/javascript/);
      assert.match(asset.headers.get('cache-control'), /immutable/);
      assert.ok((await asset.text()).length > 100);
    }
  });

  test('its scripts can be read by a browser, and name the workers of the editor, which come from the router', async () => {
    const page = await (await get('/graphql', AS_BROWSER)).text();
    const scripts = [...page.matchAll(/script src="([^"]+)"/g)].map(([, file]) => file);
    for (const file of scripts) new Script(await (await get(file)).text());
    const browser = createContext({});
    browser.self = browser;
    runInContext(await (await get(scripts.find((file) => file.endsWith('workers.js')))).text(), browser);
    for (const label of ['editorWorkerService', 'json', 'graphql']) {
      const worker = await get(browser.MonacoEnvironment.getWorkerUrl('workerMain.js', label));
      assert.equal(worker.status, 200);
      new Script(await worker.text());
    }
  });

  test('its style loads nothing from elsewhere', async () => {
    const page = await (await get('/graphql', AS_BROWSER)).text();
    const style = await (await get(/href="([^"]*\.css)"/.exec(page)[1])).text();
    assert.doesNotMatch(style, /url\(["']?(?!data:|#)|@import/);
  });

  test('a program gets GraphQL at the same address, by GET too', async () => {
    const answer = await get(`/graphql?query=${encodeURIComponent('{ me }')}`, AS_BROWSER);
    assert.deepEqual([answer.status, await answer.json()], [200, { data: { me: 'nobody' } }]);
  });

  test('an answer that did not change is not sent again', async () => {
    const address = `/graphql?query=${encodeURIComponent('{ nodes { name } }')}`;
    const first = await get(address);
    assert.equal(first.headers.get('cache-control'), 'public, no-cache');
    const again = await get(address, { headers: { 'if-none-match': first.headers.get('etag') } });
    assert.deepEqual([again.status, await again.text()], [304, '']);
  });

  test('an answer for somebody, or with errors, does not lie in a shared cache', async () => {
    const personal = await get(`/graphql?query=${encodeURIComponent('{ me }')}`, {
      headers: await world.issuer.bearer(),
    });
    assert.equal(personal.headers.get('cache-control'), 'private, no-cache');
    assert.match(personal.headers.get('vary'), /authorization/);
    const failed = await get(`/graphql?query=${encodeURIComponent('{ fails(how: "NOT_FOUND") }')}`);
    assert.equal(failed.headers.get('cache-control'), 'no-store');
  });

  test('what is not there is not there', async () => {
    for (const path of ['/nothing', '/graphiql/0/graphiql.js', '/graphiql/../package.json']) {
      assert.equal((await get(path)).status, 404, path);
    }
  });
});
