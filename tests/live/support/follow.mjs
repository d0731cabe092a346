// Follows a branch by the published client, and prints the cursor of each event: `node follow.mjs '{"url": ...}'`.
import { changes } from '../../../clients/js/src/index.js';

try {
  for await (const { cursor } of changes(JSON.parse(process.argv[2]))) process.stdout.write(`${JSON.stringify({ cursor })}\n`);
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: error.message, code: error.code, reason: error.reason })}\n`);
}
