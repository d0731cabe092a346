// Subscriptions that go on: each event once and in order, over drops, restarts, reloads and tokens that end.
import { createClient as overEvents } from 'graphql-sse';
import { createClient as overSockets } from 'graphql-ws';

const FIRST_PAUSE = 200; // milliseconds before the second try
const LONGEST_PAUSE = 15_000;
const STEADY_AFTER = 5_000; // a connection that held so long was a good one: the next pause is a short one again
const GOES_ON = new Set(['UNAVAILABLE']);
const GOES_ON_BY_REASON = new Set(['EXPIRED', 'SLOW']);
const FOR_GOOD = new Set([4400, 4403, 4406, 4409, 4429]); // codes of a close after which the same would happen again

/** The subscription has ended for good: `code`, `reason` and `after` say why, and from where one might go on. */
export class SubscriptionEnded extends Error {
  constructor(message, { code, reason, after, errors } = {}) {
    super(message);
    this.name = 'SubscriptionEnded';
    Object.assign(this, { code, reason, after, errors });
  }
}

/**
 * Follows a subscription whose field has an argument `after`, a cursor: see index.d.ts for the options.
 * @returns an async iterator of `{data, errors, cursor}`; it throws `SubscriptionEnded`, and ends when `signal` aborts
 */
export async function* follow(options) {
  const { signal, onStatus = () => {} } = options;
  let after = options.after ?? null;
  let pause = FIRST_PAUSE;
  while (!signal?.aborted) {
    const began = Date.now();
    try {
      onStatus({ status: 'connecting', after });
      after ??= (await options.begin?.()) ?? null;
      for await (const event of connected(options, after)) {
        const found = read(event, after);
        if (found === null) continue; // told already, before a connection broke
        after = found.cursor ?? after;
        yield found;
      }
      if (signal?.aborted) return;
      onStatus({ status: 'waiting', after, milliseconds: pause });
    } catch (failure) {
      if (signal?.aborted) return;
      if (failure instanceof SubscriptionEnded) throw failure;
      onStatus({ status: 'waiting', after, milliseconds: pause, cause: failure });
    }
    if (Date.now() - began > STEADY_AFTER) pause = FIRST_PAUSE;
    await sleep(pause * (0.5 + Math.random() / 2), signal); // not all clients at the same moment
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

/** Follows the changes of a branch: `follow` with its document written for you. */
export function changes({ within, fields = 'revision type nodeId', ...options }) {
  const query = `subscription Changes($within: ID!, $after: Int) { changes(within: $within, after: $after) { ${fields} } }`;
  const begin = options.after === undefined ? () => revisionOf(within, options) : undefined;
  return follow({ begin, ...options, query, variables: { within } });
}

// An event with its cursor; null where it is one that was told already. Throws what it ends with.
function read(event, after) {
  const cursor = event.extensions?.cursor ?? null;
  if (cursor !== null && after !== null && cursor <= after) return null;
  const last = cursor === null && event.errors?.find(({ extensions }) => extensions?.code);
  if (last && !event.data?.[Object.keys(event.data)[0]]) throw ending(last, event.errors, after);
  return { data: event.data ?? null, ...(event.errors && { errors: event.errors }), cursor };
}

function ending({ message, extensions }, errors, after) {
  const { code, reason } = extensions;
  if (GOES_ON.has(code) || GOES_ON_BY_REASON.has(reason)) return new Error(message);
  return new SubscriptionEnded(message, { code, reason, after: extensions.after ?? after, errors });
}

async function* connected(options, after) {
  const asked = { query: options.query, variables: { ...options.variables, after } };
  const { client, iterate } = options.transport === 'sse' ? eventsOf(options) : socketOf(options);
  const source = iterate(asked);
  const stop = () => void source.return?.();
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    for await (const event of source) yield event;
  } catch (failure) {
    throw Array.isArray(failure) ? refusedWith(failure, after) : closedWith(failure, after);
  } finally {
    options.signal?.removeEventListener('abort', stop);
    await client.dispose();
  }
}

function refusedWith(errors, after) {
  return ending({ message: errors[0].message, extensions: errors[0].extensions ?? {} }, errors, after);
}

// A socket's close, a failed connection, or an answer that is no stream.
function closedWith(failure, after) {
  if (FOR_GOOD.has(failure?.code) || (failure?.code === 4401 && failure.reason !== 'Token expired')) {
    const code = failure.code === 4401 ? 'UNAUTHENTICATED' : undefined;
    return new SubscriptionEnded(failure.reason || 'The connection was refused', { code, after });
  }
  const status = failure?.response?.status;
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
    const code = status === 401 ? 'UNAUTHENTICATED' : undefined;
    return new SubscriptionEnded(`The subscription was refused with status ${status}`, { code, after });
  }
  return failure instanceof Error ? failure : new Error(failure?.reason || 'The connection was closed');
}

function socketOf({ url, token, onStatus = () => {}, webSocketImpl }) {
  const client = overSockets({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl,
    retryAttempts: 0,
    lazy: true,
    keepAlive: 10_000,
    connectionParams: () => headersOf(token),
    on: { connected: () => onStatus({ status: 'connected' }) },
  });
  return { client, iterate: (asked) => client.iterate(asked) };
}

function eventsOf({ url, token, onStatus = () => {} }) {
  const client = overEvents({
    url,
    retryAttempts: 0,
    headers: () => headersOf(token),
    onMessage: undefined,
  });
  const iterate = (asked) => {
    onStatus({ status: 'connected' });
    return client.iterate(asked);
  };
  return { client, iterate };
}

async function headersOf(token) {
  const found = typeof token === 'function' ? await token() : token;
  return found ? { authorization: `Bearer ${found}` } : {};
}

async function revisionOf(within, { url, token }) {
  const query = 'query Revision($within: ID!) { node(id: $within) { structure { revision } } }';
  const headers = { 'content-type': 'application/json', ...(await headersOf(token)) };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables: { within } }) });
  const { data, errors } = await answer.json();
  const revision = data?.node?.structure?.revision;
  if (revision !== undefined) return revision;
  const code = errors?.[0]?.extensions?.code;
  if (GOES_ON.has(code) || (!errors && !data)) throw new Error(errors?.[0]?.message ?? 'No answer');
  throw new SubscriptionEnded(errors?.[0]?.message ?? 'There is no such branch that you may see', {
    code: code ?? 'NOT_FOUND',
    reason: code ? undefined : 'GONE',
  });
}

function sleep(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
