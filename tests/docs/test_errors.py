"""docs/errors.md lists the codes that there are, and no other."""

from __future__ import annotations

import json
import re

import pytest
from mediaclay_kernel.errors import CODES, ClayError

SECTION = re.compile(r"^## ([A-Z_]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs" / "errors.md").read_text()


@pytest.fixture(scope="module")
def sections(page):
    return dict(SECTION.findall(page))


def test_each_code_has_a_section_and_no_other_has_one(sections):
    assert tuple(sections) == CODES


def test_each_section_says_the_meaning_what_to_do_and_an_example_of_its_code(sections):
    for code, text in sections.items():
        assert "**Meaning.** " in text, code
        assert "**What to do.** " in text, code
        [example] = re.findall(r"```json\n(.*?)\n```", text, re.DOTALL)
        shown = json.loads(example)
        assert shown["message"], code
        assert shown["extensions"]["code"] == code


def test_the_table_gives_each_code_its_http_status(page):
    statuses = {kind.code: kind.status for kind in ClayError.__subclasses__()}
    rows = re.findall(r"^\| \[`([A-Z_]+)`\]\(#\w+\) \| .* \| (\d+)", page, re.MULTILINE)
    assert {code: int(status) for code, status in rows} == {code: statuses[code] for code in CODES}


def test_the_router_knows_the_same_codes(root):
    listed = re.search(r"CODES = Object\.freeze\(\[(.*?)\]\)", (root / "router/src/errors.mjs").read_text(), re.DOTALL)
    assert listed is not None
    assert tuple(re.findall(r"'([A-Z_]+)'", listed[1])) == CODES
