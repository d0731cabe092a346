// The router's two programs, run as they are run in earnest.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = (name) => fileURLToPath(new URL(`../../../router/${name}`, import.meta.url));
const START_WITHIN = 30_000;

/** Runs compose.mjs. @returns {Promise<{code: number, stdout: string, stderr: string}>} */
export function runCompose(args) {
  return run(program('compose.mjs'), args, {});
}

/** Runs gateway.mjs where it is not to start. */
export function runGateway(settings) {
  return run(program('gateway.mjs'), [], settings);
}

async function run(file, args, settings) {
  const child = launch(file, args, settings, 'ignore');
  const [code] = await once(child, 'close');
  return { code, stdout: child.out(), stderr: child.err() };
}

/**
 * Starts gateway.mjs on a free port and waits until it listens.
 * @returns its `url`, `child`, `log()` (the lines of its log, parsed), `ask(query, options)`, `stop()`
 */
export async function startGateway(settings, { stdin = 'ignore' } = {}) {
  const child = launch(program('gateway.mjs'), [], { CLAY_ROUTER_PORT: '0', ...settings }, stdin);
  const url = await listening(child);
  return {
    url,
    child,
    log: () =>
      child
        .err()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    rawLog: () => child.err(),
    ask: (query, options) => ask(url, query, options),
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await once(child, 'close');
      }
      return child.exitCode;
    },
  };
}

function launch(file, args, settings, stdin) {
  const env = { PATH: process.env.PATH, ...settings };
  const child = spawn(process.execPath, [file, ...args], { env, stdio: [stdin, 'pipe', 'pipe'] });
  const kept = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (kept[name] += text));
  return Object.assign(child, { out: () => kept.stdout, err: () => kept.stderr });
}

async function listening(child) {
  const giveUp = AbortSignal.timeout(START_WITHIN);
  while (!giveUp.aborted) {
    const found = /router ready on (http:\S+)\/graphql/.exec(child.out());
    if (found) return found[1];
    if (child.exitCode !== null) throw new Error(`The router ended (${child.exitCode}): ${child.err()}`);
    await new Promise((done) => setTimeout(done, 20));
  }
  child.kill('SIGKILL');
  throw new Error(`The router did not start: ${child.err()}`);
}

/** Asks a GraphQL question. @returns {Promise<{status, headers, body, ms}>} with the JSON body, parsed */
export async function ask(url, query, { variables, headers, extensions } = {}) {
  const began = performance.now();
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables, extensions }),
  });
  const text = await answer.text();
  const body = text ? JSON.parse(text) : null;
  return { status: answer.status, headers: answer.headers, body, text, ms: performance.now() - began };
}
