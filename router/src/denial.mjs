// An operation without the fields that are denied. Its answer gets them back as nulls with errors (completion.mjs).
import { TypeInfo, getNamedType, isAbstractType, visit, visitWithTypeInfo } from 'graphql';

const NONE = new Map();
const originals = new WeakMap();

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
  if (!denied.size) return { document, denied };
  originals.set(rewritten, { document, denied });
  return { document: rewritten, denied };
}

function partsOf(schema, info) {
  const field = info.getFieldDef();
  const parent = info.getParentType();
  const parts = [parent, field, field && getNamedType(field.type)];
  if (!parent || !isAbstractType(parent)) return parts;
  return parts.concat(schema.getPossibleTypes(parent).flatMap((type) => [type, type.getFields()[field?.name]]));
}

/** The document that a caller wrote, and its denied field nodes, from the document that is executed. */
export function askedFor(document) {
  return originals.get(document) ?? { document, denied: NONE };
}
