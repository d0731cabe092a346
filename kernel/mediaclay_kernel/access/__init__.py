"""What callers may do in trees, for every process that has to know: asked of identity, and kept for as long as it holds."""

from mediaclay_kernel.access.access import Access
from mediaclay_kernel.access.book import Book
from mediaclay_kernel.access.local import LocalGrants
from mediaclay_kernel.access.remote import RemoteGrants
from mediaclay_kernel.access.source import HEARD, LEASE, STREAM, GrantSource, Holder

__all__ = ["HEARD", "LEASE", "STREAM", "Access", "Book", "GrantSource", "Holder", "LocalGrants", "RemoteGrants"]
