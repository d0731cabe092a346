// A small MediaClay: trees, words and people, each in a subgraph of its own, and the router before them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { graphql as gql } from './packages.mjs';
import { runCompose, startGateway } from './processes.mjs';
import { startSubgraph } from './subgraph.mjs';
import { startIssuer } from './tokens.mjs';

const NODES = { n1: { name: 'Dogs', by: 'p1' }, n2: { name: 'Wolves', by: 'p2' }, n3: { name: 'Foxes', by: 'p1' } };

function node(id) {
  if (!NODES[id]) return null;
  const person = { __typename: 'Principal', id: NODES[id].by };
  const kin = () => (id === 'n1' ? [node('n2'), node('n3')] : []);
  return { __typename: 'Node', id, name: NODES[id].name, createdBy: person, owner: person, kin };
}

const BEAT = 100; // milliseconds: a clock that is the same for all who listen to it
const BEGAN = Date.now() - 1000 * BEAT;

export class CodedError extends gql.GraphQLError {
  constructor(code, message, more = {}) {
    super(message, { extensions: { code, ...more } });
  }
}

export const STRUCTURE = `
  type Node @key(fields: "id") {
    id: ID!
    name: String
    children: [Node!]
    createdBy: Principal
    owner: Principal!
    kin: [Node!]
  }
  type Principal @key(fields: "id", resolvable: false) { id: ID! }
  type Tick { number: Int! node: Node }
  type Query {
    node(id: ID!): Node
    nodes: [Node!]!
    fails(how: String!): String
    secret: String @authenticated
    vault: Vault
    found: [Found]
    admin: String @requiresScopes(scopes: [["clay.admin"]])
  }
  union Found = Node | Vault
  type Vault { number: Int! @authenticated }
  type Mutation {
    erase: Boolean @authenticated
    rename(id: ID!, name: String!): Node
  }
  type Subscription {
    ticks(after: Int = 0): Tick!
    beats(after: Int): Tick!
    silence: Tick!
  }
`;

export const SEARCH = `
  type Node @key(fields: "id") { id: ID! score: Float rank: Int! }
  type Query { search(query: String!): [Node!] suggest: [String!] }
`;

export const IDENTITY = `
  type Principal @key(fields: "id") { id: ID! name: String email: String @authenticated handle: String! }
  type Query { me: String }
`;

const FAILURES = {
  plain: () => new Error('password=hunter2 at db.internal:5432'),
  internal: () => new CodedError('INTERNAL', 'KeyError: hunter2', { stacktrace: ['db.internal'] }),
  traced: () => new CodedError('INTERNAL', 'hunter2', { traceId: 'ab'.repeat(16) }),
  foreign: () => new CodedError('DATABASE_DOWN', 'hunter2'),
};

export function structureRoots(ticker) {
  return {
    node: ({ id }) => node(id),
    nodes: () => Object.keys(NODES).map(node),
    fails({ how }) {
      if (FAILURES[how]) throw FAILURES[how]();
      throw new CodedError(how, `It is ${how}`, {
        hint: 'a detail',
        stacktrace: ['db.internal'],
        http: { status: 418 },
      });
    },
    vault: () => ({ number: 7 }),
    found: () => [{ __typename: 'Vault', number: 7 }, node('n1')],
    erase: () => true,
    secret: () => 'the secret',
    admin: () => 'the keys',
    rename: async ({ id, name }) => ({ ...node(id), name }),
    ticks: async function* ({ after }) {
      for await (const number of ticker(after)) yield { ticks: { number, node: node('n1') } };
    },
    silence() {
      const { promise, resolve } = Promise.withResolvers();
      const end = async () => resolve({ done: true, value: undefined });
      return { next: () => promise, return: end, throw: end, [Symbol.asyncIterator]: () => ({ next: () => promise, return: end }) };
    },
    beats: async function* ({ after }) {
      const now = Math.floor((Date.now() - BEGAN) / BEAT);
      if (after > now) throw new CodedError('BAD_USER_INPUT', 'Not reached yet');
      for (let number = (after ?? now) + 1; ; number++) {
        await new Promise((done) => setTimeout(done, Math.max(BEGAN + number * BEAT - Date.now(), 0)));
        yield { beats: { number, node: node('n1') } };
      }
    },
  };
}

async function* everyTenth(after) {
  for (let number = after + 1; ; number++) {
    await new Promise((done) => setTimeout(done, 100));
    yield number;
  }
}

/**
 * Starts all of it; `settings` are more environment variables of the router.
 * @returns the subgraphs `structure`, `search`, `identity`; the `issuer`; the `router`; the `folder` with the file
 *   `supergraph`; `recompose(schemas)`; `mend()`, which undoes what a test did to a subgraph; `stop()`
 */
export async function startWorld({ settings = {} } = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'clay-router-'));
  const world = {
    folder,
    supergraph: path.join(folder, 'supergraph.graphql'),
    config: path.join(folder, 'supergraph.yaml'),
  };
  world.issuer = await startIssuer();
  world.structure = await startSubgraph({
    sdl: STRUCTURE,
    roots: structureRoots(everyTenth),
    entities: { Node: ({ id }) => node(id) },
  });
  world.search = await startSubgraph({
    sdl: SEARCH,
    roots: {
      search: () => [
        { id: 'n2', score: 2, rank: 1 },
        { id: 'n1', score: 1, rank: 2 },
      ],
      suggest: () => ['dog'],
    },
    entities: { Node: ({ id }) => ({ id, score: 0.5, rank: 3 }) },
  });
  world.identity = await startSubgraph({
    sdl: IDENTITY,
    roots: { me: (_, { headers }) => headers.authorization ?? 'nobody' },
    entities: { Principal: ({ id }) => ({ id, name: `Person ${id}`, email: `${id}@example.org`, handle: `@${id}` }) },
  });
  world.recompose = (schemas = {}) => recompose(world, schemas);
  await world.recompose();
  world.router = await startGateway({ ...world.issuer.settings, CLAY_SUPERGRAPH: world.supergraph, ...settings });
  world.mend = () => Promise.all([world.structure, world.search, world.identity].map((subgraph) => subgraph.mend()));
  world.stop = async () => {
    await world.router.stop();
    await Promise.all([world.structure, world.search, world.identity, world.issuer].map((part) => part.stop()));
    await rm(folder, { recursive: true });
  };
  return world;
}

async function recompose(world, schemas) {
  const lines = ['subgraphs:'];
  for (const name of ['structure', 'search', 'identity']) {
    const file = path.join(world.folder, `${name}.graphql`);
    await writeFile(file, schemas[name] ?? world[name].sdl);
    lines.push(`  ${name}:`, `    routing_url: ${world[name].url}`, '    schema:', `      file: ${file}`);
  }
  await writeFile(world.config, `${lines.join('\n')}\n`);
  const done = await runCompose(['--config', world.config, '--out', world.supergraph]);
  if (done.code !== 0) throw new Error(`The test's own subgraphs do not compose: ${done.stderr}`);
}
