"""A search as a query of tantivy."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from tantivy import Index, Occur, Query, Searcher

from mediaclay_search.engine.embedded.layout import SCHEMA, anchor_term, okey_term
from mediaclay_search.engine.embedded.wanted import Wanted, needed, wanted
from mediaclay_search.engine.embedded.words import STEM, whole, words
from mediaclay_search.records import (
    AllOf,
    AnyOf,
    Between,
    Condition,
    Everywhere,
    Has,
    Not,
    Part,
    Range,
    Scope,
    Search,
)

# A fixed part for each way of matching keeps exact words before beginnings, and those before typos, however common
# the words are; among equal ways BM25 decides. A typo of two letters finds so much else that it is left out.
EXACT, PREFIX, TYPO = 6.0, 2.5, 1.2
NAME, TEXT = 2.0, 1.0
WHOLE = 25.0
FIELDS = (("name", NAME), ("text", TEXT))
KNOWN = 5
"""Nodes in which a word stands that is no typo."""
FEW = 1_000
"""Ids that are looked for one by one."""
TELLING = 8
"""Stems of a sentence that are looked for."""
FREQUENT, FREQUENT_SHARE = 1_000, 0.05
"""Nodes, and of all of them the share, beyond which a stem tells nothing."""
BEHIND_SLASH = chr(ord("/") + 1)


def matching(index: Index, searcher: Searcher, search: Search) -> Query:
    """Everything that a search finds, scored; the page is not looked at."""
    if not search.text.strip():
        return _only(index, _every(), search)
    if search.any_word:
        return _only(index, _any_word(searcher, search.text), search)
    items = wanted(search.text)
    strange = frozenset(item for item in items if item.typo and not _is_known(index, searcher, item, search.scope))
    return _only(index, _words(search.text, items, strange), search)


def _is_known(index: Index, searcher: Searcher, item: Wanted, scope: Scope) -> bool:
    """Whether a word stands in the scope as it is, more often than typos do. Elsewhere would tell what is there."""
    stands = _any_of([_term(field, item.words[0]) for field, _ in FIELDS])
    return len(searcher.search(_in_scope(index, stands, scope), KNOWN, count=False).hits) == KNOWN


def completing(index: Index, search: Search) -> Query:
    """Nodes whose name has the words of a text, the last one begun; scored by how much of the name it is."""
    prefix = search.text
    *done, begun = words(prefix)
    must = [_all_of(_term("name", word), 1.0) for word in done]
    must.append(_all_of(_begins("name", begun), 1.0))
    likes = [_all_of(_begins("whole", whole(prefix)), 4.0), _all_of(_term("whole", whole(prefix)), 4.0)]
    scored = [(Occur.Must, query) for query in must] + [(Occur.Should, query) for query in likes]
    return _only(index, Query.boolean_query(scored), search)


def behind(index: Index, query: Query, id_: str) -> Query:
    """What of `query` has a greater id."""
    return _both(query, index.parse_query(f"id:{{{id_} TO *]", ["id"]))


def by_id(query: Query, id_: str) -> Query:
    """The one match of `query` that has this id, if it is one, with its score."""
    return _both(query, _term("id", id_))


def _only(index: Index, query: Query, search: Search) -> Query:
    query = _in_scope(index, query, search.scope)
    if search.kinds is not None:
        query = _both(query, Query.term_set_query(SCHEMA, "kind", list(search.kinds)))
    if search.where is not None:
        query = _both(query, _condition(index, search.where))
    if search.only is not None:
        query = _both(query, _named(search.only))
    return _but(query, _named(search.without)) if search.without else query


def _named(ids: Sequence[str]) -> Query:
    # A set of terms is looked for by a walk over the dictionary of each segment, which few terms are not worth.
    return (
        _any_of([_term("id", id_) for id_ in ids]) if len(ids) <= FEW else Query.term_set_query(SCHEMA, "id", list(ids))
    )


def _in_scope(index: Index, query: Query, scope: Scope) -> Query:
    if not isinstance(scope, Everywhere):
        query = _both(query, _any_of([_part(index, part) for part in scope]))
    elif scope.without:
        query = _outside(query, scope.without)
    return query


def _outside(query: Query, anchors: Sequence[str]) -> Query:
    return _but(query, Query.term_set_query(SCHEMA, "fragment", list(anchors)))


def _condition(index: Index, condition: Condition) -> Query:
    match condition:
        case Has(term):
            return _term("facts", term)
        case Between(start, end):
            return index.parse_query(f"facts:[{start} TO {end}]", ["facts"])
        case Not(of):
            return _but(_every(), _condition(index, of))
        case AllOf(of):
            return Query.boolean_query([(Occur.Must, _condition(index, each)) for each in of]) if of else _every()
        case AnyOf(of):
            return _any_of([_condition(index, each) for each in of])


def _every() -> Query:
    return _all_of(Query.exists_query("kind"), 1.0)  # rows that hold a position have none


def _words(text: str, items: Sequence[Wanted], strange: AbstractSet[Wanted]) -> Query:
    if not items:
        return Query.empty_query()
    loose = [_loose(item, item in strange) for item in items if not item.exact]
    clauses = [(Occur.Must, _phrase(item)) for item in items if item.exact]
    if loose:
        most = Query.boolean_query([(Occur.Should, query) for query in loose], needed(len(loose)))
        clauses.append((Occur.Must, most))
    clauses.append((Occur.Should, _all_of(_term("whole", whole(text)), WHOLE)))
    return Query.boolean_query(clauses)


def _any_word(searcher: Searcher, text: str) -> Query:
    """BM25 of the rarest stems alone: frequent ones would find nearly everything, and the right thing less often."""
    items = wanted(text)
    stems = dict.fromkeys(item.words[0][:STEM] for item in items if not item.exact)
    clauses = [(Occur.Should, _term("stem", stem)) for stem in _rarest(searcher, list(stems))]
    clauses += [(Occur.Must, _phrase(item)) for item in items if item.exact]
    return Query.boolean_query(clauses) if clauses else Query.empty_query()


def _rarest(searcher: Searcher, stems: Sequence[str]) -> list[str]:
    often = {stem: searcher.doc_freq("stem", stem) for stem in stems}
    known = sorted((stem for stem in stems if often[stem]), key=lambda stem: often[stem])
    most = max(FREQUENT, int(searcher.num_docs * FREQUENT_SHARE))
    return [stem for stem in known if often[stem] <= most][:TELLING] or known[:1]


def _loose(item: Wanted, is_strange: bool) -> Query:
    word = item.words[0]
    ways: list[Query] = []
    for field, weight in FIELDS:
        ways.append(_scored(_term(field, word), weight))
        if item.prefix:
            ways.append(_all_of(_begins(field, word), PREFIX * weight))
        if is_strange:
            near = Query.fuzzy_term_query(SCHEMA, field, word, 1, transposition_cost_one=True)
            ways.append(_all_of(near, TYPO * weight))
    return Query.disjunction_max_query(ways, 0.1)


def _phrase(item: Wanted) -> Query:
    ways = [_scored(_in_a_row(field, item.words), weight) for field, weight in FIELDS]
    return Query.disjunction_max_query(ways, 0.1)


def _in_a_row(field: str, phrase: tuple[str, ...]) -> Query:
    if len(phrase) == 1:  # tantivy panics on a phrase of one word
        return _term(field, phrase[0])
    return Query.phrase_query(SCHEMA, field, list(phrase))


def _scored(query: Query, weight: float) -> Query:
    fixed = _all_of(query, EXACT * weight)
    return Query.boolean_query([(Occur.Must, Query.boost_query(query, weight)), (Occur.Must, fixed)])


def _part(index: Index, part: Part) -> Query:
    if part.anchors is None:
        whole = _term("structure", part.structure)
        return _outside(whole, part.without) if part.without else whole
    terms = [anchor_term(part.structure, anchor) for anchor in part.anchors]
    ranges = [_range(index, part.structure, each) for each in part.ranges]
    return _any_of([Query.term_set_query(SCHEMA, "anchor", terms), *ranges])


def _range(index: Index, structure: str, asked: Range) -> Query:
    if asked.start.endswith("/") and asked.end == asked.start[:-1] + BEHIND_SLASH:
        # A branch is all keys that begin with its own: a few terms of the dictionary, where a range reads all documents.
        return _both(_term("anchor", anchor_term(structure, asked.anchor)), _begins("okey", okey_term(asked.start)))
    okeys = index.parse_query(f"okey:[{okey_term(asked.start)} TO {okey_term(asked.end)}}}", ["okey"])
    return _both(_term("anchor", anchor_term(structure, asked.anchor)), okeys)


def _term(field: str, value: str) -> Query:
    return Query.term_query(SCHEMA, field, value)


def _begins(field: str, beginning: str) -> Query:
    return Query.fuzzy_term_query(SCHEMA, field, beginning, 0, prefix=True)


def _all_of(query: Query, score: float) -> Query:
    return Query.const_score_query(query, score)


def _any_of(queries: Sequence[Query]) -> Query:
    if not queries:
        return Query.empty_query()
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def _but(query: Query, hidden: Query) -> Query:
    return Query.boolean_query([(Occur.Must, query), (Occur.MustNot, hidden)])


def _both(scored: Query, condition: Query) -> Query:
    return Query.boolean_query([(Occur.Must, scored), (Occur.Must, _all_of(condition, 0.0))])
