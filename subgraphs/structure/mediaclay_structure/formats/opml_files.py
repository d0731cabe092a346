"""OPML 2.0, read and written line by line."""

from mediaclay_structure.formats.opml_read import read
from mediaclay_structure.formats.opml_write import Writer

__all__ = ["Writer", "read"]
