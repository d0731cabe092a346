// The router, put together and started.
import http from 'node:http';
import { createDrain } from './drain.mjs';
import { createEndings } from './endings.mjs';
import { createIdentity } from './identity.mjs';
import { listen } from './listen.mjs';
import { createPages } from './pages.mjs';
import { createRuntime } from './runtime.mjs';
import { openSupergraph } from './supergraph.mjs';
import { openWebSockets } from './websocket.mjs';

const LAST_WORDS_FIRST = 20; // milliseconds between the end of subscriptions and the schema that ends them
const TIMEOUTS = { keepAliveTimeout: 65_000, headersTimeout: 10_000, requestTimeout: 30_000 };

/**
 * Starts a router.
 * @returns {Promise<{address: string, drain: (reason: string) => Promise<void>}>}
 * @throws {SettingsError | PortTaken} with a sentence for people and an `exitCode`
 */
export async function startRouter(settings, log) {
  const state = { draining: false };
  const supergraph = await openSupergraph(settings.supergraph, log);
  const callerOf = createIdentity(settings, log);
  const endings = createEndings(log);
  const runtime = createRuntime({ supergraph, callerOf, endings, log });
  await runtime.getSchema(); // a supergraph that can't be planned stops the start, not the first request
  const server = http.createServer(TIMEOUTS, createPages({ runtime, state, log }));
  const sockets = openWebSockets({ server, runtime, callerOf, state, log });
  const address = await listen(server, settings);
  supergraph.follow(() => reload(runtime, endings, log));
  return { address, drain: createDrain({ server, sockets, runtime, supergraph, endings, state, log }) };
}

async function reload(runtime, endings, log) {
  endings.tell('RELOAD');
  await new Promise((resolve) => setTimeout(resolve, LAST_WORDS_FIRST));
  await runtime.invalidateUnifiedGraph();
  log.info('the supergraph was replaced');
}
