"""What stands on the console and in the logs."""

import io
import json
from pathlib import Path

from rich.console import Console

from mediaclay.terminal import Terminal


def terminal(folder: Path, live: bool) -> tuple[Terminal, io.StringIO]:
    written = io.StringIO()
    return Terminal(Console(file=written, width=200), folder, live=live), written


def test_lines_are_kept_in_files_and_shown_once_it_is_live(tmp_path: Path):
    screen, written = terminal(tmp_path, live=False)
    screen.line("search", "before")
    assert written.getvalue() == ""
    screen.live = True
    screen.line("search", "[bold]after[/]")
    assert written.getvalue() == "    search │ [bold]after[/]\n"
    assert (tmp_path / "search.log").read_text() == "before\n[bold]after[/]\n"
    assert screen.last("search") == ["before", "[bold]after[/]"]
    screen.close()


def test_a_json_line_is_shown_for_people_and_kept_whole(tmp_path: Path):
    screen, written = terminal(tmp_path, live=True)
    line = json.dumps({"level": "error", "message": "It failed", "error": "Traceback ...\n  File ...\nValueError: no"})
    screen.line("search", line)
    assert written.getvalue() == "    search │ error It failed: ValueError: no (all of it in the log)\n"
    assert (tmp_path / "search.log").read_text() == line + "\n"
    screen.line("search", '{"half": ')
    assert written.getvalue().endswith('    search │ {"half": \n')
    screen.close()
