"""A subgraph as an ASGI application, and as a process."""

from __future__ import annotations

import asyncio
import gc
import math
import signal
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from typing import Any, cast

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from mediaclay_kernel import bus, metrics
from mediaclay_kernel.access import LEASE, Access, GrantSource, LocalGrants, RemoteGrants
from mediaclay_kernel.admission import Admission
from mediaclay_kernel.answering import refusal, sent
from mediaclay_kernel.context import Context
from mediaclay_kernel.documents import MOST_CHARACTERS
from mediaclay_kernel.entry import Later
from mediaclay_kernel.errors import BadUserInput, ClayError, Unavailable
from mediaclay_kernel.event_streams import EventStream
from mediaclay_kernel.exchange import Incoming, Reply
from mediaclay_kernel.federation import Schema
from mediaclay_kernel.live import RESTART, Live
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.sockets import Socket
from mediaclay_kernel.subgraph import Start, Subgraph, resolve
from mediaclay_kernel.telemetry import instrument, set_up_logs
from mediaclay_kernel.tokens import Keys, RemoteDirectory, RemoteKeys, ServiceTokens, Standing, Verifier, trusted
from mediaclay_kernel.tokens.verifier import Trust
from mediaclay_kernel.view import View
from mediaclay_kernel.watching import Everyone, RemoteSource, Watch, watching
from mediaclay_kernel.wire import Wire

DRAIN = 10
"""Seconds that open requests get when the process is told to stop."""


async def health(_: Request) -> Response:
    """The process is alive."""
    return JSONResponse({"status": "alive"})


async def ready(request: Request) -> Response:
    """Its servers answer. 503 with the reason where one does not."""
    await request.app.state.running.ready()
    return JSONResponse({"status": "ready"})


async def numbers(_: Request) -> Response:
    """What the process has counted, for Prometheus."""
    text, media = metrics.show()
    return Response(text, headers={"content-type": media})


async def on_clay_error(request: Request, error: Exception) -> Response:
    """Errors of plain HTTP routes look as those of GraphQL do."""
    assert isinstance(error, ClayError)
    return sent(refusal(error, request.headers.get("accept")))


class App(Starlette):
    """Hands requests to /graphql to their view at once, past the routing, which would cost a part of each."""

    view: View

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        if scope["type"] == "http" and scope["path"] == "/graphql" and not self.state.is_traced:
            scope["app"] = self
            return await self.view(scope, receive, send)
        return await super().__call__(scope, receive, send)

    def stop(self) -> None:
        """The process is about to stop: whoever has subscribed is told."""
        error = Unavailable("The service is restarting: subscribe again, from your last cursor.", reason=RESTART)
        live: Live | None = getattr(self.state.running, "live", None)
        if live is not None:
            live.end(error)
        opened: set[Socket | EventStream] = self.state.open
        for each in [*opened]:
            each.restart()

    def shortly(self, incoming: Incoming) -> Reply | Later | Context[Any] | None:
        """What `Wire` asks: see `View.shortly`."""
        return self.view.shortly(incoming, self.state.start, self.state.running)


def build_app(
    subgraph: Subgraph, settings: Settings, own: Any, keys: Keys | None = None, grants: GrantSource | None = None
) -> App:
    """The application of one subgraph, trusting `keys` or those of the issuer. No I/O before its lifespan starts.

    `grants` stand for those that identity tells.
    """
    schema = resolve(subgraph.schema)
    if not isinstance(schema, Schema):
        raise BadUserInput(f"{subgraph.schema} is not a mediaclay_kernel.federation.Schema.")
    running = resolve(subgraph.running)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            start = await stack.enter_async_context(_start(settings, own, keys, grants))
            app.state.start = start
            app.state.running = await stack.enter_async_context(running(start))
            start.watch.standing.listeners.append(Admission(app.state.open, start.verifier).review)
            await stack.enter_async_context(watching(start.watch))
            await stack.enter_async_context(watching(start.access.watch))
            yield

    schema.documents.most = MOST_CHARACTERS if settings.compiled_reads else 0  # plain Strawberry keeps no documents
    view = View(schema, compiled=settings.compiled_reads, name=subgraph.name)
    routes: list[Any] = [
        Route("/graphql", view),
        WebSocketRoute("/graphql", view),
        Route("/health", health),
        Route("/ready", ready),
        Route("/metrics", numbers),
        *(resolve(subgraph.routes) if subgraph.routes else ()),
    ]
    app = App(routes=routes, lifespan=lifespan, exception_handlers={ClayError: on_clay_error})
    app.state.view = app.view = view
    app.state.is_traced = settings.tracing
    app.state.open = set()  # connections on which subscriptions may be
    if settings.tracing:
        instrument(app)
    return app


