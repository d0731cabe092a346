"""Any endpoint that speaks OpenAI's /v1/embeddings: Ollama, vLLM, Text Embeddings Inference and others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import orjson
from mediaclay_kernel.errors import Unavailable

from mediaclay_search.embedders.port import Vectors
from mediaclay_search.numbers import np

PATIENCE = httpx.Timeout(60, connect=5)
LONGEST = 8_000
"""Characters that are sent of a text."""


class Endpoint:
    """See `Embedder`. `url` ends before /embeddings; `dimensions` are those that the model answers with."""

    def __init__(self, http: httpx.AsyncClient, url: str, model: str, dimensions: int, key: str | None = None) -> None:
        self._http = http
        self._url = f"{url.rstrip('/')}/embeddings"
        self._model = model
        self._headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self.dimensions = dimensions
        self.id = f"openai:{model}:{dimensions}@{url.rstrip('/')}"

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`. An answer of another form or length is `Unavailable`, too."""
        asked = {"model": self._model, "input": [text[:LONGEST] or " " for text in texts], "encoding_format": "float"}
        try:
            response = await self._http.post(self._url, json=asked, headers=self._headers, timeout=PATIENCE)
            response.raise_for_status()
            return self._vectors(response.content, len(texts))
        except httpx.HTTPStatusError as error:
            raise Unavailable(
                f"The embedder answers {error.response.status_code}: {error.response.text[:200]}"
            ) from error
        except httpx.HTTPError as error:
            raise Unavailable(f"The embedder at {self._url} does not answer; try again.") from error

    def _vectors(self, content: bytes, count: int) -> Vectors:
        try:
            answer: Any = orjson.loads(content)
            found = sorted(answer["data"], key=lambda each: each["index"])
            rows = np.array([each["embedding"] for each in found], np.float32)
        except (KeyError, TypeError, ValueError) as error:
            raise Unavailable(f"The embedder answers what can't be read: {error!r}") from error
        if rows.shape != (count, self.dimensions):
            raise Unavailable(
                f"The embedder answers vectors of the shape {rows.shape}, not {(count, self.dimensions)}: set "
                "CLAY_SEARCH_EMBEDDER_DIMENSIONS to what the model has."
            )
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return (rows / np.where(lengths == 0, 1, lengths)).astype(np.float32, copy=False)
