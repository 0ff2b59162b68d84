# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library itself: loading it, its errors, its names and its arrays"""

import errno
import os
from typing import (Any, Callable, Dict, List, NamedTuple, Optional, Sequence,
                    Tuple)

from ._declarations import ffi as ffi

lib: Any = ffi.dlopen("libtcpmem.so.0")

UNKNOWN = -(1 << 63)
"""In a column, where the value is not known: it is never 0 then"""


class CaptureError(OSError):
    """A file cannot be read as a capture; `offset` is where it stops to"""

    offset: int = 0


class FilterError(OSError, ValueError):
    """A filter is wrong at `offset`, where `expected` should stand"""

    offset: int = 0
    length: int = 0
    expected: str = ""


class Subject(NamedTuple):
    """What a row stands for; of a process, who it is"""

    key: str
    kind: str
    pid: Optional[int]
    comm: Optional[str]
    start_time: Optional[int]
    parts: Tuple[str, ...]


def text(chars: Any) -> str:
    """As os.fsdecode(): names are raw bytes, and may be no UTF-8"""
    return os.fsdecode(ffi.string(chars))


def check(ret: int, what: str) -> None:
    """Raises OSError for what the library returned"""
    if ret == -errno.ENOMEM:
        raise MemoryError(what)
    if ret < 0:
        raise OSError(-ret, os.strerror(-ret), what)


def made(new: Callable[..., int], free: Callable[[Any], None], *args: Any,
         what: str = "tcpmem", keep: Any = None,
         wrong: Optional[Callable[[int], Optional[OSError]]] = None) -> Any:
    """What new(*args, &handle) made; freed with its last reference

    What it refers to, `keep`, is kept until then. `wrong` knows more of an
    errno than its name.
    """
    handle = ffi.new("void **")
    kind = ffi.typeof(new).args[-1]
    ret = new(*args, ffi.cast(kind, handle))
    more = wrong(-ret) if ret < 0 and wrong else None
    if more is not None:
        raise more
    check(ret, what)

    def end(made_handle: Any, keep: Any = keep) -> None:
        free(made_handle)

    return ffi.gc(ffi.cast(kind.item, handle[0]), end)


class Field(NamedTuple):
    """A column: what the library is asked for, and how JSON has it"""

    column: int
    which: int
    json: str
    names: Optional[Dict[int, str]]  # of an enumeration's values


def enumeration(name: str) -> Dict[int, str]:
    """The values of one of the header's, by what the command calls them"""
    describe = getattr(lib, f"tcpmem_{name}_describe")
    found = {}
    for value in sorted(ffi.typeof(f"enum tcpmem_{name}").elements):
        word = describe(value).name
        if word != ffi.NULL:
            found[value] = text(word)
    return found


def described(name: str) -> Dict[int, Any]:
    """The terms of an enumeration of figures"""
    describe = getattr(lib, f"tcpmem_{name}_describe")
    return {value: describe(value)
            for value in sorted(ffi.typeof(f"enum tcpmem_{name}").elements)}


def figures(name: str, column: int, suffix: str = "") -> Dict[str, Field]:
    """Columns of an enumeration of figures, by name and by JSON key"""
    found = {}
    for value, term in described(name).items():
        word = text(term.name)
        json = word if term.json == ffi.NULL else text(term.json)
        names = enumeration("timer") if word == "timer" else None
        field = Field(column, value, json + suffix, names)
        found[word + suffix] = found[json + suffix] = field
    return found


def array(kind: str, count: int) -> memoryview:
    """An array of Python's, which nothing of the library refers to"""
    code, size = {"int64_t": ("q", 8), "uint64_t": ("Q", 8),
                  "uint32_t": ("I", 4), "uint8_t": ("B", 1)}[kind]
    return memoryview(bytearray(count * size)).cast(code)


def filled(kind: str, view: memoryview) -> Any:
    """The same array, as the library takes it"""
    return ffi.from_buffer(kind + "[]", view)


def read_column(read: Callable[..., int], handle: Any, field: Field,
                count: int) -> memoryview:
    """One value of each row, in one call"""
    view = array("int64_t", count)
    check(read(handle, field.column, field.which, filled("int64_t", view),
               count), field.json)
    return view


def read_subjects(read: Callable[..., int], handle: Any) -> List[Subject]:
    """What each row stands for"""
    subjects = made(read, lib.tcpmem_free, handle)
    arena = bytes(ffi.buffer(subjects.text, subjects.text_size))

    def word(offset: int) -> str:
        return os.fsdecode(arena[offset:arena.index(b"\0", offset)])

    def words(offset: int, count: int) -> Tuple[str, ...]:
        found = []
        for _ in range(count):
            found.append(word(offset))
            offset = arena.index(b"\0", offset) + 1
        return tuple(found)

    found = []
    for i in range(subjects.count):
        pid = known(subjects.pid[i])
        found.append(Subject(
            word(subjects.key[i]), word(subjects.kind[i]), pid,
            None if pid is None else word(subjects.comm[i]),
            known(subjects.start_time[i]),
            words(subjects.parts[i], subjects.part_count[i])))
    return found


def known(value: int) -> Optional[int]:
    """None in place of UNKNOWN"""
    return None if value == UNKNOWN else value


def shown(field: Field, value: int) -> Any:
    """A value as JSON has it"""
    if field.names is not None:
        return field.names.get(value)
    return known(value)


def dicts(columns: Dict[str, Sequence[Any]]) -> List[Dict[str, Any]]:
    """Rows of columns"""
    return [dict(zip(columns, row)) for row in zip(*columns.values())]


def version() -> str:
    """Of the library, "0.1.0" """
    return text(lib.tcpmem_version())
