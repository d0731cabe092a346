"""Slugs of names, and free ones among siblings."""

from unicodedata import normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mediaclay_structure.formats.slug import MAX_SLUG, numbered, slugify, unique
from mediaclay_structure.limits import check_slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Dog", "dog"),
        ("  Great  apes (Hominidae)! ", "great-apes-hominidae"),
        ("'s Gravenhage", "s-gravenhage"),
        ("Ångström", "ångström"),
        ("A\u030angstro\u0308m", "ångström"),
        ("Путь к дому", "путь-к-дому"),
        ("हिन्दी", "हिन्दी"),
        ("東京 23区", "東京-23区"),
        ("snake_case/path", "snake-case-path"),
        ("!?", "node"),
        ("", "node"),
        ("\u0301", "node"),
    ],
)
def test_a_name_becomes_a_slug(name, slug):
    assert slugify(name) == slug


def test_a_long_name_is_cut_between_words():
    assert slugify("word " * 30) == "-".join(["word"] * 20)


def test_a_long_name_of_one_word_is_cut_within_it():
    assert slugify("a " + "x" * 200) == "a-" + "x" * 98


def test_a_word_that_ends_at_the_limit_stays_whole():
    assert slugify("x" * 60 + " " + "y" * 39 + " z") == "x" * 60 + "-" + "y" * 39


@given(st.text())
@example("İ")
@example("ΑΣ ΑΣΑ")
@example("x" * 99 + " Å")
@example("\u1e9e" * 120)
def test_a_slug_is_its_own_slug_and_keeps_to_its_rules(name):
    slug = slugify(name)
    assert slugify(slug) == slug
    assert check_slug(slug) == slug
    assert 1 <= len(slug) <= MAX_SLUG
    assert slug == normalize("NFC", slug) == slug.lower()
    assert "/" not in slug
    assert "--" not in slug
    assert slug.strip("-") == slug


def test_siblings_of_one_name_are_numbered_without_gaps():
    taken = set()
    for _ in range(50):
        taken.add(unique("dog", taken))
    assert taken == {"dog", *(f"dog-{number}" for number in range(2, 51))}


def test_a_number_that_a_name_already_has_is_passed_over():
    assert unique("dog", {"dog", "dog-2"}) == "dog-3"


def test_a_numbered_slug_stays_within_the_limit():
    assert numbered("x" * 100, 12) == "x" * 97 + "-12"
    assert numbered("x" * 96 + "-yyy", 2) == "x" * 96 + "-y-2"
    assert numbered("x" * 97 + "-yy", 2) == "x" * 97 + "-2"


def test_the_thousandth_sibling_asks_a_few_times_only():
    class Asked(set[str]):
        times = 0

        def __contains__(self, slug: object) -> bool:
            self.times += 1
            return super().__contains__(slug)

    taken = Asked(["dog", *(f"dog-{number}" for number in range(2, 1001))])
    assert unique("dog", taken) == "dog-1001"
    assert taken.times <= 22


@given(st.lists(st.sampled_from(["a", "a-2", "a-3", "b", "a-2-2", "x" * 100])))
def test_slugs_of_siblings_are_never_taken_twice(names):
    taken: list[str] = []
    for name in names:
        taken.append(unique(name, taken))
    assert len(set(taken)) == len(names)
    assert all(len(slug) <= MAX_SLUG for slug in taken)
