// MediaClay's embedded router: one GraphQL endpoint over all subgraphs. Settings come from the environment (README.md).
import { createLog } from './src/log.mjs';
import { watchParent } from './src/parent.mjs';
import { startRouter } from './src/router.mjs';
import { readSettings } from './src/settings.mjs';

try {
  const settings = readSettings();
  const log = createLog(settings.logLevel);
  // A caller who goes away at the wrong moment must not end the router for everybody else.
  process.on('unhandledRejection', (error) => log.error('a failure that nobody waited for', { error }));
  const { address, drain } = await startRouter(settings, log);
  process.on('SIGTERM', () => drain('SIGTERM'));
  process.on('SIGINT', () => drain('SIGINT'));
  if (settings.exitWithParent) watchParent(() => drain('the parent is gone'));
  process.stdout.write(`router ready on ${address}/graphql\n`);
} catch (error) {
  if (!error.exitCode) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(error.exitCode);
}
