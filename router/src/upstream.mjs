// Subscriptions to the subgraphs, over graphql-transport-ws. Our own client because the gateway library's reconnects
// silently when a subgraph dies: what happened meanwhile would be missing, and nobody told.
import { GraphQLError, print } from 'graphql';
import { createClient } from 'graphql-ws';
import { refusal } from './errors.mjs';
import { passedOn } from './headers.mjs';
import { lastWord } from './last-words.mjs';
import { Queue } from './queue.mjs';

const IDLE = 3000; // milliseconds that a connection without subscriptions stays open
const PING_EVERY = 12_000;
const PONG_WITHIN = 5000;

/** Callers with the same token and client share one connection per subgraph. */
export function useUpstreamSubscriptions() {
  const clients = new Map();
  return {
    onSubgraphExecute({ executionRequest, setExecutor, transportEntry }) {
      if (executionRequest.operationType !== 'subscription') return;
      setExecutor((request) => {
        const client = clientFor(clients, transportEntry.location, request.context?.request);
        return events(client, operationOf(request), request.context?.upstream ?? newUpstream());
      });
    },
    onDispose: () => Promise.all([...clients.values()].map((client) => client.dispose())).then(() => undefined),
  };
}

function operationOf({ document, variables, operationName }) {
  return { query: print(document), variables, operationName };
}

function clientFor(clients, location, request) {
  const connectionParams = request ? passedOn(request) : {};
  const { traceparent, tracestate, ...shared } = connectionParams;
  const key = JSON.stringify([location, shared]);
  if (!clients.has(key))
    clients.set(
      key,
      connect(location, connectionParams, () => clients.delete(key)),
    );
  return clients.get(key);
}

function connect(location, connectionParams, forget) {
  let socket;
  let missing;
  return createClient({
    url: location.replace(/^http/, 'ws'),
    connectionParams,
    retryAttempts: 0,
    lazyCloseTimeout: IDLE,
    keepAlive: PING_EVERY,
    on: {
      opened: (opened) => (socket = opened),
      ping: (received) => {
        // A network that swallows everything leaves a socket open for hours.
        if (!received) missing = setTimeout(() => socket?.close(4408, 'No pong'), PONG_WITHIN);
      },
      pong: (received) => received && clearTimeout(missing),
      closed: () => {
        clearTimeout(missing);
        forget();
      },
    },
  });
}

/**
 * What goes beside the planner, in the context of a subscription. It keeps nothing of an event but its data, so the cursors
 * of the events are here, in the same order; and it can't be interrupted while it waits for the next event, so here is `leave`.
 */
export function newUpstream() {
  return { cursors: [], leave: () => {} };
}

async function* events(client, operation, upstream) {
  const queue = new Queue(() => leave());
  const leave = client.subscribe(operation, {
    next: (result) => queue.push(result),
    error: (reason) => {
      queue.push(farewell(reason));
      queue.end();
    },
    complete: () => queue.end(),
  });
  upstream.leave = leave;
  try {
    for await (const result of queue) {
      upstream.cursors.push(result.extensions?.cursor ?? null);
      yield eventOf(result);
    }
  } finally {
    await queue.return();
  }
}

// Without any data the planner would show the data of the event before once more.
function eventOf({ data, errors, ...rest }) {
  return { ...rest, data: data ?? {}, ...(errors && { errors: errors.map(revive) }) };
}

// What ends an upstream subscription: errors of the subgraph (a list), or the end of its socket (a close event).
function farewell(reason) {
  if (Array.isArray(reason)) return { errors: reason };
  if (reason?.code === 4401 && reason.reason === 'Token expired') return lastWord('EXPIRED');
  if (reason?.code === 4401 || reason?.code === 4403) {
    return { errors: [refusal('UNAUTHENTICATED', 'The access token is not valid')] };
  }
  return lastWord('SUBGRAPH');
}

function revive({ message, path, extensions }) {
  return new GraphQLError(message, { path, extensions });
}
