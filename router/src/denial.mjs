// An operation without the fields that are denied, and its answer with them: null, and an error at each place.
import { GraphQLError, TypeInfo, executeSync, getNamedType, isAbstractType, visit, visitWithTypeInfo } from 'graphql';

/**
 * A document that asks for `__typename` in place of each denied field, so that lists keep their length and no object
 * is left empty.
 * @param judge from a field and the types around it to an error or null
 * @returns {{document: object, denied: Map<object, GraphQLError>}} the denied field nodes of the original document;
 *   where there are none, the document is the original
 */
export function withoutDenied(schema, document, judge) {
  const info = new TypeInfo(schema);
  const denied = new Map();
  const Field = (node) => {
    const denial = judge(partsOf(schema, info));
    if (!denial) return undefined;
    denied.set(node, denial);
    const { kind, name, alias, directives } = node;
    return { kind, alias: alias ?? name, name: { ...name, value: '__typename' }, directives };
  };
  const rewritten = visit(document, visitWithTypeInfo(info, { Field }));
  return { document: denied.size ? rewritten : document, denied };
}

function partsOf(schema, info) {
  const field = info.getFieldDef();
  const parent = info.getParentType();
  const parts = [parent, field, field && getNamedType(field.type)];
  if (!parent || !isAbstractType(parent)) return parts;
  return parts.concat(schema.getPossibleTypes(parent).flatMap((type) => [type, type.getFields()[field?.name]]));
}

/**
 * The answer to the operation as it was asked. graphql-js executes it over the data that came: it knows how a null
 * spreads where a field can't be null, and the exact path of each error.
 */
export function withDenials(result, { schema, document, operationName, variableValues }, denied) {
  const complete = executeSync({
    schema,
    document,
    operationName,
    variableValues,
    rootValue: result.data ?? {},
    fieldResolver: (source, _arguments, _context, { path, fieldNodes }) => {
      const node = fieldNodes.find((candidate) => denied.has(candidate));
      if (node) throw copyOf(denied.get(node));
      return source[path.key];
    },
    typeResolver: (source) => source.__typename,
  });
  const errors = [...(result.errors ?? []), ...(complete.errors ?? [])];
  return { ...result, data: complete.data, errors: errors.length ? errors : undefined };
}

function copyOf({ message, extensions }) {
  return new GraphQLError(message, { extensions: { ...extensions } });
}
