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
    | {
        "BranchScope",
        "KeyRange",
        "Query.branchScope",
        "Query.prunedAnchors",
        "Query.readableScope",
        "Node.line",
    }
    # Public reading: docs/access.md.
    | {"Structure.isPublic", "Mutation.setPublic", "ChangeType.VISIBILITY_SET"}
    # What was pruned long ago is deleted for good, and indexes must hear of it.
    | {"ChangeType.PURGED"},
    "search": FEDERATION | SHARED,
    "identity": FEDERATION
    | SHARED
    | SCALARS
    # By `line` structure tells identity what lies above a node.
    | {"Node.line"}
    # Who did what on whose behalf, for administrators.
    | {"AuditConnection", "AuditEdge", "AuditEvent", "Query.audit"},
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
    "identity": {},
}  # fmt: skip
"""What is still to be built, by the work that builds it."""

DIFFERENT = {
    # Root fields are nullable, or a dead subgraph would take the whole answer with it: see
    # docs/decisions/0009-root-fields-are-nullable.md.
    "structure": {
        "Query.nodes": ("[Node]", "[Node]!"),
        "Query.structures": ("StructureConnection", "StructureConnection!"),
        # Of a structure one may see parts without its root: see docs/decisions/0026-grants-are-asked-at-the-entries.md.
        "Structure.root": ("Node", "Node!"),
    },
    "search": {
        "Query.search": ("SearchConnection", "SearchConnection!"),
        "Query.suggest": ("[Node!]", "[Node!]!"),
    },
    "identity": {
        "Query.principals": ("PrincipalConnection", "PrincipalConnection!"),
        # What was granted may be pruned: see docs/decisions/0028-what-identity-takes-from-structure.md.
        "Grant.node": ("Node", "Node!"),
    },
}
"""What both have, ours first."""
