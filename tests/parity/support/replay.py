"""Every query that a test sends to a subgraph in its process is asked once more at the end of the test, both ways."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from graphql import GraphQLError, OperationType, get_operation_ast, parse
from mediaclay_kernel import testing
from mediaclay_kernel.view import View
from starlette.applications import Starlette

from tests.parity.support.compare import Differ, Operation, Tally
from tests.parity.support.summary import Summary

OFF = "CLAY_TEST_PARITY"
VARIANTS = 3
"""Sets of variables of one document that are compared for one application."""
TRIES = 3
"""Reads of what differs: a test may leave something that works in the background."""
PATIENCE = 30
"""Seconds for the replay of one application, which a test may have left without its servers."""


class Replay:
    """A pytest plugin. `CLAY_TEST_PARITY=off` turns it off."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.skipped: Counter[str] = Counter()

    def pytest_configure(self) -> None:
        """From now on, `running` of the kernel's own plugin builds applications that are replayed."""
        build = testing.build_app

        def built(*arguments: Any, **options: Any) -> Starlette:
            return self._watched(build(*arguments, **options))

        testing.build_app = built

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if (output := getattr(session.config, "workeroutput", None)) is not None:
            output["parity"] = {"tally": self.tally.as_json(), "skipped": dict(self.skipped)}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        if found := getattr(node, "workeroutput", {}).get("parity"):
            self.tally.add(found["tally"])
            self.skipped.update(found["skipped"])

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.tally.compared:
            terminalreporter.section("parity of compiled reads")
            terminalreporter.write_line(str(self.tally))
            terminalreporter.write_line(f"not compared: {dict(self.skipped)}")

    def _watched(self, app: Starlette) -> Starlette:
        seen: dict[str, dict[bytes, Operation]] = {}
        self._record(app.state.view, seen)
        lifespan = app.router.lifespan_context

        @asynccontextmanager
        async def replayed(inner: Starlette) -> AsyncGenerator[Any]:
            async with lifespan(inner) as state:
                yield state
                await self._replay(app, [each for own in seen.values() for each in own.values()])

        app.router.lifespan_context = replayed
        return app

    def _record(self, view: View, seen: dict[str, dict[bytes, Operation]]) -> None:
        answer = view.entry.answer

        def recording(incoming: Any, context: Any) -> Any:
            asked = view.entry.asked(incoming)
            if asked is not None:
                own = seen.setdefault(asked.document, {})
                authorization = incoming.header(b"authorization")
                if len(own) < VARIANTS:
                    key = repr([asked.operation, asked.variables, str(context.principal)]).encode(errors="replace")
                    own[key] = Operation(asked.document, asked.variables, asked.operation, authorization)
            return answer(incoming, context)

        view.entry.answer = recording

    async def _replay(self, app: Starlette, operations: list[Operation]) -> None:
        differ = Differ(app, self.tally, TRIES)
        # Looked at between the operations: graphql-core leaves coroutines behind where it is cut off.
        until = asyncio.get_running_loop().time() + PATIENCE
        for operation in operations:
            kind = "out of time" if asyncio.get_running_loop().time() > until else kind_of(operation)
            if kind == "query":
                await differ.compare(operation)
            else:
                self.skipped[kind] += 1


def kind_of(operation: Operation) -> str:
    """`query`, or why it is not compared: what changes something must not be done again."""
    try:
        found = get_operation_ast(parse(operation.document), operation.name)
    except GraphQLError:
        return "no document"
    if found is None:
        return "no operation"
    return "query" if found.operation is OperationType.QUERY else found.operation.value


def registered(config: pytest.Config) -> None:
    """Adds the plugins of the gate to a run of pytest."""
    config.pluginmanager.register(Summary(), "parity of generated operations")
    if os.environ.get(OFF) != "off":
        config.pluginmanager.register(Replay(), "parity")
