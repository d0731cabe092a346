"""Words, and those one edit away from them."""

from hypothesis import given
from hypothesis import strategies as st
from mediaclay_search.engine.embedded import words
from mediaclay_search.engine.embedded.highlight import one_edit
from mediaclay_search.engine.embedded.spelling import Spelling

WORDS = ["kennel", "kernel", "kenel", "kennle", "kennels", "ennel", "channel", "oak", "kennel9", "lennek"]


def test_words_one_edit_away_are_near_and_no_others(tmp_path):
    spelling = Spelling(tmp_path)
    spelling.add(WORDS)
    assert spelling.near("kennel") == []
    spelling.commit()
    assert spelling.near("kennel") == ["ennel", "kenel", "kennels", "kennle", "kernel"]
    assert spelling.near("kennex") == ["kennel"]
    assert spelling.near("elephant") == []


def test_words_outlive_the_process_and_stand_there_once(tmp_path):
    for _ in range(2):
        spelling = Spelling(tmp_path)
        spelling.add(["kennel"])
        spelling.add(["kennel", "kennels"])
        spelling.commit()
        assert spelling.size == 2
        spelling.close()


@given(st.lists(st.text("abc", min_size=3, max_size=6)), st.text("abc", min_size=4, max_size=6))
def test_what_is_near_is_what_one_edit_makes(tmp_path_factory, some, word):
    spelling = Spelling(tmp_path_factory.mktemp("spelling"))
    spelling.add(some)
    spelling.commit()
    assert spelling.near(word) == sorted({each for each in some if one_edit(word, each)})


@given(st.text(st.characters(codec="ascii")))
def test_plain_text_has_the_words_that_any_text_would_have(text):
    assert words.words(text) == words.word_analyzer().analyze(text)
