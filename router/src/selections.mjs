// Which fields an operation asks of an object.
import {
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  TypeNameMetaFieldDef,
  doTypesOverlap,
  getDirectiveValues,
  isAbstractType,
  isObjectType,
} from 'graphql';

/**
 * The selections of one operation with its variables. A field is `{type, selected, certain, isTypename}`: `selected`
 * are its nodes, each `{node, certain}`; not `certain` is what only some objects of an abstract type are asked for.
 * @returns `fieldsOf(type, field)`: the fields that are asked of the objects in a field, by response key;
 *   `typeOf(type, field, value)`: the type of an object by a `__typename` in it, or the abstract type where none came;
 *   `deniedIn(field, value)`: the denied node of a field, if that is what the value came for
 */
export function createSelections({ schema, document, variables, denied }) {
  const fragments = new Map(document.definitions.map((definition) => [definition.name?.value, definition]));
  const operation = { schema, fragments, variables };
  const known = new Map(); // the items of a list share their field
  const fieldsOf = (type, field) => {
    const byType = known.get(field) ?? new Map();
    if (!byType.has(type)) byType.set(type, collect(operation, type, field));
    known.set(field, byType);
    return byType.get(type);
  };
  const isDenied = ({ node }) => denied.has(node);
  return {
    fieldsOf,
    typeOf(type, field, value) {
      if (!isAbstractType(type)) return type;
      const fields = [...fieldsOf(type, field)];
      const named = fields.find(([key, { isTypename }]) => isTypename && key in value);
      // A denied field was asked for as `__typename` (denial.mjs).
      const [key] = named ?? fields.find(([, { selected }]) => selected.some(isDenied)) ?? [];
      const possible = schema.getPossibleTypes(type);
      return possible.find(({ name }) => possible.length === 1 || name === value[key]) ?? type;
    },
    deniedIn({ selected }, value) {
      const found = selected.filter(isDenied).find(({ certain }) => certain || isObjectType(schema.getType(value)));
      return found?.node;
    },
  };
}

function collect(operation, type, { selected }) {
  const fields = new Map();
  for (const { node, certain } of selected) addAll(operation, { type, certain }, node.selectionSet, fields);
  return fields;
}

// `scope`: the type that selections are made on, and whether every object here has it.
function addAll(operation, scope, selectionSet, fields) {
  for (const selection of selectionSet?.selections ?? []) {
    if (!isIncluded(operation, selection)) continue;
    if (selection.kind === Kind.FIELD) {
      add(scope, selection, fields);
      continue;
    }
    const fragment =
      selection.kind === Kind.FRAGMENT_SPREAD ? operation.fragments.get(selection.name.value) : selection;
    const inner = narrowed(operation, scope, fragment.typeCondition?.name.value);
    if (inner) addAll(operation, inner, fragment.selectionSet, fields);
  }
}

function add({ type, certain }, node, fields) {
  const key = (node.alias ?? node.name).value;
  const isTypename = node.name.value === '__typename';
  const definition = isTypename ? TypeNameMetaFieldDef : type.getFields?.()[node.name.value];
  if (!definition) return; // `__schema` and `__type`, which are whole or not there
  const field = fields.get(key) ?? { type: definition.type, selected: [], certain: false, isTypename };
  field.selected.push({ node, certain });
  field.certain ||= certain;
  fields.set(key, field);
}

function narrowed({ schema }, scope, condition) {
  const type = condition ? schema.getType(condition) : scope.type;
  if (type === scope.type || (isAbstractType(type) && schema.isSubType(type, scope.type))) return scope;
  return doTypesOverlap(schema, type, scope.type) ? { type, certain: false } : null;
}

function isIncluded({ variables }, node) {
  if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false;
}
