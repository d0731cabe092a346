import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { runCompose } from './support/processes.mjs';
import { FEDERATION, startSubgraph } from './support/subgraph.mjs';

const TREES = `${FEDERATION} type Node @key(fields: "id") { id: ID! name: String } type Query { node: Node }`;
const WORDS = `${FEDERATION} type Node @key(fields: "id") { id: ID! score: Float } type Query { search: [Node!] }`;

describe('composition', () => {
  let folder;
  let out;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'clay-compose-'));
    out = path.join(folder, 'supergraph.graphql');
    await writeFile(path.join(folder, 'trees.graphql'), TREES);
    await writeFile(path.join(folder, 'words.graphql'), WORDS);
    await writeFile(path.join(folder, 'clash.graphql'), WORDS.replace('score: Float', 'score: Float name: [Int]'));
  });
  after(() => rm(folder, { recursive: true }));
  beforeEach(() => writeFile(out, 'the one before'));

  const compose = async (config) => {
    const file = path.join(folder, 'supergraph.yaml');
    await writeFile(file, config);
    return runCompose(['--config', file, '--out', out]);
  };
  const subgraph = (name, file) => `  ${name}: {routing_url: "http://127.0.0.1:1/${name}", schema: {file: ${file}}}\n`;
  const assertUntouched = async () => {
    assert.equal(await readFile(out, 'utf8'), 'the one before');
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.endsWith('.tmp')),
      [],
    );
  };

  test('writes one supergraph with every subgraph and its address', async () => {
    const done = await compose(
      `subgraphs:\n${subgraph('trees', 'trees.graphql')}${subgraph('words', 'words.graphql')}`,
    );
    assert.deepEqual([done.code, done.stderr], [0, '']);
    const supergraph = await readFile(out, 'utf8');
    assert.match(supergraph, /TREES @join__graph\(name: "trees", url: "http:\/\/127\.0\.0\.1:1\/trees"\)/);
    assert.match(supergraph, /WORDS @join__graph\(name: "words"/);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.endsWith('.tmp')),
      [],
    );
  });

  test('asks a running subgraph for its schema', async () => {
    const running = await startSubgraph({ sdl: 'type Query { live: String }' });
    try {
      const done = await compose(`subgraphs:\n  live: {schema: {subgraph_url: "${running.url}"}}\n`);
      assert.equal(done.code, 0, done.stderr);
      assert.match(await readFile(out, 'utf8'), /live: String/);
    } finally {
      await running.stop();
    }
  });

  test('says why subgraphs do not fit together, one line each, and leaves the file as it was', async () => {
    const done = await compose(
      `subgraphs:\n${subgraph('trees', 'trees.graphql')}${subgraph('clash', 'clash.graphql')}`,
    );
    assert.equal(done.code, 1);
    const lines = done.stderr.trim().split('\n');
    for (const line of lines) assert.match(line, /^[A-Z_]+: .+/);
    assert.ok(
      lines.some((line) => line.startsWith('FIELD_TYPE_MISMATCH: ') || line.startsWith('INVALID_FIELD_SHARING: ')),
    );
    await assertUntouched();
  });

  const bad = {
    'is no YAML': ['subgraphs: [', /can not be read/],
    'names no subgraphs': ['subgraphs: {}', /names no subgraphs/],
    'has an unknown key': ['subgraph: {}', /unknown key "subgraph"/],
    'wants another federation': ['federation_version: =3.0\nsubgraphs: {}', /federation_version must be 2/],
    'names no schema': ['subgraphs: {a: {routing_url: "http://127.0.0.1:1/"}}', /Subgraph a needs either/],
    'names no address': ['subgraphs: {a: {schema: {file: trees.graphql}}}', /Subgraph a needs a routing_url/],
    'names a file that is not there': [
      `subgraphs:\n${subgraph('a', 'none.graphql')}`,
      /subgraph a can not be read: ENOENT/,
    ],
    'names a file that is no GraphQL': [`subgraphs:\n${subgraph('a', 'supergraph.yaml')}`, /subgraph a is no GraphQL/],
    'names a subgraph that is not running': [
      'subgraphs: {a: {schema: {subgraph_url: "http://127.0.0.1:1/graphql"}}}',
      /Subgraph a gave no schema/,
    ],
  };
  for (const [what, [config, sentence]] of Object.entries(bad)) {
    test(`ends with 2 and a sentence where the configuration ${what}`, async () => {
      const done = await compose(config);
      assert.deepEqual([done.code, done.stdout], [2, '']);
      assert.match(done.stderr, sentence);
      assert.doesNotMatch(done.stderr, /\n\s+at /, 'a stack trace is no sentence');
      await assertUntouched();
    });
  }

  test('shows its usage where an argument is missing or unknown', async () => {
    for (const args of [[], ['--config', 'x'], ['--wrong']]) {
      const done = await runCompose(args);
      assert.equal(done.code, 2);
      assert.match(done.stderr, /Usage: node compose\.mjs/);
    }
  });
});
