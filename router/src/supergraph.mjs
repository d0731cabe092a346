// The supergraph file: read at the start, looked at twice a second, replaced in the running router when it changes.
import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { buildASTSchema, parse } from 'graphql';
import { SettingsError } from './settings.mjs';

// Polling, not notifications: those are lost when the file is renamed into place, and on mounted folders.
const LOOK_EVERY = 500; // milliseconds

/**
 * The supergraph of a file.
 * @returns {Promise<{text: () => string, follow: (changed: () => void) => void, forget: () => void}>}
 * @throws {SettingsError} where there is none to start with
 */
export async function openSupergraph(file, log) {
  let text = await firstRead(file);
  const look = async (changed) => {
    const next = await readFile(file, 'utf8').catch(() => null);
    if (next === null || next === text) return;
    const flaw = flawOf(next);
    if (flaw) return log.error('the supergraph file is not usable; the one before stays', { file, message: flaw });
    text = next;
    await changed();
  };
  return {
    text: () => text,
    follow: (changed) =>
      watchFile(file, { interval: LOOK_EVERY }, () =>
        look(changed).catch((error) => log.error('the supergraph was not replaced', { error })),
      ),
    forget: () => unwatchFile(file),
  };
}

async function firstRead(file) {
  const text = await readFile(file, 'utf8').catch((error) => {
    throw new SettingsError(`The supergraph can not be read: ${error.message}. Compose it first (clay compose).`);
  });
  const flaw = flawOf(text);
  if (flaw) throw new SettingsError(`The supergraph ${file} is not usable: ${flaw}. Compose it again (clay compose).`);
  return text;
}

// Built once on trial: a half-written or foreign file must not reach the router that serves.
function flawOf(text) {
  try {
    const schema = buildASTSchema(parse(text, { noLocation: true }), { assumeValid: true });
    return schema.getType('join__Graph') ? null : 'it names no subgraphs (no join__Graph)';
  } catch (error) {
    return error.message;
  }
}
