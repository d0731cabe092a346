"""docs/settings.md lists the settings that there are, each with its default, and no other."""

from __future__ import annotations

import re

import pytest
from mediaclay_kernel.settings import Settings, names
from mediaclay_kernel.subgraph import discover
from pydantic_core import PydanticUndefined

from mediaclay.settings import RunnerSettings

ROW = re.compile(r"^\| `(CLAY_[A-Z_]+)` \| (.*?) \| (.*?) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def rows(root):
    """Default and meaning of each documented setting."""
    found = ROW.findall((root / "docs" / "settings.md").read_text())
    assert len(found) == len({name for name, _, _ in found}), "a setting is listed twice"
    return {name: (default, meaning) for name, default, meaning in found}


@pytest.fixture(scope="module")
def defaults(root):
    """The default of each setting of the kernel, of `clay up`, and of the subgraphs of this checkout."""
    ours = [s.settings_class() for name, s in discover().items() if (root / "subgraphs" / name).is_dir()]
    assert len(ours) == len(list((root / "subgraphs").glob("*/pyproject.toml")))
    found: dict[str, object] = {}
    for kind in (Settings, RunnerSettings, *ours):
        found |= zip(names(kind), (field.default for field in kind.model_fields.values()), strict=True)
    return found


def shown(default: object) -> str:
    assert default is not PydanticUndefined
    return "*none*" if default is None else f"`{str(default).lower() if isinstance(default, bool) else default}`"


def test_every_setting_is_documented_and_no_other_is(rows, defaults):
    assert set(rows) == set(defaults)


def test_every_default_is_the_one_that_the_page_tells(rows, defaults):
    assert {name: default for name, (default, _) in rows.items()} == {n: shown(d) for n, d in defaults.items()}


def test_every_setting_has_a_meaning(rows):
    assert [name for name, (_, meaning) in rows.items() if len(meaning) < len("See above.")] == []
