// What an answer lacks when a subgraph gives none: one UNAVAILABLE error for each field that was asked of it.
import { GraphQLError, Kind } from 'graphql';

const NETWORK = ['SUBREQUEST_HTTP_ERROR', 'RESPONSE_VALIDATION_FAILED'];
const MOST_PATHS = 100;

/**
 * The answer of a subgraph that gave none. Paths are those of the request to the subgraph (with `_entities` and the
 * index of the representation); the planner turns them into paths of the caller's operation, list indices included.
 */
export function outageOf(subgraphName, request) {
  const message = `The subgraph "${subgraphName}" does not answer; its fields are missing`;
  const extensions = { code: 'UNAVAILABLE', service: subgraphName };
  const paths = lostPaths(request);
  return {
    data: null,
    errors: paths.map((path) => new GraphQLError(message, { path, extensions: { ...extensions } })),
  };
}

/** Whether an answer is no word of the subgraph's but the transport's: nobody there, or not GraphQL. */
export function isOutage(result) {
  if (result?.data || !result?.errors?.length) return false;
  return result.errors.every((error) => NETWORK.includes(error.extensions?.code));
}

function lostPaths({ document, variables }) {
  const fragments = fragmentsOf(document);
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const paths = [];
  for (const root of fieldsOf(operation.selectionSet, fragments)) {
    for (const path of pathsOf(root, fragments, variables)) {
      if (paths.push(path) === MOST_PATHS) return paths;
    }
  }
  return paths;
}

function* pathsOf(root, fragments, variables) {
  if (root.name.value !== '_entities') return yield [keyOf(root)];
  const name = root.arguments[0]?.value.name?.value;
  for (const [index, { __typename }] of (variables?.[name] ?? []).entries()) {
    for (const field of fieldsOf(root.selectionSet, fragments, __typename)) yield [keyOf(root), index, keyOf(field)];
  }
}

function* fieldsOf(selectionSet, fragments, typename) {
  for (const selection of selectionSet.selections) {
    if (selection.kind === Kind.FIELD) {
      if (selection.name.value !== '__typename') yield selection;
      continue;
    }
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
    const condition = fragment.typeCondition?.name.value;
    if (!typename || !condition || condition === typename) yield* fieldsOf(fragment.selectionSet, fragments, typename);
  }
}

function fragmentsOf(document) {
  const definitions = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(definitions.map((definition) => [definition.name.value, definition]));
}

function keyOf(field) {
  return (field.alias ?? field.name).value;
}
