# SPDX-License-Identifier: LGPL-2.1-or-later
"""What was seen at one moment, and how to come by it"""

import errno
import os
import socket
from typing import (Any, Dict, Iterator, List, NamedTuple, Optional, Sequence,
                    Tuple, Union)

from . import _library as library
from ._library import CaptureError, Field, FilterError, Subject, ffi, lib
from ._table import Diff, Handle, Table

Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]", int]


class Warning(NamedTuple):
    """Why an answer is not the whole truth"""

    code: str
    text: str


def _socket_fields() -> Dict[str, Field]:
    """By what the header calls them: TCPMEM_SOCKET_FIELD_LOCAL_PORT ..."""
    found = {}
    prefix = "TCPMEM_SOCKET_FIELD_"
    enum = ffi.typeof("enum tcpmem_socket_field").elements
    for value, constant in sorted(enum.items()):
        name = constant[len(prefix):].lower()
        names = None
        if name in ("state", "family", "protocol", "kind"):
            names = library.enumeration(name)
        found[name] = Field(lib.TCPMEM_COLUMN_FIELD, value, name, names)
    return found


FIELDS = _socket_fields()
METRICS = library.figures("metric", lib.TCPMEM_COLUMN_METRIC)
INFOS = library.figures("info", lib.TCPMEM_COLUMN_INFO)
IDS = ("cookie", "cgroup_id")  # texts in JSON, whose numbers are inexact


def unsigned(value: int) -> Optional[int]:
    """Of a column of 64-bit identities"""
    return None if value == library.UNKNOWN else value & (1 << 64) - 1


def address(family: int, octets: bytes) -> str:
    """As the command writes it"""
    if family == lib.TCPMEM_FAMILY_IPV4:
        return socket.inet_ntop(socket.AF_INET, octets[:4])
    return socket.inet_ntop(socket.AF_INET6, octets)


