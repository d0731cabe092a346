"""A search as a query of tantivy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tantivy import Index, Occur, Query, Searcher

from mediaclay_search.engine.embedded.layout import LEVELS, SCHEMA, anchor_term, okey_term, place_term
from mediaclay_search.engine.embedded.spelling import Spelling
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

Clause = tuple[Occur, Query]

# Within the second list a fixed part for each way of matching keeps exact words before beginnings, and those before typos,
# however common the words are; among equal ways BM25 decides. A typo of two letters finds so much else that it is left out.
EXACT, PREFIX, TYPO = 6.0, 2.5, 1.2
NAME, TEXT = 2.0, 1.0
WHOLE = 25.0
FIELDS = (("name", NAME), ("text", TEXT))
KNOWN = 5
"""Nodes in which a word stands that is no typo."""
TELLING = 8
"""Stems of a sentence that are looked for."""
FREQUENT, FREQUENT_SHARE = 1_000, 0.05
"""Nodes, and of all of them the share, beyond which a stem tells nothing."""
BEHIND_SLASH = chr(ord("/") + 1)
AS_TERMS = 500
"""Up to so many ids or anchors are looked up one by one. For a set of terms the dictionary of each segment is walked through,
and all documents of the set are read before anything else is looked at."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The index as it is read: its schema, its documents as of a commit, and its words."""

    index: Index
    searcher: Searcher
    spelling: Spelling


def matching(reading: Reading, search: Search) -> Query:
    """Everything that a search finds; the page is not looked at."""
    if not search.text.strip():
        return _only(reading.index, _every(), search)
    if search.any_word:
        return _only(reading.index, _any_word(reading.searcher, search.text), search)
    items = wanted(search.text)
    return _only(reading.index, _words(search.text, items, _strange(reading, items, search.scope)), search)


def lists(reading: Reading, search: Search) -> list[Callable[[], Query]]:
    """What a search with words finds, as lists that follow each other: no node is in two of them, together they are `matching`.

    First come the nodes that have all words as they stand. Most pages end in them, and then nobody looks for beginnings
    and typos, which takes several times as long.
    """
    if search.any_word:
        return [lambda: matching(reading, search)]
    items = wanted(search.text)
    stand = [_in_a_row_somewhere(item) for item in items]
    exact = Query.boolean_query([*((Occur.Must, each) for each in stand), (Occur.Should, _whole(search.text))])

    def first() -> Query:
        return _only(reading.index, exact if items else Query.empty_query(), search)

    def rest() -> Query:
        words = _words(search.text, items, _strange(reading, items, search.scope))
        return _only(reading.index, _but(words, Query.boolean_query([(Occur.Must, each) for each in stand])), search)

    return [first, rest] if any(item.prefix or item.typo for item in items) or len(items) > 2 else [first]


def _strange(reading: Reading, items: Sequence[Wanted], scope: Scope) -> dict[Wanted, list[str]]:
    """The words that may be typos, and the words one edit away from each."""
    strange = [item for item in items if item.typo and not _is_known(reading, item, scope)]
    return {item: reading.spelling.near(item.words[0]) for item in strange}


def _is_known(reading: Reading, item: Wanted, scope: Scope) -> bool:
    """Whether a word stands in the scope as it is, more often than typos do. Elsewhere would tell what is there."""
    word = item.words[0]
    if sum(reading.searcher.doc_freq(field, word) for field, _ in FIELDS) < KNOWN:
        return False  # not even elsewhere
    stands = _any_of([_term(field, word) for field, _ in FIELDS])
    return len(reading.searcher.search(_in_scope(reading.index, stands, scope), KNOWN, count=False).hits) == KNOWN


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
    conditions = _scope(index, search.scope)
    if search.kinds is not None:
        conditions.append((Occur.Must, _one_of("kind", search.kinds)))
    if search.where is not None:
        conditions.append((Occur.Must, _condition(index, search.where)))
    if search.only is not None:
        conditions.append((Occur.Must, _one_of("id", search.only)))
    if search.without:
        conditions.append((Occur.MustNot, _one_of("id", search.without)))
    return _under(query, conditions)


