"""Every link of our pages leads somewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

NAMED = re.compile(r"""<[a-z]+[^>]*\s(?:id|name)=["']([^"']+)["']""", re.IGNORECASE)
HTML_LINK = re.compile(r"""<(?:a|img)[^>]*\s(?:href|src)=["']([^"']+)["']""", re.IGNORECASE)


def parsed(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text())


def inline(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from inline(token.children or [])


def links(page: Path) -> list[str]:
    """The targets of a page's links and pictures, those in code blocks left out."""
    found: list[str] = []
    for token in inline(parsed(page)):
        target = token.attrGet("href") or token.attrGet("src")
        if target is not None:
            found.append(str(target))
        if token.type in {"html_block", "html_inline"}:
            found += HTML_LINK.findall(token.content)
    return found


def anchors(page: Path) -> set[str]:
    """The anchors that a forge makes of a page's headings, and those that the page names itself."""
    found: set[str] = set()
    seen: Counter[str] = Counter()
    tokens = parsed(page)
    for before, token in pairwise(tokens):
        if before.type == "heading_open":
            said = "".join(part.content for part in token.children or [] if part.type in {"text", "code_inline"})
            slug = re.sub(r"[^\w\- ]", "", said.strip().lower()).replace(" ", "-")
            found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
            seen[slug] += 1
    for token in inline(tokens):
        if token.type in {"html_block", "html_inline"}:
            found.update(NAMED.findall(token.content))
    return found


def broken(page: Path, root: Path) -> list[str]:
    """The relative links of a page that lead nowhere, each with the reason."""
    wrong: list[str] = []
    for link in links(page):
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        if not target.is_relative_to(root):
            wrong.append(f"{link}: outside of the repository")
        elif not target.exists():
            wrong.append(f"{link}: no such file")
        elif parts.fragment and target.suffix == ".md" and unquote(parts.fragment) not in anchors(target):
            wrong.append(f"{link}: no such heading")
    return wrong


def test_every_relative_link_and_anchor_exists(files, root):
    pages = files("*.md")
    assert root / "docs" / "errors.md" in pages
    wrong = {str(page.relative_to(root)): found for page in pages if (found := broken(page, root))}
    assert wrong == {}


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("[a](gone.md)", "gone.md: no such file"),
        ("[a](#gone)", "#gone: no such heading"),
        ("[a](other.md#gone)", "other.md#gone: no such heading"),
        ("![a](gone.png)", "gone.png: no such file"),
        ('<a href="gone.md">a</a>', "gone.md: no such file"),
        ("[a](../outside.md)", "../outside.md: outside of the repository"),
        ("[a]\n\n[a]: gone.md", "gone.md: no such file"),
    ],
)
def test_a_link_that_leads_nowhere_is_found(tmp_path, link, reason):
    page = tmp_path / "page.md"
    page.write_text(f"# Here\n\n{link}\n")
    (tmp_path / "other.md").write_text("# Elsewhere\n")
    assert broken(page, tmp_path) == [reason]


def test_links_to_headings_code_and_the_web_are_left_alone(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# It's `here`: once\n\n## Again\n\n## Again\n\n"
        "[a](#its-here-once) [b](#again-1) [c](page.md#again) [d](https://example.org/gone.md) <a id='own'></a> [e](#own)\n\n"
        "```\n[f](gone.md)\n```\n`[g](gone.md)`\n"
    )
    assert broken(page, tmp_path) == []