class Snapshot(Handle):
    """The sockets that were there at one moment; it never changes

    Threads may share it. What it hands out are arrays and objects of
    Python's: they live on when it is closed, and so do its tables.
    """

    def __len__(self) -> int:
        return int(lib.tcpmem_snapshot_get_socket_count(self._live()))

    columns: Tuple[str, ...] = tuple(dict.fromkeys(
        field.json for field in (*FIELDS.values(), *METRICS.values(),
                                 *INFOS.values())))
    """The names of its columns, as JSON has them"""

    _fields = {**FIELDS, **METRICS, **INFOS}

    def __getitem__(self, name: str) -> memoryview:
        """A column, by its name or its JSON key: an int64 for each socket

        A new array. numpy.asarray() of it copies nothing. tcpmem.UNKNOWN is
        what is not known; of state, family, protocol and kind it has numbers,
        whose names are in tcpmem.NAMES.
        """
        handle = self._live()
        count = int(lib.tcpmem_snapshot_get_socket_count(handle))
        return library.read_column(lib.tcpmem_snapshot_read_column, handle,
                                   self._fields[name], count)

    def addresses(self) -> Tuple[memoryview, memoryview]:
        """Local and remote addresses, 16 bytes for each socket

        In network byte order; IPv4 uses the first 4, the others are 0.
        """
        handle = self._live()
        count = int(lib.tcpmem_snapshot_get_socket_count(handle))
        ends = [library.array("uint8_t", 16 * count) for _ in range(2)]
        library.check(lib.tcpmem_snapshot_read_addresses(
            handle, *(ffi.cast("uint8_t (*)[16]",
                               library.filled("uint8_t", end))
                      for end in ends), count), "addresses")
        return ends[0], ends[1]

    def holders(self) -> Tuple[memoryview, memoryview]:
        """Who holds each socket: offsets, and indices into `processes`

        Socket i is held by index[offset[i]:offset[i + 1]].
        """
        handle = self._live()
        count = int(lib.tcpmem_snapshot_get_socket_count(handle))
        offset = library.array("uint64_t", count + 1)
        offsets = library.filled("uint64_t", offset)
        ret = lib.tcpmem_snapshot_read_holders(handle, offsets, count,
                                               ffi.NULL, 0)
        if ret != -errno.ENOSPC:
            library.check(ret, "holders")
        index = library.array("uint32_t", offset[count])
        library.check(lib.tcpmem_snapshot_read_holders(
            handle, offsets, count, library.filled("uint32_t", index),
            offset[count]), "holders")
        return offset, index

    @property
    def processes(self) -> List[Subject]:
        """All processes that hold sockets"""
        return library.read_subjects(lib.tcpmem_snapshot_get_processes,
                                     self._live())

    @property
    def netns(self) -> List[str]:
        """The names of the network namespaces that it knows"""
        handle = self._live()
        return [library.text(lib.tcpmem_snapshot_get_netns(handle, i,
                                                           ffi.NULL))
                for i in range(lib.tcpmem_snapshot_get_netns_count(handle))]

    @property
    def complete(self) -> bool:
        """False if a warning hides something"""
        return bool(lib.tcpmem_snapshot_is_complete(self._live()))

    @property
    def warnings(self) -> List[Warning]:
        """What could not be seen, and why"""
        handle = self._live()
        names = library.enumeration("warning_code")
        code = ffi.new("enum tcpmem_warning_code *")
        found: List[Warning] = []
        while True:
            said = lib.tcpmem_snapshot_get_warning(handle, len(found), code)
            if said == ffi.NULL:
                return found
            found.append(Warning(names[code[0]], library.text(said)))

    @property
    def host(self) -> Dict[str, Optional[int]]:
        """What the host says about itself; None is what it did not"""
        handle = self._live()
        value = ffi.new("int64_t *")
        found: Dict[str, Optional[int]] = {}
        for which, term in library.described("host_metric").items():
            ret = lib.tcpmem_snapshot_get_host_metric(handle, which, value)
            found[library.text(term.name)] = None if ret < 0 else value[0]
        return found

    @property
    def time_ns(self) -> Optional[int]:
        """When it began, nanoseconds since 1970; None if a file does not say"""
        return library.known(lib.tcpmem_snapshot_get_time_ns(self._live()))

    def by(self, keys: str = "process", *, sort: str = "-held",
           limit: Optional[int] = None) -> Table:
        """Its sockets grouped: "process", "state", "cgroup,state" ...

        Beyond `limit` rows the rest is one row, "other". What a key needs has
        to be asked for when the snapshot is taken: snapshot(by="cgroup").
        """
        handle = self._live()
        table = library.made(lib.tcpmem_group, lib.tcpmem_table_free, handle,
                             keys.encode(), what=keys, keep=handle)
        library.check(lib.tcpmem_table_sort(table, sort.encode()), sort)
        if limit is not None:
            library.check(lib.tcpmem_table_limit(table, limit), "limit")
        return Table(table, keys)

    def diff(self, later: "Snapshot", keys: str = "process") -> Diff:
        """What changed from this one to a later one"""
        both = self._live(), later._live()
        return Diff(library.made(lib.tcpmem_diff, lib.tcpmem_diff_free, *both,
                                 keys.encode(), what=keys, keep=both), keys)

    def _ends(self, family: Sequence[int]) -> Iterator[List[str]]:
        for end in self.addresses():
            octets = bytes(end)
            yield [address(family[i], octets[16 * i:16 * i + 16])
                   for i in range(len(family))]

    def _holder_lists(self) -> List[List[Dict[str, Any]]]:
        processes = [{"pid": p.pid, "comm": p.comm} for p in self.processes]
        offset, index = (view.tolist() for view in self.holders())
        return [[dict(processes[p]) for p in index[begin:end]]
                for begin, end in zip(offset, offset[1:])]

    def to_dicts(self, info: bool = False) -> List[Dict[str, Any]]:
        """Its sockets, as `tcpmem sockets -J` prints them

        With `info`, what the kernel tells of connections too, if the snapshot
        was taken with it.
        """
        found: Dict[str, Any] = {}
        names = self.netns
        for name, field in FIELDS.items():
            column = self[name].tolist()
            if name in IDS:
                found[name] = [value if value is None else str(value)
                               for value in map(unsigned, column)]
            elif name == "netns":
                found[name] = [names[i] for i in column]
            else:
                found[name] = [library.shown(field, v) for v in column]
        found["local"], found["remote"] = self._ends(self["family"])
        found["holders"] = self._holder_lists()
        for name, field in {**METRICS, **(INFOS if info else {})}.items():
            found[field.json] = [library.shown(field, v) for v in self[name]]
        return library.dicts(found)

    def to_pandas(self, info: bool = False) -> Any:
        """A pandas.DataFrame of its sockets; numbers are not copied

        Texts are categories. What is not known is pandas.NA, never 0.
        """
        from . import _pandas

        return _pandas.of_snapshot(self, info)


def _filter(expression: str) -> Any:
    error = ffi.new("struct tcpmem_filter_error *",
                    {"size": ffi.sizeof("struct tcpmem_filter_error")})

    def wrong(code: int) -> Optional[OSError]:
        if code != errno.EINVAL:
            return None
        expected = library.text(error.expected)
        found = FilterError(code, f"byte {error.offset}: {expected} expected",
                            expression)
        found.offset, found.length = error.offset, error.length
        found.expected = expected
        return found

    return library.made(lib.tcpmem_filter_parse, lib.tcpmem_filter_free,
                        os.fsencode(expression), error, wrong=wrong)