def _in_scope(index: Index, query: Query, scope: Scope) -> Query:
    return _under(query, _scope(index, scope))


def _scope(index: Index, scope: Scope) -> list[Clause]:
    if not isinstance(scope, Everywhere):
        return [(Occur.Must, _any_of([piece for part in scope for piece in _part(index, part)]))]
    return [(Occur.MustNot, _one_of("fragment", scope.without))] if scope.without else []


def _under(query: Query, conditions: Sequence[Clause]) -> Query:
    """What of `query` meets all conditions, which change no score."""
    if not conditions:
        return query
    unscored = [(occur, _all_of(each, 0.0) if occur is Occur.Must else each) for occur, each in conditions]
    return Query.boolean_query([(Occur.Must, query), *unscored])


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


def _words(text: str, items: Sequence[Wanted], strange: Mapping[Wanted, Sequence[str]]) -> Query:
    if not items:
        return Query.empty_query()
    loose = [_loose(item, strange.get(item, ())) for item in items if not item.exact]
    clauses = [(Occur.Must, _phrase(item)) for item in items if item.exact]
    if loose:
        most = Query.boolean_query([(Occur.Should, query) for query in loose], needed(len(loose)))
        clauses.append((Occur.Must, most))
    clauses.append((Occur.Should, _whole(text)))
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


def _loose(item: Wanted, near: Sequence[str]) -> Query:
    word = item.words[0]
    ways: list[Query] = []
    for field, weight in FIELDS:
        ways.append(_scored(_term(field, word), weight))
        if item.prefix:
            ways.append(_all_of(_begins(field, word), PREFIX * weight))
        if near:
            ways.append(_all_of(_any_of([_term(field, each) for each in near]), TYPO * weight))
    return Query.disjunction_max_query(ways, 0.1)


def _whole(text: str) -> Query:
    return _all_of(_term("whole", whole(text)), WHOLE)


def _in_a_row_somewhere(item: Wanted) -> Query:
    ways = [Query.boost_query(_in_a_row(field, item.words), weight) for field, weight in FIELDS]
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


def _part(index: Index, part: Part) -> list[Query]:
    if part.anchors is None:
        whole = _term("structure", part.structure)
        return [_but(whole, _one_of("fragment", part.without)) if part.without else whole]
    terms = [anchor_term(part.structure, anchor) for anchor in part.anchors]
    return [_one_of("anchor", terms), *(_range(index, part.structure, each) for each in part.ranges)]


def _range(index: Index, structure: str, asked: Range) -> Query:
    if asked.start.endswith("/") and asked.end == asked.start[:-1] + BEHIND_SLASH:
        if asked.start.count("/") <= LEVELS:
            return _term("place", place_term(structure, asked.anchor, asked.start))
        okeys = _begins("okey", okey_term(asked.start))  # a few terms of the dictionary
    else:
        okeys = index.parse_query(f"okey:[{okey_term(asked.start)} TO {okey_term(asked.end)}}}", ["okey"])
    return _both(_term("anchor", anchor_term(structure, asked.anchor)), okeys)


def _one_of(field: str, values: Sequence[str]) -> Query:
    if len(values) > AS_TERMS:
        return Query.term_set_query(SCHEMA, field, list(values))
    return _any_of([_term(field, value) for value in values])


def _term(field: str, value: str) -> Query:
    return Query.term_query(SCHEMA, field, value)


def _begins(field: str, beginning: str) -> Query:
    return Query.fuzzy_term_query(SCHEMA, field, beginning, 0, prefix=True)


def _all_of(query: Query, score: float) -> Query:
    return Query.const_score_query(query, score)


def _any_of(queries: Sequence[Query]) -> Query:
    if len(queries) < 2:
        return queries[0] if queries else Query.empty_query()
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def _but(query: Query, hidden: Query) -> Query:
    return Query.boolean_query([(Occur.Must, query), (Occur.MustNot, hidden)])


def _both(scored: Query, condition: Query) -> Query:
    return _under(scored, [(Occur.Must, condition)])
