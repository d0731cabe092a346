// graphql-transport-ws for callers, at the same address as GraphQL over HTTP.
import { getGraphQLWSOptions } from '@graphql-hive/gateway-runtime';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { holdUntilTurn } from './corking.mjs';
import { mask } from './errors.mjs';
import { lifetimeOf } from './last-words.mjs';
import { LIMITS } from './limits.mjs';
import { traceOf } from './tracing.mjs';

const PING_EVERY = 12_000;
const INIT_WITHIN = 5000;
const LAST_WORDS_FIRST = 100;

/** Takes WebSockets on the HTTP server. Connection parameters count as headers, and go before them. */
export function openWebSockets({ server, runtime, callerOf, state, log }) {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LIMITS.body });
  const graphql = getGraphQLWSOptions(runtime, (connection) => ({
    request: requestOf(connection), // a new one for each operation: a trace of its own
    caller: connection.extra.caller,
  }));
  useServer(
    {
      ...graphql,
      execute: answering(graphql.execute, log),
      subscribe: answering(graphql.subscribe, log),
      connectionInitWaitTimeout: INIT_WITHIN,
      onConnect: (connection) => admit(connection, callerOf, state),
    },
    sockets,
    PING_EVERY,
  );
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (new URL(request.url, 'http://router').pathname !== runtime.graphqlEndpoint) {
      return socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    }
    return sockets.handleUpgrade(request, socket, head, (open) => {
      const send = open.send.bind(open);
      open.send = (...message) => {
        holdUntilTurn(socket);
        send(...message);
      };
      sockets.emit('connection', open, request);
    });
  });
  return sockets;
}

async function admit(connection, callerOf, state) {
  const { socket } = connection.extra;
  if (state.draining) return refuse(socket, 4205, 'Restarting');
  try {
    const caller = (connection.extra.caller = await callerOf(headersOf(connection).get('authorization')));
    if (caller) closeAt(socket, lifetimeOf(caller.exp));
    return true;
  } catch (error) {
    return refuse(socket, error.extensions?.code === 'UNAVAILABLE' ? 4503 : 4401, error.message);
  }
}

// Behind the last words of its subscriptions, which come at the same moment.
function closeAt(socket, lifetime) {
  const closing = setTimeout(() => socket.close(4401, 'Token expired'), lifetime + LAST_WORDS_FIRST);
  socket.once('close', () => clearTimeout(closing));
}

function refuse(socket, code, reason) {
  socket.close(code, reason);
  return false;
}

function requestOf(connection) {
  const { request } = connection.extra;
  return new Request(`http://${request.headers.host ?? 'router'}/graphql`, {
    method: 'POST',
    headers: headersOf(connection),
  });
}

function headersOf({ extra, connectionParams }) {
  const headers = new Headers({ 'content-type': 'application/json' });
  for (const [name, value] of Object.entries({ ...extra.request.headers, ...lowered(connectionParams) })) {
    if (typeof value === 'string' && /^[\w-]+$/.test(name) && isHeaderText(value)) headers.set(name, value);
  }
  return headers;
}

function lowered(connectionParams) {
  return Object.fromEntries(Object.entries(connectionParams ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}

// A line break in a connection parameter would throw far from here.
function isHeaderText(value) {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}

// Thrown, an error would close the whole socket with all its other operations.
function answering(run, log) {
  return async (args) => {
    try {
      return await run(args);
    } catch (error) {
      return { errors: [mask(error, { trace: traceOf(args.contextValue?.request), log })] };
    }
  };
}
