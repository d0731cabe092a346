// Equal subscriptions of one caller are executed once: each event is joined with the other subgraphs' fields one time,
// however many listen. Who comes back with a cursor is served from what was told lately, or catches up by itself and
// then listens with the others.
import { print, visit } from 'graphql';
import { passedOn } from './headers.mjs';
import { Queue } from './queue.mjs';

const KEPT = 128; // events that are kept for those who come back after a moment

/** A function `(args, begin)` that subscribes: `begin()` executes, and is not called where others have begun. */
export function createSharing() {
  const streams = new Map();
  const beginning = new Map();
  return async function subscribe(args, begin) {
    const { key, after } = askedBy(args);
    if (beginning.has(key)) await beginning.get(key); // to see what comes of it
    const open = streams.get(key);
    if (open?.covers(after)) return open.join(after);
    const begun = announced(beginning, key);
    try {
      const result = await begin();
      if (!result?.[Symbol.asyncIterator]) return result;
      const source = result[Symbol.asyncIterator]();
      if (streams.has(key)) return catchingUp(source, () => streams.get(key));
      const stream = new Stream(source, after, () => streams.get(key) === stream && streams.delete(key));
      streams.set(key, stream);
      return stream.join(after);
    } finally {
      begun();
    }
  };
}

// Says that a subscription begins; the function that is returned says that it has begun, or failed.
function announced(beginning, key) {
  if (beginning.has(key)) return () => {};
  const { promise, resolve } = Promise.withResolvers();
  beginning.set(key, promise);
  return () => {
    beginning.delete(key);
    resolve();
  };
}

/** The cursor of an event: what `after` must be so that the next one follows; null where its subgraph tells none. */
export function cursorOf(event) {
  return event.extensions?.cursor ?? null;
}

class Stream {
  #listeners = new Map(); // with the cursor behind which each has joined
  #kept = [];
  #base = null; // all events behind this cursor are kept, up to
  #newest = null; // this one
  #begun;

  constructor(source, begun, forget) {
    this.#begun = begun;
    this.source = source;
    this.forget = forget;
    void this.#pump();
  }

  /** Whether nothing is missing to who joins from there. A cursor ahead of us is for its subgraph to judge. */
  covers(after) {
    if (this.#newest === null) return after === this.#begun; // perhaps its cursor is refused
    return after === null || (after >= this.#base && after <= this.#newest);
  }

  /** Whether what follows an event that the subgraph told somebody else is still to come, or is kept. */
  follows(cursor) {
    return this.#newest !== null && cursor >= this.#base;
  }

  join(after) {
    const listener = new Queue(() => this.#leave(listener));
    if (after !== null) {
      for (const event of this.#kept) if (cursorOf(event) > after) listener.push(event);
    }
    this.#listeners.set(listener, after);
    return listener;
  }

  async #pump() {
    try {
      for (let next = await this.source.next(); !next.done; next = await this.source.next()) this.#tell(next.value);
    } finally {
      this.forget();
      for (const listener of this.#listeners.keys()) listener.end();
    }
  }

  #tell(event) {
    const cursor = cursorOf(event);
    if (cursor !== null) this.#keep(event, cursor);
    for (const [listener, after] of this.#listeners) {
      if (cursor === null || after === null || cursor > after) listener.push(event);
    }
  }

  #keep(event, cursor) {
    this.#base ??= this.#begun ?? cursor;
    this.#newest = cursor;
    this.#kept.push(event);
    if (this.#kept.length > KEPT) this.#base = cursorOf(this.#kept.shift());
  }

  #leave(listener) {
    if (!this.#listeners.delete(listener) || this.#listeners.size) return;
    this.forget();
    void this.source.return?.();
  }
}

/** Events of its own until they are those of the others, and from then on these. */
function catchingUp(source, others) {
  let current = source;
  return {
    async next() {
      const next = await current.next();
      if (next.done || current !== source) return next;
      const cursor = cursorOf(next.value);
      const stream = others();
      if (cursor !== null && stream?.follows(cursor)) {
        current = stream.join(cursor);
        void source.return?.();
      }
      return next;
    },
    async return() {
      await current.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

// What makes two subscriptions equal: the document, the variables but for the cursor, who asks, and by which client.
function askedBy({ document, variableValues, operationName, contextValue }) {
  const { text, cursor } = readOnce(document);
  const { [cursor]: after = null, ...variables } = variableValues ?? {};
  const { traceparent, tracestate, ...caller } = passedOn(contextValue.request);
  return { key: JSON.stringify([text, operationName, variables, caller]), after };
}

const known = new WeakMap();

// An argument `after` of a subscription's field replays what came behind it: docs/live.md.
function readOnce(document) {
  if (!known.has(document)) {
    let cursor = null;
    visit(document, {
      OperationDefinition: ({ operation, selectionSet }) => {
        if (operation !== 'subscription') return false;
        for (const field of selectionSet.selections) cursor ??= variableOfAfter(field);
        return false;
      },
    });
    known.set(document, { text: print(document), cursor });
  }
  return known.get(document);
}

function variableOfAfter(field) {
  const argument = field.arguments?.find(({ name }) => name.value === 'after');
  return argument?.value.kind === 'Variable' ? argument.value.name.value : null;
}
