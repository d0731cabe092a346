"""Plain HTTP beside GraphQL: what other subgraphs follow, and branches of any size."""

from __future__ import annotations

from starlette.routing import Route

from mediaclay_structure.routes import branches, changes, feed

routes = [
    Route("/v1/structures.ndjson", feed.structure_list),
    Route("/v1/structures/{structure}/feed.ndjson", feed.feed),
    Route("/v1/branches/{id}.ndjson", branches.stream_out, methods=["GET"]),
    Route("/v1/branches/{id}.ndjson", branches.stream_in, methods=["POST"]),
    Route("/v1/branches/{id}/changes", changes.stream),
]
