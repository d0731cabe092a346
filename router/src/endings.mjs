// Subscriptions end with a word, never in silence: the caller must know that it has to resume, and from where.
import { shown } from './completion.mjs';
import { lastWord, lifetimeOf } from './last-words.mjs';
import { createSharing } from './sharing.mjs';
import { newUpstream } from './upstream.mjs';

const LAST_WORD_WITHIN = 50; // milliseconds: a reload can end the source just before it tells us why

/**
 * All open subscriptions of this router. `tell('RELOAD' | 'RESTART')` ends each with an UNAVAILABLE error whose
 * extensions carry that reason; `plugin` watches over the subscriptions and masks and completes their events.
 */
export function createEndings(log) {
  const open = new Set();
  const subscribe = createSharing();
  const plugin = {
    onSubscribe: ({ subscribeFn, setSubscribeFn }) => {
      setSubscribeFn((args) => subscribe(args, () => begin(args, subscribeFn, log)));
      return {
        onSubscribeResult({ args, result, setResult }) {
          if (!result?.[Symbol.asyncIterator]) return;
          setResult(watched(result[Symbol.asyncIterator](), open, args.contextValue?.caller?.exp));
        },
      };
    },
  };
  return { plugin, tell: (reason) => [...open].forEach((end) => end(reason)) };
}

// Executes a subscription; its events are as the caller may see them, each with the cursor that its subgraph told.
async function begin(args, subscribeFn, log) {
  const upstream = (args.contextValue.upstream = newUpstream());
  const result = await subscribeFn(args);
  if (!result?.[Symbol.asyncIterator]) return result;
  const source = result[Symbol.asyncIterator]();
  return {
    async next() {
      const event = await source.next().catch((failure) => ({ value: { errors: [failure] } }));
      if (event.done) return event;
      const value = told(event.value, args, log);
      const cursor = upstream.cursors.shift() ?? null;
      return { done: false, value: cursor === null ? value : { ...value, extensions: { ...value.extensions, cursor } } };
    },
    return() {
      upstream.leave();
      return source.return?.();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

// The planner keeps one list of errors for all events of a subscription: not emptied, each event would tell the errors
// of those before it again, and the list would grow for as long as the subscription lives.
function told(value, args, log) {
  const result = shown(value, args, log);
  if (value.errors) value.errors.length = 0;
  return result;
}

function watched(source, open, exp) {
  let over = false;
  let reason = null; // why it ends, when we end it
  let interrupt = null;
  const end = (why) => {
    reason ??= why;
    interrupt?.(why);
  };
  open.add(end);
  const expiring = exp && setTimeout(end, lifetimeOf(exp), 'EXPIRED');
  const close = () => {
    over = true;
    open.delete(end);
    clearTimeout(expiring);
  };
  const last = (value) => {
    close();
    return { done: false, value };
  };
  // What comes first. Not a race of promises: one that outlives many races remembers each of them.
  const first = (coming) => {
    if (reason) return reason;
    return new Promise((resolve, reject) => {
      interrupt = resolve;
      coming.then(resolve, reject);
    });
  };
  return {
    async next() {
      if (over) return { done: true, value: undefined };
      const event = await first(source.next());
      if (typeof event === 'string') {
        void source.return?.();
        return last(lastWord(event));
      }
      if (!event.done) {
        const ending = endingOf(event.value);
        if (ending === 'SUBGRAPH') return last(await farewell(first(silence()), event.value));
        return ending ? last(event.value) : event;
      }
      const said = await first(silence());
      if (said) return last(lastWord(said));
      close();
      return event;
    },
    async return() {
      close();
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

// Our own reason, if there is one at the same moment, says more than that the source broke off.
async function farewell(said, value) {
  const reason = await said;
  return reason ? lastWord(reason) : value;
}

// Only last words have a reason: docs/live.md.
function endingOf({ errors }) {
  return errors?.find(({ extensions }) => extensions?.reason)?.extensions.reason;
}

function silence() {
  return new Promise((resolve) => setTimeout(resolve, LAST_WORD_WITHIN, null));
}
