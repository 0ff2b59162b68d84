# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where the kernel's TCP memory is, who holds it, and is that all of it?

    with tcpmem.snapshot() as now:
        for row in now.by("process", limit=10).to_dicts():
            print(row["held_bytes"], row["key"])

A column is read in one call and is a buffer: numpy.asarray(now["held"]) copies
nothing, now.to_pandas() makes a table of all sockets. Errors of the library
are OSError with its errno, MemoryError, and FilterError and CaptureError,
which say where. The library is asked without Python's lock.
"""

from ._library import (UNKNOWN, CaptureError, FilterError, Subject,
                       enumeration, version)
from ._snapshot import Sampler, Snapshot, Warning, load, save, snapshot
from ._table import Diff, Table

__all__ = ["UNKNOWN", "NAMES", "CaptureError", "Diff", "FilterError",
           "Sampler", "Snapshot", "Subject", "Table", "Warning", "load",
           "save", "snapshot", "version"]

NAMES = {name: enumeration(name)
         for name in ("state", "family", "protocol", "kind", "timer")}
"""What the numbers of such a column stand for: NAMES["state"][1]"""

__version__ = version()
