// How long an answer may take. A subgraph that is slow or dead costs its own fields and nothing else.
import { setTimeout as pause } from 'node:timers/promises';
import { isOutage, outageOf } from './outage.mjs';
import { traceOf } from './tracing.mjs';

/**
 * In milliseconds: one fetch, all fetches of a request (sequential steps add up), a fetch that changes something,
 * and the pause before the second try. A change is not cut short with the reads: it would be committed all the same,
 * and the caller told otherwise.
 */
export const BUDGET = Object.freeze({ fetch: 1200, total: 1900, change: 15_000, retryAfter: 50 });

/** Runs each fetch of a subgraph within the budget of its request, and reads a second time where nobody answered. */
export function useBudget(log, budget = BUDGET) {
  const spending = new WeakMap();
  return {
    onSubgraphExecute({ executor, setExecutor, executionRequest, subgraphName }) {
      const { context, operationType } = executionRequest;
      if (operationType === 'subscription') return spending.set(context, null) && undefined;
      const spent = spentBy(spending, context);
      return setExecutor((request) => spend({ spent, budget, log, executor, subgraphName }, request));
    },
  };
}

// The events of a subscription share one context for as long as it lives: each of their fetches begins anew.
function spentBy(spending, context) {
  if (!context || spending.get(context) === null) return begin();
  if (!spending.has(context)) spending.set(context, begin());
  return spending.get(context);
}

function begin() {
  return { since: performance.now(), silent: new Set() };
}

async function spend(fetch, request) {
  const { spent, subgraphName } = fetch;
  if (spent.silent.has(subgraphName)) return outageOf(subgraphName, request); // it kept this request waiting before
  const reads = request.operationType === 'query';
  const deadline = AbortSignal.timeout(Math.ceil(timeLeft(fetch, reads)));
  const result = await attempt(fetch, request, deadline, reads ? 2 : 1);
  if (!reads) spent.since = performance.now();
  if (!isOutage(result)) return result;
  reportOutage(fetch, request, result);
  return outageOf(subgraphName, request);
}

function timeLeft({ spent, budget }, reads) {
  if (!reads) return budget.change;
  return Math.max(1, Math.min(budget.fetch, budget.total - (performance.now() - spent.since)));
}

async function attempt(fetch, request, deadline, tries) {
  const signal = request.signal ? AbortSignal.any([request.signal, deadline]) : deadline;
  const late = lateness(deadline);
  try {
    for (;;) {
      const answer = Promise.resolve(fetch.executor({ ...request, signal })).catch(failure);
      const result = await Promise.race([answer, late.promise]);
      if (result === LATE) fetch.spent.silent.add(fetch.subgraphName);
      if (result === LATE || --tries === 0 || !isOutage(result)) return result;
      await pause(fetch.budget.retryAfter);
    }
  } finally {
    late.forget();
  }
}

const LATE = { errors: [{ message: 'No answer in time', extensions: { code: 'SUBREQUEST_HTTP_ERROR' } }] };

// Some transports ignore the signal, so the deadline is raced as well. The listener must go: `deadline` outlives us.
function lateness(deadline) {
  const { promise, resolve } = Promise.withResolvers();
  const arrive = () => resolve(LATE);
  deadline.addEventListener('abort', arrive, { once: true });
  return { promise, forget: () => deadline.removeEventListener('abort', arrive) };
}

function failure(error) {
  return { errors: [{ message: error.message, extensions: { code: 'SUBREQUEST_HTTP_ERROR' } }] };
}

function reportOutage({ log, subgraphName }, request, result) {
  log.warning('a subgraph did not answer', {
    traceId: traceOf(request.context?.request).id,
    subgraph: subgraphName,
    message: result.errors[0].message,
  });
}
