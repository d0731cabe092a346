"""Access tokens: whose issuers are trusted, what a token says, whether it may still be used; and tokens for our own services."""

from mediaclay_kernel.tokens.directory import Directory, RemoteDirectory
from mediaclay_kernel.tokens.formats import IMPLICIT, Registry
from mediaclay_kernel.tokens.keys import Keys, RemoteKeys
from mediaclay_kernel.tokens.services import ServiceTokens
from mediaclay_kernel.tokens.standing import Standing
from mediaclay_kernel.tokens.trust import ACCESS_TOKEN, ASYMMETRIC, PASETO, ClaimMap, TrustedIssuer, trusted
from mediaclay_kernel.tokens.verifier import LEEWAY, Trust, Verifier

__all__ = [
    "ACCESS_TOKEN", "ASYMMETRIC", "IMPLICIT", "LEEWAY", "PASETO", "ClaimMap", "Directory", "Keys", "Registry",
    "RemoteDirectory", "RemoteKeys", "ServiceTokens", "Standing", "Trust", "TrustedIssuer", "Verifier", "trusted",
]  # fmt: skip
