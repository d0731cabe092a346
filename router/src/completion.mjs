// The last step of every answer that is not whole: nulls go up to where the schema allows one, each error names its
// exact place. The planner joins what the subgraphs gave and leaves null wherever one gave nothing.
// Source: the GraphQL specification, 6.4.4 "Handling Field Errors"
import { getOperationAST, getVariableValues, isLeafType, isListType, isNonNullType, isObjectType } from 'graphql';
import { askedFor } from './denial.mjs';
import { copyAt, refusal } from './errors.mjs';
import { maskResult, MOST_ERRORS } from './masking.mjs';
import { exactly } from './paths.mjs';
import { createSelections } from './selections.mjs';

/** Completes what was executed with errors or without its denied fields; a whole answer is not looked at. */
export function useCompletion(log) {
  return {
    onExecute: () => ({
      onExecuteDone({ args, result, setResult }) {
        if (result?.errors?.length || askedFor(args.document).denied.size) setResult(shown(result, args, log));
      },
    }),
  };
}

/** An answer or event as the caller may see it: masked and complete. */
export function shown(result, args, log) {
  const request = args.contextValue?.request;
  const asked = { ...args, ...askedFor(args.document) };
  if (!result.errors?.length && !asked.denied.size) return result;
  // Masked first, so that an error at a hundred places is one line in the log; what is found here is masked after.
  return maskResult(complete(maskResult(result, request, log), asked), request, log);
}

/**
 * A copy of the answer with nulls where the schema allows them, and errors for them.
 * @param {{schema, document, operationName, variableValues, denied: Map<object, Error>}} asked the operation as the
 *   caller wrote it, and those of its field nodes that are answered with null and this error, whatever came for them
 * @returns the answer; `data` stays absent where nothing was executed: no error with a path, and nothing denied
 */
export function complete(result, asked) {
  const errors = (result.errors ?? []).flatMap((error) => exactly(error, result.data)).slice(0, MOST_ERRORS);
  const data = result.data ?? (asked.denied.size || errors.some(({ path }) => path?.length) ? {} : null);
  const operation = data && getOperationAST(asked.document, asked.operationName);
  const selections = operation && selectionsOf(operation, asked);
  if (!selections) return { ...result, errors };
  const walk = { selections, denied: asked.denied, errors, told: toldBy(errors), ends: new Map() };
  const type = asked.schema.getRootType(operation.operation);
  const field = { selected: [{ node: operation, certain: true }] };
  const completed = completeValue(walk, { type, field, path: null, nullable: null }, data);
  for (const lost of walk.ends.values()) if (lost) errors.push(nothingAt(lost));
  return { ...result, data: completed, errors: errors.length ? errors : undefined };
}

function selectionsOf(operation, { schema, document, denied, variableValues }) {
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {});
  return coerced && createSelections({ schema, document, denied, variables: coerced });
}

// `place`: a type, the field that asks for it, its path (linked from its end), and the path of the nearest place at or
// above it that may be null. Null comes back from a place that may not be null as well: then what holds it is null.
function completeValue(walk, place, value) {
  if (!isNonNullType(place.type)) return completeNullable(walk, { ...place, nullable: place.path }, value);
  if (isNothing(value)) note(walk, place);
  return completeNullable(walk, { ...place, type: place.type.ofType }, value);
}

function completeNullable(walk, place, value) {
  if (isNothing(value)) return null;
  // What has another shape than the schema says is not ours to mend.
  if (isLeafType(place.type) || typeof value !== 'object') return value;
  if (Array.isArray(value) !== isListType(place.type)) return value;
  return isListType(place.type) ? completeList(walk, place, value) : completeObject(walk, place, value);
}

function completeList(walk, place, values) {
  const type = place.type.ofType;
  const items = values.map((value, key) =>
    completeValue(walk, { ...place, type, path: { before: place.path, key } }, value),
  );
  return isNonNullType(type) && items.includes(null) ? null : items;
}

function completeObject(walk, place, value) {
  const type = walk.selections.typeOf(place.type, place.field, value);
  const completed = { ...value };
  let broken = false;
  for (const [key, field] of walk.selections.fieldsOf(type, place.field)) {
    const inner = { type: field.type, field, path: { before: place.path, key }, nullable: place.nullable };
    if (!field.certain && !(key in value) && !isOnTheWay(walk.told, inner)) continue; // of a type that it may not have
    completed[key] = completeField(walk, inner, field.isTypename && isObjectType(type) ? type.name : value[key]);
    broken ||= completed[key] === null && isNonNullType(field.type);
  }
  return broken ? null : completed;
}

function completeField(walk, place, value) {
  const denied = walk.denied.size && walk.selections.deniedIn(place.field, value);
  if (!denied) return completeValue(walk, place, value);
  if (walk.errors.length < MOST_ERRORS) {
    walk.errors.push(copyAt(walk.denied.get(denied), keysOf(place.path), [denied]));
  }
  if (isNonNullType(place.type)) walk.ends.set(textOf(keysOf(place.nullable)), null);
  return null;
}

// A null that goes up. Where it ends one error is enough; without any, the first that nobody spoke of gets one.
function note({ ends, told }, { path, nullable }) {
  const keys = keysOf(path);
  const end = textOf(keysOf(nullable));
  if (isTold(told, keys)) ends.set(end, null);
  else if (!ends.has(end)) ends.set(end, keys);
}

// Whether there is an error at the place, above it, or below it, where nothing is.
function isTold({ at, through }, keys) {
  return through.has(textOf(keys)) || keys.some((_, index) => at.has(textOf(keys.slice(0, index + 1))));
}

function isOnTheWay({ through }, { path }) {
  return through.has(textOf(keysOf(path)));
}

function toldBy(errors) {
  const paths = errors.map(({ path }) => path ?? []).filter((path) => path.length);
  const through = paths.flatMap((path) => path.map((_, index) => textOf(path.slice(0, index + 1))));
  return { at: new Set(paths.map(textOf)), through: new Set(through) };
}

function nothingAt(path) {
  return refusal('INTERNAL', `Nothing came for ${path.join('.')}, which is never null`, { path });
}

function isNothing(value) {
  return value === null || value === undefined;
}

function textOf(keys) {
  return JSON.stringify(keys);
}

function keysOf(path) {
  const keys = [];
  for (let step = path; step; step = step.before) keys.push(step.key);
  return keys.reverse();
}
