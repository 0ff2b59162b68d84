# SPDX-License-Identifier: LGPL-2.1-or-later
"""Results whose rows stand for something: tables and differences"""

from types import TracebackType
from typing import Any, Dict, List, Optional, Tuple, Type, TypeVar

from . import _library as library
from ._library import Field, Subject, ffi, lib

Self = TypeVar("Self", bound="Handle")


class Handle:
    """Something of the library's that can be closed before it is collected

    Whoever uses it when it is closed meanwhile, in another thread too, is
    served; what comes later is a ValueError.
    """

    def __init__(self, handle: Any) -> None:
        self._handle: Optional[Any] = handle

    def close(self) -> None:
        """Frees it, once no table or difference refers to it any more"""
        self._handle = None

    def _live(self) -> Any:
        handle = self._handle
        if handle is None:
            raise ValueError(f"{type(self).__name__} is closed")
        return handle

    def __enter__(self: Self) -> Self:
        self._live()
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 value: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()


class Rows(Handle):
    """Rows with a subject each, in columns"""

    _fields: Dict[str, Field]
    _read: Any
    _subjects: Any
    _count: Any

    def __init__(self, handle: Any, by: str) -> None:
        super().__init__(handle)
        keys = by.count(",") + 1
        self._key_names = [f"key{i + 1}" for i in range(keys if keys > 1
                                                        else 0)]

    def __len__(self) -> int:
        return int(self._count(self._live()))

    @property
    def columns(self) -> Tuple[str, ...]:
        """The names of its columns, as JSON has them"""
        return tuple(dict.fromkeys(f.json for f in self._fields.values()))

    def __getitem__(self, name: str) -> memoryview:
        """A column, by its name or its JSON key: an int64 for each row

        A new array, which lives on when the table is closed. numpy.asarray()
        of it copies nothing. tcpmem.UNKNOWN is what is not known.
        """
        handle = self._live()
        return library.read_column(self._read, handle, self._fields[name],
                                   int(self._count(handle)))

    @property
    def subjects(self) -> List[Subject]:
        """What each row stands for"""
        return library.read_subjects(self._subjects, self._live())

    @property
    def keys(self) -> List[str]:
        """What each row stands for, as the command writes it"""
        return [subject.key for subject in self.subjects]

    def _columns(self) -> Dict[str, Any]:
        subjects = self.subjects
        found: Dict[str, Any] = {
            name: [getattr(s, name) for s in subjects]
            for name in ("key", "kind", "pid", "comm")}
        for i, name in enumerate(self._key_names):
            found[name] = [s.parts[i] if i < len(s.parts) else None
                           for s in subjects]
        for name in self.columns:
            field = self._fields[name]
            found[name] = [library.shown(field, v) for v in self[name]]
        return found

    def to_dicts(self) -> List[Dict[str, Any]]:
        """Its rows, as `tcpmem -J` prints them, of plain Python objects"""
        return library.dicts(self._columns())

    def to_pandas(self) -> Any:
        """A pandas.DataFrame of its rows; numbers are not copied"""
        from . import _pandas

        return _pandas.of_rows(self)


class Table(Rows):
    """Sockets grouped: a row for each group, adding up to the total"""

    _fields = library.figures("metric", lib.TCPMEM_COLUMN_METRIC)
    _read = lib.tcpmem_table_read_column
    _subjects = lib.tcpmem_table_get_subjects
    _count = lib.tcpmem_table_get_row_count

    def _row(self, row: Any) -> Dict[str, Optional[float]]:
        average, percent = ffi.new("int64_t *"), ffi.new("double *")
        no_percent = lib.tcpmem_row_get_share(row, percent) < 0
        no_average = lib.tcpmem_row_get_held_per_socket(row, average) < 0
        # rounded twice, as the command does
        share = int(percent[0] * 1000 + 0.5) / 1000
        return {"share_percent": None if no_percent else float(f"{share:.2f}"),
                "held_per_socket_bytes": None if no_average else average[0]}

    def to_dicts(self) -> List[Dict[str, Any]]:
        handle = self._live()
        rows = super().to_dicts()
        for i, row in enumerate(rows):
            row.update(self._row(lib.tcpmem_table_get_row(handle, i)))
        return rows

    @property
    def total(self) -> Dict[str, Any]:
        """The sum of all sockets, each counted once, as a row"""
        handle = self._live()
        total = lib.tcpmem_table_get_total(handle)
        value = ffi.new("int64_t *")
        found: Dict[str, Any] = {"key": "total", "kind": "total",
                                 "pid": None, "comm": None,
                                 **dict.fromkeys(self._key_names)}
        for name in self.columns:
            ret = lib.tcpmem_row_get_metric(total, self._fields[name].which,
                                            value)
            found[name] = None if ret < 0 else value[0]
        found.update(self._row(total))
        return found


class Diff(Rows):
    """What changed between two snapshots, a row for each group"""

    _fields = {
        **library.figures("event", lib.TCPMEM_COLUMN_EVENT),
        **library.figures("metric", lib.TCPMEM_COLUMN_BEFORE, "_before"),
        **library.figures("metric", lib.TCPMEM_COLUMN_AFTER, "_after"),
        "verdict": Field(lib.TCPMEM_COLUMN_CLASS, 0, "verdict",
                         library.enumeration("change_class")),
    }
    _read = lib.tcpmem_diff_read_column
    _subjects = lib.tcpmem_diff_get_subjects
    _count = lib.tcpmem_diff_get_row_count
