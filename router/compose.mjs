// Composes the subgraphs of a supergraph.yaml: node compose.mjs --config supergraph.yaml --out FILE
import { parseArgs } from 'node:util';
import { compose } from './src/composition.mjs';

const USAGE = 'Usage: node compose.mjs --config supergraph.yaml --out FILE';

try {
  const { config, out } = readArguments();
  process.stdout.write(`composed ${(await compose(config, out)).join(', ')} into ${out}\n`);
} catch (error) {
  if (!error.exitCode) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(error.exitCode);
}

function readArguments() {
  try {
    const { values } = parseArgs({ options: { config: { type: 'string' }, out: { type: 'string' } } });
    if (values.config && values.out) return values;
    throw new Error('--config and --out are both needed');
  } catch (error) {
    throw Object.assign(new Error(`${error.message}\n${USAGE}`), { exitCode: 2 });
  }
}
