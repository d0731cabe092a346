"""How many generated operations a run of the tests compares, and which.

`CLAY_TEST_PARITY_OPERATIONS` is their number for each schema and generator, `CLAY_TEST_PARITY_SEED` says which. The same seed
makes the same ones, except that Hypothesis also draws constants of the modules that were imported before. A long run takes
about 30 ms for each operation of structure, and no limit of time ends it.
"""

from __future__ import annotations

import os

COUNT = int(os.environ.get("CLAY_TEST_PARITY_OPERATIONS", "150"))
SEED = int(os.environ.get("CLAY_TEST_PARITY_SEED", "1"))
