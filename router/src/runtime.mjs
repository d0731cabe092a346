// The gateway library, set up: which plugin does what, in the order in which they must come.
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';
import { useBodyLimit } from './body.mjs';
import { useBudget } from './budget.mjs';
import { useHttpCaching } from './caching.mjs';
import { useCompletion } from './completion.mjs';
import { passedOn } from './headers.mjs';
import { useIdentity } from './identity.mjs';
import { LIMITS, useLimits } from './limits.mjs';
import { libraryLog } from './log.mjs';
import { useMasking } from './masking.mjs';
import { useMultipart } from './multipart.mjs';
import { useProtection } from './protection.mjs';
import { useUpstreamSubscriptions } from './upstream.mjs';

const OLD_SCHEMA_FOR = 10_000; // milliseconds that requests of the schema before a reload may go on

/** The federation runtime over a supergraph: an HTTP listener with `invalidateUnifiedGraph()` and `dispose()`. */
export function createRuntime({ supergraph, callerOf, endings, log }) {
  const signals = ['SIGTERM', 'SIGINT'].map((name) => [name, process.listeners(name)]);
  const runtime = createGatewayRuntime({
    supergraph: () => supergraph.text(),
    unifiedGraphHandler,
    gracefulSchemaReload: { drainTimeout: OLD_SCHEMA_FOR },
    logging: libraryLog(log),
    cors: { origin: '*', credentials: false },
    landingPage: false,
    graphiql: false,
    requestId: false,
    maskedErrors: false, // its masking misses WebSockets; ours does not
    batching: { limit: LIMITS.batch },
    propagateHeaders: { fromClientToSubgraphs: ({ request }) => passedOn(request) },
    plugins: () => [
      useIdentity(callerOf),
      useBodyLimit(),
      useLimits(),
      useNoExtensions(),
      useProtection(),
      useCompletion(log),
      useBudget(log),
      useUpstreamSubscriptions(),
      endings.plugin,
      useMasking(log),
      useMultipart(),
      useHttpCaching(),
    ],
  });
  keepListeners(signals);
  return runtime;
}

// The library reads `extensions.endpoint`, `.headers` and `.connectionParams` of a request to subgraphs: what a caller
// sends under that name must never get there.
function useNoExtensions() {
  return {
    onParams({ params, setParams }) {
      if (params.extensions) setParams({ ...params, extensions: undefined });
    },
  };
}

// The library would dispose itself at a signal, under the requests that still run. Draining is ours (drain.mjs).
function keepListeners(before) {
  for (const [name, kept] of before) {
    for (const listener of process.listeners(name)) {
      if (!kept.includes(listener)) process.removeListener(name, listener);
    }
  }
}
