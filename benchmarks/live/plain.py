"""`python -m benchmarks.live.plain PORT REDIS_URL`: a subscription as Strawberry's users write it, over redis pub/sub.

Each subscriber has a listener of its own, and each event is executed and written for each of them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncGenerator
from typing import Any

import redis.asyncio as redis
import strawberry
import uvicorn
from strawberry.asgi import GraphQL

CHANNEL = "changes"


@strawberry.type
class Change:
    """What happened."""

    revision: int
    type: str
    node_id: strawberry.ID


@strawberry.type
class Query:
    """A schema must have one."""

    ready: bool = True


@strawberry.type
class Subscription:
    """All changes."""

    @strawberry.subscription
    async def changes(self) -> AsyncGenerator[Change]:
        """From now on."""
        client: Any = redis.Redis.from_url(sys.argv[2], decode_responses=True)  # pyright: ignore
        async with client, client.pubsub() as messages:
            await messages.subscribe(CHANNEL)
            async for message in messages.listen():
                if message["type"] == "message":
                    yield Change(**json.loads(message["data"]))


def main() -> None:
    """Serves until it is ended."""
    schema = strawberry.Schema(Query, subscription=Subscription)
    uvicorn.run(GraphQL[None, None](schema), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
