// An orderly end: nothing new comes in, subscriptions get a word, running requests are answered.
import { setTimeout as pause } from 'node:timers/promises';

const GRACE = 200; // milliseconds for last words to be on their way before sockets close
const AT_MOST = 10_000;

/** A function that drains the router once and then ends the process: 0, or 1 where requests ran over the time. */
export function createDrain({ server, sockets, runtime, supergraph, endings, state, log, exit = process.exit }) {
  return async function drain(reason) {
    if (state.draining) return;
    state.draining = true;
    log.info('draining', { reason });
    setTimeout(() => exit(1), AT_MOST).unref();
    supergraph.forget();
    const closed = new Promise((resolve) => server.close(resolve));
    endings.tell('RESTART');
    await pause(GRACE);
    for (const socket of sockets.clients) socket.close(4205, 'Restarting');
    // A connection that was busy until now would otherwise be kept alive for the caller's next request.
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    await closed;
    clearInterval(idle);
    await runtime[Symbol.asyncDispose]?.();
    exit(0);
  };
}