def _named(path: Path) -> Tuple[Union[bytes, int], str]:
    """A file as the library takes it, and as errors have it"""
    if isinstance(path, int):
        return path, f"file descriptor {path}"
    return os.fsencode(path), os.fsdecode(path)


def _context() -> Any:
    return library.made(lib.tcpmem_ctx_new, lib.tcpmem_ctx_free)


def _query(filter: str, states: Sequence[str], netns: Sequence[str],
           by: Optional[str], info: bool) -> Any:
    query = library.made(lib.tcpmem_query_new, lib.tcpmem_query_free)
    if states:
        mask = 0
        bits = ffi.new("uint32_t *")
        for name in states:
            library.check(lib.tcpmem_states_from_name(name.encode(), bits),
                          name)
            mask |= bits[0]
        library.check(lib.tcpmem_query_set_states(query, mask), "states")
    for spec in netns:
        library.check(lib.tcpmem_query_add_netns(query, os.fsencode(spec)),
                      spec)
    needs = ffi.new("uint32_t *")
    if by is not None:
        library.check(lib.tcpmem_keys_require(by.encode(), needs), by)
        needs[0] |= lib.TCPMEM_NEED_HOLDERS
    if info:
        needs[0] |= lib.TCPMEM_NEED_INFO
    library.check(lib.tcpmem_query_require(query, needs[0]), "query")
    if filter:
        library.check(lib.tcpmem_query_set_filter(query, _filter(filter)),
                      filter)
    return query


def snapshot(filter: str = "", *, states: Sequence[str] = (),
             netns: Sequence[str] = (), by: Optional[str] = "process",
             info: bool = False) -> Snapshot:
    """Asks the kernel for its TCP sockets, now

    filter   as `tcpmem --filter` takes it; see tcpmem-filter(7)
    states   names of states; all without
    netns    "self", names, pids or paths of network namespaces; all without
    by       what it will be grouped by; None: do not look who holds sockets
    info     what the kernel tells of connections beside their memory, too

    Other threads run meanwhile.
    """
    query = _query(filter, states, netns, by, info)
    return Snapshot(library.made(lib.tcpmem_snapshot_take,
                                 lib.tcpmem_snapshot_free, _context(), query))


def load(path: Path, filter: str = "", *, states: Sequence[str] = (),
         by: Optional[str] = "process", info: bool = False,
         salvage: bool = False) -> Snapshot:
    """The snapshot that a capture holds: a file's name or a descriptor

    The other parameters are those of snapshot(). With `salvage` a damaged
    capture is read as far as it is whole, and a warning says so.
    """
    query = _query(filter, states, (), by, info)
    flags = lib.TCPMEM_LOAD_SALVAGE if salvage else 0
    error = ffi.new("struct tcpmem_capture_error *",
                    {"size": ffi.sizeof("struct tcpmem_capture_error")})
    source, name = _named(path)

    def wrong(code: int) -> Optional[OSError]:
        said = library.text(error.text)
        if not said:
            return None
        found = CaptureError(code, f"byte {error.offset}: {said}", name)
        found.offset = error.offset
        return found

    return Snapshot(library.made(
        lib.tcpmem_snapshot_load_fd if isinstance(source, int)
        else lib.tcpmem_snapshot_load,
        lib.tcpmem_snapshot_free, _context(), query, source, flags, error,
        what=name, wrong=wrong))


def save(path: Path, *, netns: Sequence[str] = (), info: bool = False) -> None:
    """Asks the kernel and saves its answer, as `tcpmem save` does"""
    query = _query("", (), netns, "process", info)
    target, name = _named(path)
    library.made(lib.tcpmem_snapshot_save_fd if isinstance(target, int)
                 else lib.tcpmem_snapshot_save, lib.tcpmem_snapshot_free,
                 _context(), query, target, what=name)


class Sampler(Handle):
    """Takes snapshots one after the other, for less than snapshot() does

    It iterates without an end; one thread at a time may use it.
    """

    def __init__(self, filter: str = "", *, states: Sequence[str] = (),
                 netns: Sequence[str] = (), by: Optional[str] = "process",
                 info: bool = False) -> None:
        used = _context(), _query(filter, states, netns, by, info)
        super().__init__(library.made(
            lib.tcpmem_sampler_new, lib.tcpmem_sampler_free, *used, keep=used))

    def __iter__(self) -> "Sampler":
        return self

    def __next__(self) -> Snapshot:
        """The snapshot of now"""
        return Snapshot(library.made(lib.tcpmem_sampler_next,
                                     lib.tcpmem_snapshot_free, self._live()))
