"""Humans, agents and services: who they are, and the signed tokens that say so."""

from mediaclay_kernel.subgraph import Subgraph

subgraph = Subgraph(
    name="identity",
    description="Principals and the access tokens that name them.",
    port=4003,
    schema="mediaclay_identity.schema:schema",
    running="mediaclay_identity.service:running",
    settings="mediaclay_identity.settings:IdentitySettings",
    routes="mediaclay_identity.routes:routes",
    migrations="mediaclay_identity.migrations",
    commands="mediaclay_identity.commands:app",
    addresses={"CLAY_ISSUER": "identity", "CLAY_IDENTITY_TREES_URL": "structure"},
    order=30,
)
