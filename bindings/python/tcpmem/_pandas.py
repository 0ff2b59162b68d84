# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tables of pandas, whose numbers are the arrays that the library filled"""

from typing import TYPE_CHECKING, Any, Dict, Tuple

import numpy
import pandas  # type: ignore[import]

from . import _library as library
from . import _snapshot

if TYPE_CHECKING:
    from ._snapshot import Snapshot
    from ._table import Rows


def _numbers(view: memoryview, unsigned: bool = False) -> Any:
    """Nullable integers: what is not known must not be added up"""
    values = numpy.asarray(view)
    mask = values == library.UNKNOWN
    if unsigned:
        values = values.view(numpy.uint64)
    return pandas.arrays.IntegerArray(values, mask, copy=False)


def _named(view: memoryview, names: Dict[int, str]) -> Any:
    """The names of an enumeration"""
    codes = numpy.full(max(names) + 2, -1, dtype=numpy.int8)
    for i, value in enumerate(names):
        codes[value] = i
    values = numpy.asarray(view)
    inside = (values >= 0) & (values <= max(names))
    return pandas.Categorical.from_codes(
        codes[numpy.where(inside, values, max(names) + 1)],
        list(names.values()))


def _addresses(end: memoryview, family: Any) -> Any:
    """Each address that occurs is written once"""
    halves = numpy.asarray(end).view(numpy.uint64).reshape(-1, 2)
    first, firsts = pandas.factorize(halves[:, 0])
    second, seconds = pandas.factorize(halves[:, 1])
    codes, found = pandas.factorize(
        (first * len(seconds) + second) * 2 + family)
    octets = numpy.column_stack((firsts[found // 2 // len(seconds)],
                                 seconds[found // 2 % len(seconds)]))
    return pandas.Categorical.from_codes(codes, [
        _snapshot.address(found[i] % 2, octets[i].tobytes())
        for i in range(len(found))])


def _holders(snapshot: "Snapshot") -> Tuple[Any, Any]:
    """Who holds each socket, as the command's CSV has it, and how many do"""
    offset, index = map(numpy.asarray, snapshot.holders())
    names = [f"{p.comm}[{p.pid}]" for p in snapshot.processes]
    held = numpy.diff(offset.view(numpy.int64))
    codes = numpy.full(len(held), -1, dtype=numpy.int64)
    codes[held == 1] = index[offset[:-1][held == 1]]
    shared: Dict[str, int] = {}
    for i in numpy.flatnonzero(held > 1):
        text = ",".join(names[p] for p in index[offset[i]:offset[i + 1]])
        codes[i] = len(names) + shared.setdefault(text, len(shared))
    # Two of one name and pid would be two processes, one after the other.
    names += shared
    if len(set(names)) < len(names):
        unique = {name: i for i, name in enumerate(dict.fromkeys(names))}
        same = numpy.array([unique[name] for name in names] + [-1])
        codes, names = same[codes], list(unique)
    return pandas.Categorical.from_codes(codes, names), held


def of_snapshot(snapshot: "Snapshot", info: bool) -> Any:
    """A row for each socket"""
    found: Dict[str, Any] = {}
    for name, field in _snapshot.FIELDS.items():
        view = snapshot[name]
        if field.names is not None:
            found[name] = _named(view, field.names)
        elif name == "netns":
            found[name] = _named(view, dict(enumerate(snapshot.netns)))
        else:
            found[name] = _numbers(view, name in _snapshot.IDS)
    family = numpy.asarray(snapshot["family"])
    for name, end in zip(("local", "remote"), snapshot.addresses()):
        found[name] = _addresses(end, family)
    found["holders"], found["holder_count"] = _holders(snapshot)
    fields = {**_snapshot.METRICS, **(_snapshot.INFOS if info else {})}
    for json in dict.fromkeys(f.json for f in fields.values()):
        field = snapshot._fields[json]
        view = snapshot[json]
        found[json] = (_numbers(view) if field.names is None
                       else _named(view, field.names))
    return pandas.DataFrame(found, copy=False)


def of_rows(rows: "Rows") -> Any:
    """A row for each group; the index is its key"""
    subjects = rows.subjects
    found: Dict[str, Any] = {
        "kind": pandas.Categorical([s.kind for s in subjects]),
        "pid": pandas.array([s.pid for s in subjects], dtype="Int64"),
        "comm": [s.comm for s in subjects],
    }
    for name in rows.columns:
        names = rows._fields[name].names
        view = rows[name]
        found[name] = (_numbers(view) if names is None
                       else _named(view, names))
    return pandas.DataFrame(found, copy=False, index=pandas.Index(
        [s.key for s in subjects], name="key"))
