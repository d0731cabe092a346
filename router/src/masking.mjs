// Masking of whole answers, on every transport.
import { mask } from './errors.mjs';
import { traceOf } from './tracing.mjs';

/** In one answer: one dead subgraph under a list of a thousand nodes would tell a thousand. */
export const MOST_ERRORS = 100;

/** An answer that the caller may see. `request` gives the trace id of errors that are hidden. */
export function maskResult(result, request, log) {
  if (!result?.errors?.length) return result;
  const circumstances = { trace: traceOf(request), log };
  return { ...result, errors: result.errors.slice(0, MOST_ERRORS).map((error) => mask(error, circumstances)) };
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
