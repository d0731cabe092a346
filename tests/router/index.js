// For `node --test tests/router/`, which does not look into folders: all tests, one after the other.
import { readdirSync } from 'node:fs';

for (const name of readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.mjs')))
  await import(`./${name}`);
