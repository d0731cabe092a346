"""The tallies of the gate at the end of a run of pytest, whichever processes have made them."""

from __future__ import annotations

from typing import Any

import pytest

PROPERTY = "parity"


class Summary:
    """A pytest plugin: shows what tests recorded as the property `PROPERTY`."""

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        reports: list[pytest.TestReport] = [
            *terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")
        ]  # fmt: skip
        found = [value for report in reports for name, value in report.user_properties if name == PROPERTY]
        if found:
            terminalreporter.section("parity of generated operations")
            for each in found:
                terminalreporter.write_line(str(each))
