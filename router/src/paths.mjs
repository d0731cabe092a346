// Error paths that name the list indices they cross.
import { copyAt } from './errors.mjs';

/**
 * An error once for each place of the answer that its path means: `nodes.owner` becomes `nodes.0.owner`,
 * `nodes.1.owner`. The planner sometimes knows only the names of fields.
 */
export function exactly(error, data) {
  const { path } = error;
  if (!path?.length || !crossesList(data, path)) return [error];
  return places(data, path, []).map((place) => copyAt(error, place));
}

function crossesList(data, path) {
  let value = data;
  for (const key of path) {
    if (Array.isArray(value) && typeof key === 'string') return true;
    value = value?.[key];
  }
  return false;
}

function places(value, rest, before) {
  if (rest.length === 0) return [before];
  if (Array.isArray(value) && typeof rest[0] === 'string') {
    return value.flatMap((item, index) => places(item, rest, [...before, index]));
  }
  if (value === null || value === undefined) return [before]; // where the answer ends, so does the path
  return places(value[rest[0]], rest.slice(1), [...before, rest[0]]);
}
