"""A real browser, spoken to by the Chrome DevTools Protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import websockets

NAMES = "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"
KEYS = {"Enter": ("\r", 13), "Tab": ("\t", 9)}


def binary() -> str:
    """The browser. Without one the test is skipped, and says so."""
    found = os.environ.get("CLAY_TEST_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium here: install it (apt-get install chromium), or name one by CLAY_TEST_BROWSER")
    return found


class Tab:
    """One page of the browser."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._number = 0
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self.complaints: list[str] = []
        """What the browser wrote to its console: errors of scripts, and whatever a policy has forbidden."""

    async def listen(self) -> None:
        async for text in self._socket:
            said = json.loads(text)
            if "id" in said:
                waiting = self._waiting.pop(said["id"])
                if "error" in said:
                    waiting.set_exception(RuntimeError(said["error"]["message"]))
                else:
                    waiting.set_result(said["result"])
            elif said["method"] == "Log.entryAdded" and said["params"]["entry"]["level"] == "error":
                self.complaints.append(said["params"]["entry"]["text"])
            elif said["method"] == "Runtime.exceptionThrown":
                self.complaints.append(str(said["params"]))

    async def call(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        waiting = self._waiting[self._number] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        async with asyncio.timeout(60):
            return await waiting

    async def value(self, script: str) -> Any:
        found = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def until(self, script: str, seconds: float = 60) -> None:
        """Waits until a script is true of the page."""
        async with asyncio.timeout(seconds):
            while True:
                try:
                    if await self.value(f"Boolean({script})"):
                        return
                except (RuntimeError, AssertionError):
                    pass  # between two pages
                await asyncio.sleep(0.05)

    async def go(self, url: str) -> None:
        await self.call("Page.navigate", url=url)

    async def type(self, text: str) -> None:
        await self.call("Input.insertText", text=text)

    async def press(self, name: str) -> None:
        text, code = KEYS[name]
        key: dict[str, Any] = {"key": name, "code": name, "windowsVirtualKeyCode": code}
        await self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **key)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **key)

    async def screenshot(self, path: Path) -> None:
        shot = await self.call("Page.captureScreenshot", format="png")
        await asyncio.to_thread(_write, path, base64.b64decode(shot["data"]))


@asynccontextmanager
async def browsing() -> AsyncGenerator[Tab]:
    """A new browser with one empty page."""
    home = Path(tempfile.mkdtemp(prefix="clay-chromium-"))
    flags = [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-proxy-server",
        "--remote-debugging-port=0", "--window-size=900,900", f"--user-data-dir={home}", "about:blank",
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        binary(), *flags, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        address = await _page(home / "DevToolsActivePort", process)
        async with websockets.connect(address, max_size=None) as socket:
            tab = Tab(socket)
            listening = asyncio.create_task(tab.listen())
            try:
                for domain in ("Page", "Runtime", "Log"):
                    await tab.call(f"{domain}.enable")
                yield tab
            finally:
                listening.cancel()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)


def _write(path: Path, picture: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture)


def _port(told: Path) -> str | None:
    """The port that the browser has chosen, once it has written that down."""
    lines = told.read_text().splitlines() if told.exists() else []
    return lines[0] if len(lines) > 1 else None


async def _page(told: Path, process: asyncio.subprocess.Process) -> str:
    """Where its first page is spoken to."""
    async with asyncio.timeout(120), httpx.AsyncClient(trust_env=False) as http:
        while (port := await asyncio.to_thread(_port, told)) is None:
            assert process.returncode is None, "the browser did not start"
            await asyncio.sleep(0.1)
        while True:
            pages = cast("list[dict[str, Any]]", (await http.get(f"http://127.0.0.1:{port}/json")).json())
            if found := next((page for page in pages if page["type"] == "page"), None):
                return found["webSocketDebuggerUrl"]
            await asyncio.sleep(0.1)


@asynccontextmanager
async def application() -> AsyncGenerator[tuple[str, asyncio.Future[str]]]:
    """A program on this machine that waits for a browser to come back: its address, and the path that is asked for."""
    came: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readline()).decode()
        if not came.done() and "/back" in line:
            came.set_result(line.split(" ")[1])
        body = b"<!doctype html><title>Signed in</title><link rel=icon href=data:,><h1>You are signed in</h1>"
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/back", came
    finally:
        server.close()
        await server.wait_closed()
