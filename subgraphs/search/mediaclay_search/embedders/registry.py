"""Which embedder the settings ask for, and the one that made vectors of an earlier time."""

from __future__ import annotations

import re

import httpx
from mediaclay_kernel.errors import BadUserInput

from mediaclay_search.embedders import minilm, static
from mediaclay_search.embedders.openai import Endpoint
from mediaclay_search.embedders.port import Embedder
from mediaclay_search.settings import SearchSettings

_ENDPOINT = re.compile(r"openai:(.+):(\d+)@(.+)")


def wanted(own: SearchSettings, http: httpx.AsyncClient) -> Embedder | None:
    """The embedder of the settings; None where meaning is switched off. Raises `BadUserInput` where it can't be made."""
    match own.embedder:
        case "static":
            return static.installed()
        case "minilm":
            return minilm.installed()
        case "openai":
            if own.embedder_url is None or own.embedder_model is None:
                raise BadUserInput("The embedder openai needs CLAY_SEARCH_EMBEDDER_URL and CLAY_SEARCH_EMBEDDER_MODEL.")
            return _endpoint(own, http, own.embedder_url, own.embedder_model, own.embedder_dimensions)
        case "none":
            return None


def of_id(id_: str, own: SearchSettings, http: httpx.AsyncClient) -> Embedder | None:
    """The embedder that has this id, None where it can't be made any more."""
    try:
        if id_ == static.ID:
            return static.installed()
        if id_ == minilm.ID:
            return minilm.installed()
    except BadUserInput:
        return None
    found = _ENDPOINT.fullmatch(id_)
    return None if found is None else _endpoint(own, http, found[3], found[1], int(found[2]))


def _endpoint(own: SearchSettings, http: httpx.AsyncClient, url: str, model: str, dimensions: int) -> Endpoint:
    key = None if own.embedder_key is None else own.embedder_key.get_secret_value()
    return Endpoint(http, url, model, dimensions, key)
