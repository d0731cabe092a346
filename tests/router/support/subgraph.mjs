// A real federated subgraph: graphql-js behind node:http and graphql-transport-ws.
import { once } from 'node:events';
import http from 'node:http';
import { graphql as gql, useServer, WebSocketServer } from './packages.mjs';

export const FEDERATION = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@authenticated", "@requiresScopes", "@external"])
`;
const MACHINERY = `
  scalar federation__Scope
  scalar _Any
  type _Service { sdl: String! }
  directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT
  directive @authenticated on FIELD_DEFINITION | OBJECT
  directive @requiresScopes(scopes: [[federation__Scope!]!]!) on FIELD_DEFINITION | OBJECT
  directive @external on FIELD_DEFINITION
`;

/**
 * Starts a subgraph on a free port of 127.0.0.1.
 * @param sdl without the federation header
 * @param roots functions by the name of a root field: (args, context) => value
 * @param entities functions by type name: (representation, context) => value
 * @returns its `url`, `sdl`, what it was asked (`requests`: headers and body), `connections` (their parameters),
 *   `subscriptions` and `completed` (how many were begun and ended), `pace.ms` (how long it waits before each answer),
 *   `answer` (a raw answer in place of GraphQL), `stop()`, `start()`, and `mend()`, which makes it as it was at the start
 */
export async function startSubgraph({ sdl, roots = {}, entities = {} }) {
  const whole = FEDERATION + sdl;
  const schema = executable(sdl, Object.keys(entities));
  const rootValue = {
    ...roots,
    _service: { sdl: whole },
    _entities: ({ representations }, context) => representations.map((ref) => resolve(entities, ref, context)),
  };
  const subgraph = { sdl: whole, requests: [], connections: [], subscriptions: 0, completed: 0, pace: { ms: 0 }, answer: null };
  let server;
  let port = 0;
  subgraph.start = async () => {
    if (server) return;
    server = http.createServer((request, response) => respond(subgraph, { schema, rootValue }, request, response));
    const sockets = new WebSocketServer({ server, path: '/graphql' });
    subgraph.sockets = sockets;
    const onConnect = ({ connectionParams }) => void subgraph.connections.push(connectionParams);
    const onSubscribe = () => void (subgraph.subscriptions += 1);
    const onComplete = () => void (subgraph.completed += 1);
    const onNext = (_context, _id, _payload, _args, result) => withCursor(result);
    const roots = { subscription: rootValue, query: rootValue };
    useServer({ schema, roots, onConnect, onSubscribe, onNext, onComplete }, sockets);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = server.address().port;
    subgraph.url = `http://127.0.0.1:${port}/graphql`;
  };
  subgraph.stop = async () => {
    if (!server) return;
    for (const socket of subgraph.sockets.clients) socket.terminate();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    server = null;
  };
  subgraph.mend = () => {
    Object.assign(subgraph, { pace: { ms: 0 }, answer: null, requests: [], connections: [], subscriptions: 0, completed: 0 });
    return subgraph.start();
  };
  await subgraph.start();
  return subgraph;
}

// As our subgraphs do: what `after` must be so that the next event follows.
function withCursor(result) {
  const number = result.data?.beats?.number;
  return number === undefined ? result : { ...result, extensions: { cursor: number } };
}

function executable(sdl, entityNames) {
  const union = entityNames.length
    ? `union _Entity = ${entityNames.join(' | ')}
       extend type Query { _service: _Service! _entities(representations: [_Any!]!): [_Entity]! }`
    : 'extend type Query { _service: _Service! }';
  return gql.buildASTSchema(gql.parse(`${MACHINERY}\n${sdl}\n${union}`), { assumeValidSDL: true });
}

function resolve(entities, reference, context) {
  const value = entities[reference.__typename](reference, context);
  return value && { __typename: reference.__typename, ...value };
}

async function respond(subgraph, { schema, rootValue }, request, response) {
  const body = await text(request);
  subgraph.requests.push({ headers: request.headers, body });
  if (subgraph.pace.ms) await new Promise((done) => setTimeout(done, subgraph.pace.ms));
  if (subgraph.answer) {
    response.writeHead(subgraph.answer.status ?? 200, { 'content-type': subgraph.answer.type ?? 'application/json' });
    return response.end(subgraph.answer.body);
  }
  const { query, variables, operationName } = JSON.parse(body);
  const contextValue = { headers: request.headers };
  const result = await gql.graphql({
    schema,
    source: query,
    variableValues: variables,
    operationName,
    rootValue,
    contextValue,
  });
  response.writeHead(200, { 'content-type': 'application/json' });
  return response.end(JSON.stringify(result));
}

async function text(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
