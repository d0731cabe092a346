"""Search inside any branch: the search subgraph of MediaClay."""

from mediaclay_kernel.subgraph import Subgraph

subgraph = Subgraph(
    name="search",
    description="Finds nodes by their words, in any branch.",
    port=4002,
    schema="mediaclay_search.schema:schema",
    running="mediaclay_search.service:running",
    checks="mediaclay_search.commands.checking:checks",
    addresses={"CLAY_SEARCH_SOURCE_URL": "structure"},
    settings="mediaclay_search.settings:SearchSettings",
    routes="mediaclay_search.routes:routes",
    commands="mediaclay_search.commands:app",
    order=20,
)
