// The errors that a caller may see: a fixed list of codes, and nothing of what happened inside.
import { GraphQLError } from 'graphql';

/** Every code that leaves the router. docs/errors.md says what each means. */
export const CODES = Object.freeze([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'CONFLICT',
  'CYCLE',
  'LIMIT_EXCEEDED',
  'UNAVAILABLE',
  'INTERNAL',
]);

// What a subgraph's server or framework may add beside the code, and what must not leave the house.
const INNER = ['exception', 'stacktrace', 'http', 'request', 'response', 'serviceName', 'unexpected', 'debugMessage'];
const TRACE_ID = /^[0-9a-f]{32}$/;

/**
 * An error of the router's own.
 * @param {{status?: number, spec?: boolean, headers?: Record<string, string>, path?: (string|number)[],
 *   nodes?: object[], details?: object}} more `status` is for HTTP; with `spec` it is left at 200 for callers that
 *   accept only application/json, as GraphQL over HTTP says
 */
export function refusal(code, message, { status, spec, headers, path, nodes, details } = {}) {
  const http = status || headers ? { http: { status, headers, ...(spec && { spec }) } } : {};
  return new GraphQLError(message, { path, nodes, extensions: { code, ...details, ...http } });
}

/** A refusal because something is larger than `limit`; `status` is that of HTTP, 400 unless said. */
export function overLimit(message, limit, { status = 400 } = {}) {
  return refusal('LIMIT_EXCEEDED', message, { status, spec: status === 400, details: { limit } });
}

/**
 * What the caller may see of an error.
 * @param {Error} error anything that was thrown or answered, by us, the gateway library or a subgraph
 * @param {{trace: {id: string}, log: object}} circumstances of the request
 * @returns {GraphQLError} with a code of `CODES`; masking it once more changes nothing
 */
export function mask(error, { trace, log }) {
  const extensions = error.extensions ?? {};
  if (extensions.code === 'INTERNAL') return internal(error, trace, log);
  if (CODES.includes(extensions.code)) return extensions.serviceName ? cleaned(error) : error;
  const code = extensions.serviceName ? null : translated(error, extensions);
  return code ? recoded(error, code) : internal(error, trace, log);
}

// The gateway library's own refusals carry codes of its own; those below 500 are the caller's doing.
function translated(error, extensions) {
  const status = extensions.http?.status;
  if (status === 413) return 'LIMIT_EXCEEDED';
  if (extensions.code === 'SCHEMA_RELOAD' || extensions.code === 'SUBSCRIPTION_SCHEMA_RELOAD') return 'UNAVAILABLE';
  if (/^GRAPHQL_(PARSE|VALIDATION)_FAILED$/.test(extensions.code)) return 'BAD_USER_INPUT';
  if (status >= 400 && status < 500) return 'BAD_USER_INPUT';
  return !extensions.code && isOfGraphQL(error) ? 'BAD_USER_INPUT' : null; // a variable that does not fit
}

function isOfGraphQL(error) {
  if (!(error instanceof GraphQLError)) return false;
  return !error.originalError || isOfGraphQL(error.originalError);
}

function recoded(error, code) {
  const http = error.extensions?.http ?? { status: 400, spec: true };
  // Not even JSON: there is no GraphQL whose rules could leave the status at 200.
  if (error.extensions?.code === 'BAD_REQUEST') delete http.spec;
  return new GraphQLError(error.message, {
    path: error.path,
    nodes: error.nodes,
    source: error.source,
    positions: error.positions,
    extensions: { code, ...(code === 'LIMIT_EXCEEDED' && limitIn(error)), http },
  });
}

// The gateway library names the limit of a batch in its message only.
function limitIn({ message }) {
  const limit = /limited to (\d+)/.exec(message)?.[1];
  return limit && { limit: Number(limit) };
}

// A subgraph's error with one of our codes: its words and details pass; its HTTP status would colour a partial
// answer, and its positions point into a document that the caller never wrote.
function cleaned(error) {
  const extensions = { ...error.extensions };
  for (const key of INNER) delete extensions[key];
  return new GraphQLError(error.message, { path: error.path, extensions });
}

const known = new WeakSet();

function internal(error, trace, log) {
  if (known.has(error)) return error;
  const { serviceName, traceId } = error.extensions ?? {};
  const id = TRACE_ID.test(traceId ?? '') ? traceId : trace.id;
  log.error('an error was hidden from the caller', {
    traceId: id,
    subgraph: serviceName,
    path: error.path?.join('.'),
    message: error.message,
    stack: serviceName ? undefined : (error.originalError ?? error).stack,
  });
  // Beside what else was answered, a field's error has no say in the status.
  const http = serviceName || error.path ? {} : { http: { status: 500 } };
  const shown = new GraphQLError('Internal error', {
    path: error.path,
    extensions: { code: 'INTERNAL', traceId: id, ...http },
  });
  known.add(shown);
  return shown;
}

/** The same error at another path; what was masked stays masked, and is not logged again. */
export function copyAt(error, path, nodes = error.nodes) {
  const copy = new GraphQLError(error.message, { path, nodes, extensions: { ...error.extensions } });
  if (known.has(error)) known.add(copy);
  return copy;
}