@asynccontextmanager
async def _start(settings: Settings, own: Any, keys: Keys | None, grants: GrantSource | None) -> AsyncGenerator[Start]:
    """What a subgraph is given when it starts. With `keys`, which tests bring, nobody is asked who may act.

    Nor what was granted to whom, but `grants`; without these nothing was.
    """
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient())
        service_tokens = ServiceTokens(settings, http)
        standing = Standing(settings.standing_seconds if keys is None else math.inf)
        source = RemoteSource(settings.identity_url, http, service_tokens) if keys is None else Everyone()
        told_by = None
        if settings.redis_url is not None:
            told_by = await stack.enter_async_context(bus.connect(settings.redis_url.get_secret_value()))
        verifier = verifier_of(settings, http, standing, keys)
        if grants is None:
            grants = RemoteGrants(settings.identity_url, http, service_tokens) if keys is None else LocalGrants()
        access = Access(grants, math.inf if isinstance(grants, LocalGrants) else LEASE, told_by)
        yield Start(settings, own, http, service_tokens, verifier, Watch(standing, source, told_by), access)


def verifier_of(
    settings: Settings, http: httpx.AsyncClient, standing: Standing | None = None, own_keys: Keys | None = None
) -> Verifier:
    """What judges the tokens of our own issuer and of those that are trusted. Raises `BadUserInput`."""
    trusts: list[Trust] = []
    remote: list[RemoteKeys] = []
    for issuer in trusted(settings):
        if issuer.own and own_keys is not None:
            trusts.append(Trust(issuer, own_keys))
            continue
        remote.append(RemoteKeys(issuer.jwks_url, http, issuer=issuer.issuer))
        trusts.append(Trust(issuer, remote[-1]))
    verifier = Verifier(trusts, standing, RemoteDirectory(settings.identity_url, http))
    for keys in remote:
        keys.on_withdrawn = verifier.forget
    return verifier


def serve(subgraph: Subgraph) -> None:
    """Serves one subgraph until it is told to stop. Raises `BadUserInput` for settings that do not fit."""
    settings = load(Settings)
    own = load(subgraph.settings_class())
    set_up_logs(settings.log_level)
    metrics.set_up()
    app = build_app(subgraph, settings, own)
    config = configured(app, own.host, own.port)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_serve(app, Server(config)))


def configured(app: App, host: str, port: int) -> uvicorn.Config:
    """How uvicorn serves an application. A traced one takes no short way, or its requests would have no spans."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http="auto" if app.state.is_traced else cast("Any", partial(Wire, app.shortly)),
        log_config=None,
        access_log=False,
        lifespan="off",
        ws_per_message_deflate=False,  # routers are near, and each connection would keep a window for it
        timeout_graceful_shutdown=DRAIN,
        server_header=False,
        proxy_headers=False,  # nobody here asks for the client's address
    )


def _spare_collections() -> None:
    """What is there at the start stays, so it is looked through no more; and an answer's objects are no reason to look.

    An answer of 600 nodes makes thousands of objects and drops them all; with the default thresholds they are looked
    through for circles several times meanwhile, and so are the schema and all modules now and then.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


class Server(uvicorn.Server):
    """Leaves signals to us: uvicorn would raise them again at its end, before the lifespan has ended."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Captures none."""
        yield


async def _serve(app: App, server: Server) -> None:
    # Entered by us and not by uvicorn, which would tell a start that fails as a traceback.
    async with app.router.lifespan_context(app):
        _spare_collections()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, _stop, app, server, number)
        await server.serve()


def _stop(app: App, server: Server, number: int) -> None:
    app.stop()
    server.handle_exit(number, None)
