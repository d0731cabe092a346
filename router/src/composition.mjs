// Composition: subgraph schemas in, one supergraph out. The configuration is that of `rover supergraph compose`.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { composeServices, compositionHasErrors } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { parse as parseYaml } from 'yaml';

const ANSWER_WITHIN = 5000; // milliseconds
const KEYS = { top: ['federation_version', 'subgraphs'], subgraph: ['routing_url', 'schema'] };

/** The configuration, or a schema that it names, can't be used. One sentence; exit code 2. */
export class ConfigError extends Error {
  exitCode = 2;
}

/** The subgraphs don't fit together. One line per reason, `CODE: message`; exit code 1. */
export class CompositionError extends Error {
  exitCode = 1;
}

/**
 * Composes the subgraphs that `config` names and writes the supergraph to `out`, whole or not at all.
 * @returns {Promise<string[]>} the names of the subgraphs
 * @throws {ConfigError | CompositionError} and leaves `out` as it was
 */
export async function compose(config, out) {
  const services = await readServices(config);
  const result = composeServices(services);
  if (compositionHasErrors(result)) throw new CompositionError(result.errors.map(describe).join('\n'));
  await replace(out, result.supergraphSdl);
  return services.map((service) => service.name);
}

async function readServices(config) {
  const folder = path.dirname(path.resolve(config));
  const subgraphs = Object.entries(subgraphsOf(await readConfig(config)));
  return Promise.all(subgraphs.map(([name, subgraph]) => readService(name, subgraph, folder)));
}

async function readConfig(config) {
  try {
    return parseYaml(await readFile(config, 'utf8'));
  } catch (error) {
    throw new ConfigError(`${config} can not be read: ${firstLine(error)}`);
  }
}

function subgraphsOf(content) {
  if (!isMap(content)) throw new ConfigError('The configuration must be a map with "subgraphs"');
  refuseUnknown(content, KEYS.top, 'The configuration');
  if (!/^=?2(\.\d+){0,2}$/.test(String(content.federation_version ?? 2))) {
    throw new ConfigError(`federation_version must be 2 or =2.x, not "${content.federation_version}"`);
  }
  if (isMap(content.subgraphs) && Object.keys(content.subgraphs).length) return content.subgraphs;
  throw new ConfigError('The configuration names no subgraphs');
}

async function readService(name, subgraph, folder) {
  if (!isMap(subgraph)) throw new ConfigError(`Subgraph ${name} must be a map`);
  refuseUnknown(subgraph, KEYS.subgraph, `Subgraph ${name}`);
  const { file, subgraph_url: asked } = subgraph.schema ?? {};
  if (!file === !asked) throw new ConfigError(`Subgraph ${name} needs either schema.file or schema.subgraph_url`);
  const url = subgraph.routing_url ?? asked;
  if (!URL.canParse(url)) throw new ConfigError(`Subgraph ${name} needs a routing_url that is an address`);
  const sdl = file ? await readSdl(name, path.resolve(folder, file)) : await askSdl(name, asked);
  return { name, url, typeDefs: parseSdl(name, sdl) };
}

async function readSdl(name, file) {
  return readFile(file, 'utf8').catch((error) => {
    throw new ConfigError(`The schema of subgraph ${name} can not be read: ${firstLine(error)}`);
  });
}

async function askSdl(name, url) {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ _service { sdl } }' }),
      signal: AbortSignal.timeout(ANSWER_WITHIN),
    });
    const { data } = await answer.json();
    if (typeof data?._service?.sdl === 'string') return data._service.sdl;
    throw new Error(`it answered without a schema (HTTP ${answer.status})`);
  } catch (error) {
    throw new ConfigError(`Subgraph ${name} gave no schema at ${url}: ${firstLine(error.cause ?? error)}`);
  }
}

function parseSdl(name, sdl) {
  try {
    return parse(sdl);
  } catch (error) {
    const [at] = error.locations ?? [];
    throw new ConfigError(`The schema of subgraph ${name} is no GraphQL: ${error.message} (line ${at?.line ?? '?'})`);
  }
}

// Renamed into place: a router that follows the file never sees half of it.
async function replace(out, text) {
  const unfinished = `${out}.${process.pid}.tmp`;
  try {
    await mkdir(path.dirname(path.resolve(out)), { recursive: true });
    await writeFile(unfinished, text);
    await rename(unfinished, out);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw new ConfigError(`${out} can not be written: ${firstLine(error)}`);
  }
}

function describe(error) {
  return `${error.extensions?.code ?? 'INVALID_GRAPHQL'}: ${error.message.replace(/\s*\n\s*/g, ' ')}`;
}

function refuseUnknown(map, known, where) {
  const unknown = Object.keys(map).find((key) => !known.includes(key));
  if (unknown) throw new ConfigError(`${where} has an unknown key "${unknown}" (known: ${known.join(', ')})`);
}

function isMap(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function firstLine(error) {
  return (error.message || error.code || String(error)).split('\n', 1)[0];
}
