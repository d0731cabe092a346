"""Trees of polymorphic nodes: the structure subgraph. Importing this does no I/O."""

from mediaclay_kernel.subgraph import Subgraph

subgraph = Subgraph(
    name="structure",
    description="Trees of nodes of any kind: reading and changing them, and the log of their changes.",
    port=4001,
    schema="mediaclay_structure.schema:schema",
    running="mediaclay_structure.service:running",
    settings="mediaclay_structure.settings:StructureSettings",
    routes="mediaclay_structure.routes:routes",
    migrations="mediaclay_structure.migrations",
    commands="mediaclay_structure.commands:app",
    order=1,
)
