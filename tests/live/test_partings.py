"""What subscribers are told when a server goes away is what docs/live.md says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.partings import table
from tests.live.support.house import housed

PAGE = Path(__file__).parents[2] / "docs" / "live.md"

pytestmark = pytest.mark.xdist_group("live")


def test_the_page_says_what_each_transport_is_told(tmp_path: Path):
    said = PAGE.read_text().split("<!-- partings -->\n")[1].split("\n<!-- end of partings -->")[0]
    with housed(tmp_path) as house:
        assert table(house) == said.strip()
