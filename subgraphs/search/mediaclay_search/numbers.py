"""numpy, on one thread: a scan of vectors takes milliseconds, and waking the threads of a BLAS takes longer on few cores."""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

__all__ = ["np"]
