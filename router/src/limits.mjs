// How large a request may be. Tokens come first: they are counted while parsing, before anything costs more.
import { Kind, parse } from 'graphql';
import { overLimit } from './errors.mjs';

/** The limits: `body` in bytes, `batch` in operations of one HTTP request, the others per document or operation. */
export const LIMITS = Object.freeze({
  tokens: 2000,
  depth: 20,
  aliases: 30,
  roots: 20,
  fields: 5000, // with fragments spread out: doubling fragments pass every other limit
  batch: 10,
  body: 1024 * 1024,
});

const WORDS = { depth: 'levels', fields: 'fields with fragments spread out', aliases: 'aliases', roots: 'root fields' };

/** Checks the limits of a document at its parsing and validation; both are cached per document. */
export function useLimits() {
  return {
    onParse: ({ setParseFn }) => setParseFn(parseWithinTokens),
    onValidate: ({ addValidationRule }) => addValidationRule(withinLimits),
  };
}

function parseWithinTokens(source, options) {
  try {
    return parse(source, { ...options, maxTokens: LIMITS.tokens });
  } catch (error) {
    if (!/tokens\. Parsing aborted/.test(error.message)) throw error;
    throw overLimit(`A document may have ${LIMITS.tokens} tokens at most`, LIMITS.tokens);
  }
}

function withinLimits(context) {
  return {
    Document(document) {
      for (const sizes of measure(document)) {
        for (const [name, size] of Object.entries(sizes)) {
          if (size > LIMITS[name]) context.reportError(tooMany(name));
        }
      }
    },
  };
}

function tooMany(name) {
  return overLimit(`An operation may have ${LIMITS[name]} ${WORDS[name]} at most`, LIMITS[name]);
}

/**
 * The sizes of each operation: `[{depth, aliases, fields, roots}]`. Each fragment is measured once and counted at
 * each of its spreads, so the cost is linear in the document although the sizes grow exponentially.
 */
export function measure(document) {
  const fragments = new Map();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measured = new Map();
  return document.definitions
    .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
    .map((operation) => {
      const roots = rootsOf(operation.selectionSet, fragments, new Map());
      return { ...sizeOf(operation.selectionSet, fragments, measured), roots };
    });
}

const NOTHING = Object.freeze({ depth: 0, aliases: 0, fields: 0 });

function sizeOf(selectionSet, fragments, measured) {
  const total = { ...NOTHING };
  for (const selection of selectionSet?.selections ?? []) {
    const size = sizeOfSelection(selection, fragments, measured);
    total.depth = Math.max(total.depth, size.depth);
    total.aliases += size.aliases;
    total.fields += size.fields;
  }
  return total;
}

function sizeOfSelection(selection, fragments, measured) {
  if (selection.kind === Kind.FRAGMENT_SPREAD) return sizeOfFragment(selection.name.value, fragments, measured);
  const inner = sizeOf(selection.selectionSet, fragments, measured);
  if (selection.kind !== Kind.FIELD) return inner;
  return { depth: inner.depth + 1, aliases: inner.aliases + (selection.alias ? 1 : 0), fields: inner.fields + 1 };
}

function sizeOfFragment(name, fragments, measured) {
  if (!measured.has(name)) {
    measured.set(name, NOTHING); // a cycle counts as nothing here: another rule refuses it
    measured.set(name, sizeOf(fragments.get(name)?.selectionSet, fragments, measured));
  }
  return measured.get(name);
}

function rootsOf(selectionSet, fragments, counted) {
  let roots = 0;
  for (const selection of selectionSet?.selections ?? []) {
    if (selection.kind === Kind.FIELD) roots += 1;
    else if (selection.kind === Kind.INLINE_FRAGMENT) roots += rootsOf(selection.selectionSet, fragments, counted);
    else roots += rootsOfFragment(selection.name.value, fragments, counted);
  }
  return roots;
}

function rootsOfFragment(name, fragments, counted) {
  if (!counted.has(name)) {
    counted.set(name, 0);
    counted.set(name, rootsOf(fragments.get(name)?.selectionSet, fragments, counted));
  }
  return counted.get(name);
}
