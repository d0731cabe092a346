// @authenticated and @requiresScopes, before anything is fetched. Subgraphs check again: this is the second lock.
// Our own, because @envelop/generic-auth rewrites the document of every request (the planner's cache then always
// misses), fails where nothing is left to ask, and answers objects in place of lists.
import { refusal } from './errors.mjs';
import { withoutDenied } from './denial.mjs';

/** Protected fields that the caller may not have are not asked for; useCompletion answers them with their errors. */
export function useProtection() {
  const plans = new WeakMap();
  return {
    onExecute({ args }) {
      args.document = planFor(plans, args).document;
    },
    onSubscribe({ args, setResultAndStopExecution }) {
      const [denial] = planFor(plans, args).denied.values();
      if (denial) setResultAndStopExecution({ errors: [denial] });
    },
  };
}

// One plan per schema, document and set of rights: the rewritten document stays the same object, as the planner's
// cache needs it. Scopes come from signed tokens only, so a caller can't fill this up.
function planFor(plans, { schema, document, contextValue }) {
  const documents = entry(plans, schema, () => new WeakMap());
  const byRights = entry(documents, document, () => new Map());
  const rights = rightsOf(contextValue?.caller);
  return entry(byRights, rights.key, () => withoutDenied(schema, document, (parts) => denial(parts, rights)));
}

function entry(map, key, make) {
  if (!map.has(key)) map.set(key, make());
  return map.get(key);
}

function rightsOf(caller) {
  const scopes = (caller?.scope ?? '').split(' ').filter(Boolean).sort();
  return { known: Boolean(caller), scopes, key: caller ? `caller ${scopes.join(' ')}` : 'nobody' };
}

// `parts`: a field and the types around it, each with the directives of its definition.
function denial(parts, { known, scopes }) {
  const demands = parts.flatMap((part) => demandsOf(part));
  if (!demands.length) return null;
  if (!known) return refusal('UNAUTHENTICATED', 'This field needs an access token');
  const met = demands.every((ways) => ways.some((way) => way.every((scope) => scopes.includes(scope))));
  return met ? null : refusal('FORBIDDEN', 'The access token lacks a scope that this field needs');
}

// What a definition asks of a caller: a list of demands, each a list of ways, each a list of scopes (`[[]]`: any
// caller with a token). A policy is nothing that our tokens could tell, so there is no way to meet it.
function demandsOf(part) {
  return (part?.astNode?.directives ?? []).flatMap(({ name, arguments: given }) => {
    if (name.value === 'authenticated') return [[[]]];
    if (name.value === 'policy') return [[]];
    if (name.value !== 'requiresScopes') return [];
    return [given[0].value.values.map((way) => way.values.map((scope) => scope.value))];
  });
}
