// What the router passes on of a request: who calls, with which client, and the trace.
import { traceOf } from './tracing.mjs';

const PASSED_ON = ['authorization', 'graphql-client-name', 'graphql-client-version'];

/** Headers for subgraphs (on WebSockets: connection parameters), lower-cased names, only those that are there. */
export function passedOn(request) {
  const { traceparent, tracestate } = traceOf(request);
  const headers = PASSED_ON.map((name) => [name, request.headers.get(name)]);
  return Object.fromEntries(
    [...headers, ['traceparent', traceparent], ['tracestate', tracestate]].filter(([, value]) => value),
  );
}
