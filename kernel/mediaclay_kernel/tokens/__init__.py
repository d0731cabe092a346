"""Access tokens: whose issuers are trusted, what a token says, whether it may still be used; and tokens for our own services."""

from mediaclay_kernel.tokens.directory import Directory, RemoteDirectory
from mediaclay_kernel.tokens.keys import Keys, RemoteKeys
from mediaclay_kernel.tokens.services import ServiceTokens
from mediaclay_kernel.tokens.standing import Standing
from mediaclay_kernel.tokens.trust import ClaimMap, TrustedIssuer, trusted
from mediaclay_kernel.tokens.verifier import LEEWAY, Verifier

__all__ = [
    "LEEWAY", "ClaimMap", "Directory", "Keys", "RemoteDirectory", "RemoteKeys", "ServiceTokens", "Standing",
    "TrustedIssuer", "Verifier", "trusted",
]  # fmt: skip
