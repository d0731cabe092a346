"""What a query finds, in which order, and how it is shown."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mediaclay_kernel.errors import LimitExceeded
from mediaclay_search.records import Document, Search

WORLD = {
    "dog": ("Hund", "dog", "a domesticated animal that barks"),
    "hotdog": ("Essen", "hot dog", "a sausage in a roll"),
    "dogma": ("Idee", "dogma", "a belief that is held to be true"),
    "kennel": ("Haus", "kennel", "a shelter for a dog"),
    "cat": ("Katze", "cat", "a domesticated animal that purrs"),
    "creme": ("Essen", "Crème brûlée", "a dessert of custard & <burnt> sugar"),
    "tokyo": ("Ort", "東京", "the capital of Japan"),
    "hindi": ("Wort", "हिन्दी", "a language of India"),
    "y1998": ("Jahr", "year 1998", ""),
    "y1999": ("Jahr", "year 1999", ""),
}


@pytest.fixture
async def world(backend):
    documents = [
        Document(id_, "s", "1", f"{at:02}/", kind, name, text) for at, (id_, (kind, name, text)) in enumerate(WORLD.items())
    ]  # fmt: skip
    await backend.upsert(documents)
    await backend.commit({"s": 1})
    return backend


async def found(backend, text, **more) -> list[str]:
    page = await backend.search(Search(text, **more))
    assert page.total == len(page.hits)
    return [hit.id for hit in page.hits]


async def test_a_whole_name_comes_first_then_names_with_the_word_then_texts_then_longer_words(world):
    assert await found(world, "dog") == ["dog", "hotdog", "kennel", "dogma"]


async def test_a_letter_too_few_too_many_wrong_or_swapped_is_forgiven(world):
    for typo in ("kenel", "kennnel", "kemnel", "kennle"):
        assert await found(world, typo) == ["kennel"], typo


async def test_two_wrong_letters_are_another_word(world):
    assert await found(world, "kannal") == []


async def test_short_words_and_numbers_have_no_typos(world):
    assert await found(world, "cut") == []
    assert await found(world, "1998") == ["y1998"]


async def test_the_beginning_of_a_word_finds_it(world):
    assert await found(world, "domest") == ["cat", "dog"] or await found(world, "domest") == ["dog", "cat"]
    assert await found(world, "do") == []


async def test_both_of_two_words_must_match(world):
    assert await found(world, "domesticated barks") == ["dog"]
    assert await found(world, "domesticated elephant") == []


async def test_one_of_four_words_may_be_missing(world):
    assert await found(world, "animal domesticated purrs elephant") == ["cat"]
    assert await found(world, "animal purrs elephant giraffe") == []


async def test_quotes_want_the_words_in_a_row_and_as_they_stand(world):
    assert await found(world, '"domesticated animal"') != []
    assert await found(world, '"animal domesticated"') == []
    assert await found(world, '"domesticated animals"') == []
    assert await found(world, '"kenel"') == []
    assert await found(world, '"kennel"') == ["kennel"]
    assert await found(world, 'sausage "hot dog"') == ["hotdog"]
    assert await found(world, '"hot dog') == ["hotdog"]


async def test_accents_and_case_do_not_matter_however_they_are_encoded(world):
    for text in ("creme brulee", "CRÈME", "cre\u0300me", "Brûlée"):
        assert await found(world, text) == ["creme"], text


async def test_words_of_any_script_are_found(world):
    assert await found(world, "東") == ["tokyo"]
    assert await found(world, "हिन्दी") == ["hindi"]


async def test_signs_are_not_words_and_operators_mean_nothing(world):
    assert await found(world, "?! -- ()") == []
    for text in ("kennel:", "+kennel", "(kennel", "kennel*", "-kennel", "{kennel}", "\\kennel", '"" kennel'):
        assert await found(world, text) == ["kennel"], text


async def test_a_blank_query_finds_everything_in_the_order_of_the_ids(world):
    assert await found(world, "  ") == sorted(WORLD)


async def test_kinds_narrow_a_search_and_its_counts(world):
    assert await found(world, "dog", kinds=("Hund", "Haus")) == ["dog", "kennel"]
    assert await found(world, "dog", kinds=()) == []
    counts = await world.kinds(Search("dog", kinds=("Hund", "Haus")))
    assert {(bucket.value, bucket.count) for bucket in counts} == {("Hund", 1), ("Haus", 1)}


async def test_kinds_are_counted_over_all_matches_whatever_the_page(world):
    counts = await world.kinds(Search("", first=1))
    assert [(bucket.value, bucket.count) for bucket in counts[:2]] == [("Essen", 2), ("Jahr", 2)]
    assert sum(bucket.count for bucket in counts) == len(WORLD)
    assert all(bucket.count == 1 for bucket in counts[2:])


async def test_a_query_of_too_many_words_is_refused_with_the_limit(world):
    many = " ".join(f"word{n}" for n in range(33))
    for ask in (world.search, world.kinds):
        with pytest.raises(LimitExceeded, match="32 words"):
            await ask(Search(many))


async def marked(backend, text) -> dict[str, dict[str, str]]:
    page = await backend.search(Search(text))
    return {hit.id: {each.field: each.text for each in hit.highlights()} for hit in page.hits}


async def test_matches_are_marked_and_all_else_is_escaped(world):
    assert await marked(world, "creme burnt sugar") == {
        "creme": {
            "name": "<mark>Crème</mark> brûlée",
            "properties": "a dessert of custard &amp; &lt;<mark>burnt</mark>&gt; <mark>sugar</mark>",
        }
    }


async def test_what_matched_by_its_beginning_or_a_typo_is_marked_too(world):
    assert (await marked(world, "domest"))["cat"]["properties"] == "a <mark>domesticated</mark> animal that purrs"
    assert (await marked(world, "kenel"))["kennel"]["name"] == "<mark>kennel</mark>"


async def test_a_phrase_is_marked_where_it_stands_in_a_row_only(world):
    assert (await marked(world, '"a dog"'))["kennel"]["properties"] == "a shelter for <mark>a</mark> <mark>dog</mark>"


async def test_of_a_long_text_the_part_around_the_match_is_shown(backend):
    text = "lorem ipsum " * 100 + "needle " + "dolor sit " * 100
    await backend.upsert([Document("a", "s", "1", "", "k", "n", text)])
    await backend.commit({})
    shown = (await marked(backend, "needle"))["a"]["properties"]
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert "lorem ipsum <mark>needle</mark> dolor sit" in shown
    assert len(shown) < 300


async def test_completions_begin_with_the_prefix_the_whole_name_first(world):
    assert await world.suggest(Search("dog", first=10)) == ["dog", "dogma", "hotdog"]
    assert await world.suggest(Search("d", first=10)) == ["dog", "dogma", "hotdog"]
    assert await world.suggest(Search("Ho", first=10)) == ["hotdog"]
    assert await world.suggest(Search("hot d", first=10)) == ["hotdog"]
    assert await world.suggest(Search("dog", first=1)) == ["dog"]
    assert await world.suggest(Search("crème br", first=10)) == ["creme"]


async def test_nothing_completes_blank_signs_or_no_places(world):
    assert await world.suggest(Search(" ", first=10)) == []
    assert await world.suggest(Search("?", first=10)) == []
    assert await world.suggest(Search("dog", first=0)) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(text=st.text(max_size=80))
async def test_no_text_brings_it_down(world, text):
    try:
        page = await world.search(Search(text))
        counts = await world.kinds(Search(text))
        await world.suggest(Search(text, first=5))
    except LimitExceeded:
        return
    assert page.total == sum(bucket.count for bucket in counts)
    for hit in page.hits:
        hit.highlights()


async def test_typos_are_forgiven_in_what_was_built_anew(backend):
    fresh = await backend.fresh()
    await fresh.upsert([Document("a", "s", "1", "a/", "k", "kennel", "")])
    await fresh.commit({"s": 1})
    await backend.adopt(fresh)
    await backend.upsert([Document("b", "s", "1", "b/", "k", "kettle", "")])
    await backend.commit({"s": 2})
    for text, expected in (("kenel", ["a"]), ("ketle", ["b"])):
        assert await found(backend, text) == expected
