"""Plain HTTP beside GraphQL: the OpenID provider, the pages of people, and what other processes ask."""

from __future__ import annotations

from mediaclay_identity.routes import account, authorize, device, grants, inner, metadata, passkeys, tokens

routes = [
    *metadata.routes, *tokens.routes, *authorize.routes, *device.routes, *account.routes, *passkeys.routes, *inner.routes,
    *grants.routes,
]  # fmt: skip
