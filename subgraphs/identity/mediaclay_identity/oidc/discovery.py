"""What the provider says of itself (OpenID Connect Discovery 1.0, RFC 8414)."""

from __future__ import annotations

from typing import Any

from mediaclay_kernel.tokens import ASYMMETRIC

from mediaclay_identity import scopes
from mediaclay_identity.oidc.grants import GRANTS
from mediaclay_identity.oidc.provider import Provider

PROOFS = ["client_secret_basic", "client_secret_post", "private_key_jwt"]


def configuration(provider: Provider, jwks_uri: str) -> dict[str, Any]:
    """The document."""
    at = provider.issuer
    return {
        "issuer": provider.terms.issuer,
        "jwks_uri": jwks_uri,
        "authorization_endpoint": f"{at}/oauth/authorize",
        "token_endpoint": f"{at}/oauth/token",
        "userinfo_endpoint": f"{at}/oauth/userinfo",
        "device_authorization_endpoint": f"{at}/oauth/device_authorization",
        "introspection_endpoint": f"{at}/oauth/introspect",
        "revocation_endpoint": f"{at}/oauth/revoke",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANTS),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": [*PROOFS, "none"],
        "token_endpoint_auth_signing_alg_values_supported": list(ASYMMETRIC),
        "introspection_endpoint_auth_methods_supported": PROOFS,
        "introspection_endpoint_auth_signing_alg_values_supported": list(ASYMMETRIC),
        "revocation_endpoint_auth_methods_supported": [*PROOFS, "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": list(ASYMMETRIC),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "scopes_supported": [*scopes.OIDC, *scopes.ALL],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "amr", "at_hash", "sid", "name",
                             "preferred_username"],
        "prompt_values_supported": ["none", "login", "consent"],
        "authorization_response_iss_parameter_supported": True,
        "client_id_metadata_document_supported": provider.documents is not None,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "claims_parameter_supported": False,
    }  # fmt: skip
