"""How our schemas differ from the contract, all of it: each entry shrinks away when what it waits for is built."""

FEDERATION = {"_Any", "_Entity", "_Service", "Query._entities", "Query._service"}
"""What makes a schema a subgraph's; no client of the router sees it."""

SHARED = {"PageInfo"}
"""Left to each subgraph by the contract's own words: shareable, of the shape that Relay gives it."""

SCALARS = {"DateTime", "JSON"}

ADDED = {
    "structure": FEDERATION
    | SHARED
    | SCALARS
    # For other subgraphs only: @inaccessible, so that no client sees it.
    | {"BranchScope", "KeyRange", "Query.branchScope", "Query.prunedAnchors"}
    # What was pruned long ago is deleted for good, and indexes must hear of it.
    | {"ChangeType.PURGED"},
    "search": FEDERATION | SHARED,
    "identity": FEDERATION | SHARED | (SCALARS - {"JSON"}),
}

MISSING = {
    "structure": {
        "context for agents": {"Context", "ContextEntry", "Node.context"},
        "proposals": {
            "Change.proposal", "Mutation.applyProposal", "Mutation.approveProposal", "Mutation.proposeReorganization",
            "Mutation.rejectProposal", "Proposal", "ProposalConnection", "ProposalEdge", "ProposalPayload",
            "ProposalStatus", "ProposedOperation", "ProposedOperationConnection", "ProposedOperationEdge",
            "Query.proposal", "Structure.proposals", "Subscription.proposalChanged",
        },
        "mounts": {"Mount", "MountStatus", "Mutation.mountNode", "Mutation.unmountNode", "Node.mount"},
    },
    "search": {},
    "identity": {
        "grants": {
            "AccessEvent", "AccessEventType", "Grant", "Mutation.grantAccess", "Mutation.revokeAccess", "Node", "Role",
            "Subscription", "Viewer.grants",
        },
    },
}  # fmt: skip
"""What is still to be built, by the work that builds it."""

DIFFERENT = {
    # Root fields are nullable, or a dead subgraph would take the whole answer with it: see
    # docs/decisions/0009-root-fields-are-nullable.md.
    "structure": {
        "Query.nodes": ("[Node]", "[Node]!"),
        "Query.structures": ("StructureConnection", "StructureConnection!"),
    },
    "search": {
        "Query.search": ("SearchConnection", "SearchConnection!"),
        "Query.suggest": ("[Node!]", "[Node!]!"),
    },
    "identity": {"Query.principals": ("PrincipalConnection", "PrincipalConnection!")},
}
"""What both have, ours first."""
