// W3C trace context: one trace id per request, the caller's or ours, passed on to every subgraph.
// Source: https://www.w3.org/TR/trace-context/
import { randomBytes } from 'node:crypto';

const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const traces = new WeakMap();

/** The trace of a request: `{id, traceparent, tracestate}`; the same one each time it is asked for. */
export function traceOf(request) {
  if (!request) return begin(null, null);
  let trace = traces.get(request);
  if (!trace) {
    trace = begin(request.headers.get('traceparent'), request.headers.get('tracestate'));
    traces.set(request, trace);
  }
  return trace;
}

function begin(traceparent, tracestate) {
  const given = TRACEPARENT.exec(traceparent ?? '');
  // A state belongs to its parent: without a valid parent it means nothing.
  if (given) return { id: given[1], traceparent, tracestate };
  const id = randomBytes(16).toString('hex');
  // Not sampled: whoever wants a recorded trace says so in a traceparent of their own.
  return { id, traceparent: `00-${id}-${randomBytes(8).toString('hex')}-00`, tracestate: null };
}
