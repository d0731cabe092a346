// Subscriptions end with a word, never in silence: the caller must know that it has to resume, and from where.
import { shown } from './completion.mjs';
import { refusal } from './errors.mjs';

const MESSAGES = {
  RELOAD: 'The router has a new schema: subscribe again, from your last cursor',
  RESTART: 'The router is restarting: subscribe again, from your last cursor',
  SUBGRAPH: 'The subgraph of this subscription is gone: subscribe again, from your last cursor',
};
const LAST_WORD_WITHIN = 50; // milliseconds: a reload can end the source just before it tells us why

/**
 * All open subscriptions of this router. `tell('RELOAD' | 'RESTART')` ends each with an UNAVAILABLE error whose
 * extensions carry that reason; `plugin` watches over the subscriptions and masks and completes their events.
 */
export function createEndings(log) {
  const open = new Set();
  const plugin = {
    onSubscribe: ({ args }) => ({
      onSubscribeResult({ result, setResult }) {
        if (!result?.[Symbol.asyncIterator]) return;
        const show = (value) => told(value, args, log);
        setResult(watched(result[Symbol.asyncIterator](), open, show));
      },
    }),
  };
  return { plugin, tell: (reason) => [...open].forEach((end) => end(reason)) };
}

/** The event with which a subscription ends. */
export function lastWord(reason) {
  return { errors: [refusal('UNAVAILABLE', MESSAGES[reason], { details: { reason } })] };
}

// The planner keeps one list of errors for all events of a subscription: not emptied, each event would tell the errors
// of those before it again, and the list would grow for as long as the subscription lives.
function told(value, args, log) {
  const result = shown(value, args, log);
  if (value.errors) value.errors.length = 0;
  return result;
}

function watched(source, open, show) {
  const { promise: ended, resolve: end } = Promise.withResolvers();
  let over = false;
  open.add(end);
  const close = () => {
    over = true;
    open.delete(end);
  };
  const last = (value) => {
    close();
    return { done: false, value };
  };
  return {
    async next() {
      if (over) return { done: true, value: undefined };
      const event = await Promise.race([ended, source.next().catch((failure) => ({ failure }))]);
      if (typeof event === 'string') {
        void source.return?.();
        return last(lastWord(event));
      }
      if (event.failure) return last(await farewell(ended, event.failure, show));
      if (!event.done) return { done: false, value: show(event.value) };
      const reason = await Promise.race([ended, silence()]);
      if (reason) return last(lastWord(reason));
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

async function farewell(ended, failure, show) {
  const reason = await Promise.race([ended, silence()]);
  return reason ? lastWord(reason) : show({ errors: [failure] });
}

function silence() {
  return new Promise((resolve) => setTimeout(resolve, LAST_WORD_WITHIN, null));
}
