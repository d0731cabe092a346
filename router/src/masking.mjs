// Masking of whole answers, on every transport.
import { mask } from './errors.mjs';
import { exactly } from './paths.mjs';
import { traceOf } from './tracing.mjs';

const MOST_ERRORS = 100; // one dead subgraph under a list of a thousand nodes would answer a thousand errors

/** An answer that the caller may see. `request` gives the trace id of errors that are hidden. */
export function maskResult(result, request, log) {
  if (!result?.errors?.length) return result;
  const circumstances = { trace: traceOf(request), log };
  const shown = result.errors.slice(0, MOST_ERRORS).map((error) => mask(error, circumstances));
  const errors = shown.flatMap((error) => exactly(error, result.data)).slice(0, MOST_ERRORS);
  // The planner leaves `data` out when no fetch brought anything, but an error with a path was met while executing.
  const executed = result.data === undefined && errors.some((error) => error.path?.length);
  return { ...result, ...(executed && { data: null }), errors };
}

/** Both hooks are needed: WebSockets never reach the second, and refusals before parsing never reach the first. */
export function useMasking(log) {
  return {
    onExecutionResult({ result, setResult, request, context }) {
      if (isPlain(result)) setResult(maskResult(result, request ?? context?.request, log));
    },
    onResultProcess({ result, setResult, request }) {
      if (isPlain(result)) setResult(maskResult(result, request, log));
    },
  };
}

// A list is a batch, whose members were masked one by one; a stream is masked event by event (endings.mjs).
function isPlain(result) {
  return result && !Array.isArray(result) && !result[Symbol.asyncIterator];
}
