# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_schemas - every command's JSON is what its schema says

All scripts' output is held against the schemas, by the harness. Here every
command is run once, also without privileges and with much unknown, and the
schemas are held against the tables that they describe.
"""

import json
import os
import re
import socket
import subprocess
import tempfile
import time
import warnings

import harness
import schemas
from harness import answer, equal, output, run

TYPES = {"text": "string", "integer": "integer", "bytes": "integer",
         "us": "integer", "ms": "integer", "bytes/s": "integer",
         "id": "string", "address": "string", "list": "array",
         "rate": "number", "percent": "number"}
NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}
# of another program's output, or of none
NO_JSON = {"save", "completion"}


class Fixture:
    def __init__(self):
        self.pairs = [harness.connect(),
                      harness.connect(socket.AF_INET6, "::1")]
        self.pairs[0][1].sendall(b"x" * 5000)
        harness.leave_time_wait()
        self.folder = tempfile.TemporaryDirectory()
        os.chmod(self.folder.name, 0o755)
        self.before = os.path.join(self.folder.name, "before")
        self.after = os.path.join(self.folder.name, "after")
        self.ss = os.path.join(self.folder.name, "ss")
        output("save", self.before)
        self.pairs.append(harness.connect())
        output("save", "--info", self.after)
        subprocess.run(["ss", "-tD", self.ss], check=True,
                       timeout=harness.patience(60))

        self.store = os.path.join(self.folder.name, "store")
        if "record" in commands():
            self.record()

    def record(self):
        """A store of one look, or a few"""
        recorder = subprocess.Popen(
            [harness.TCPMEM, "record", "--store", self.store, "--every",
             "50ms", "--netns", "self", "--keep-free", "1"])
        deadline = time.monotonic() + harness.patience(60)
        while run("store", "stat", "--from", self.store).returncode != 0:
            assert time.monotonic() < deadline, "no look"
        recorder.terminate()
        equal(recorder.wait(), 0)
        subprocess.run(["chmod", "-R", "a+rX", self.store], check=True)

    def end(self):
        self.folder.cleanup()

    def invocations(self):
        """One or more for each command, to be followed by a format"""
        here = str(os.getpid())
        if os.path.exists(self.store):
            yield from (["history", "--from", self.store],
                        ["history", "marks", "--from", self.store],
                        ["history", "-H"])
        yield from (["summary"], ["summary", "--no-processes"],
                    ["summary", "--from", self.ss],
                    ["by", "process"], ["by", "process,state", "--limit", "1"],
                    ["by", "state", "--from", self.ss], ["ps", "-o", "+reach"],
                    ["sockets"], ["sockets", "-o", ",".join(columns("sockets"))],
                    ["sockets", "--from", self.ss, "-o", "+rtt,timer"],
                    ["sockets", "--from", self.after, "-o", "+rtt"],
                    ["explain", here], ["explain", "1"], ["limits"],
                    ["blame"], ["blame", "--from", self.after],
                    ["diff", self.before, self.after],
                    ["diff", self.before, self.ss],
                    ["diff", "--netns", "self", "--every", "20ms", "--for",
                     "100ms", "--all"],
                    ["check", "--max-held", "1,1G"],
                    ["check", "--max-sockets", "100", "--per", "state"],
                    ["sockets", "-H"], ["by", "-H"], ["diff", "-H"],
                    ["limits", "-H"], ["run"],
                    ["watch", "--netns", "self", "--for", "10ms"])


def columns(command):
    return [row["name"] for row in column_rows(command)]


def column_rows(*command):
    return json.loads(run(*command, "-H", "-J").stdout)["rows"]


def commands():
    text = output("--help").split("Commands:\n")[1].split("\n\n")[0]
    return [line.split()[0] for line in text.splitlines()]


def takes(command, option):
    return re.search(rf"^ +(-\w, )?{option}\b", output(command, "--help"), re.M)


def print_json(args, *formats, **how):
    """What @args print; a check may be red, a diff may differ"""
    args = [*args, *formats]
    if args[0] == "run":
        args += ["--", "true"]
    done = run(*args, **how)
    assert done.returncode in (0, 1, 2, 3), done
    said = done.stderr if args[0] == "run" else done.stdout
    assert said.startswith("{"), (args, done)
    return said


def test_every_answer_is_what_its_schema_says():
    for args in fixture.invocations():
        data = json.loads(print_json(args, "-J"))
        schemas.check(data, schemas.name_of(data))


def test_every_line_is_what_its_schema_says():
    for args in fixture.invocations():
        if takes(args[0], "--jsonl"):
            print_json(args, "--jsonl")


def test_no_command_and_no_schema_is_left_out():
    ran = {"by" if args[0] == "ps" else args[0]
           for args in fixture.invocations()}
    equal({c for c in commands() if takes(c, "--json")}, ran)
    for command in NO_JSON.intersection(commands()):
        assert not takes(command, "--json"), command
    unchecked = set(schemas.names()) - {name for name, _ in schemas.checked}
    equal(unchecked, {"common"})


def test_without_privileges_too():
    if os.geteuid() != 0 or os.environ.get(harness.MARK) != "1":
        raise harness.Skip("only root can become somebody else")
    probe = run("limits", **NOBODY)
    if probe.returncode in (126, 127):
        raise harness.Skip("nobody cannot run the built command")
    for args in fixture.invocations():
        if "--from" in args or args[0] == "diff":
            continue  # a capture is its owner's alone
        print_json(args, "-J", **NOBODY)


def test_schemas_are_schemas():
    for name in schemas.names():
        schema = schemas.load(name)
        schemas.jsonschema.Draft202012Validator.check_schema(schema)
        if name != "common":
            equal(schema["properties"]["schema"]["const"], f"tcpmem.{name}/1")
            assert "schema" in schema["required"], name


def test_they_refer_to_each_other_as_shipped():
    """As a validator sees them that knows nothing but the files"""
    base = "file://" + os.path.realpath(schemas.FOLDER) + "/"
    data = answer("by", "process")
    schema = schemas.load("by")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        resolver = schemas.jsonschema.RefResolver(base + "by-1.json", schema)
    shipped = schemas.jsonschema.Draft202012Validator(schema,
                                                      resolver=resolver)
    equal([e.message for e in shipped.iter_errors(data)], [])
    # a later minor version may add keys, and types stay
    data["rows"][0]["new"] = data["new"] = 1
    equal([e.message for e in shipped.iter_errors(data)], [])
    data["rows"][0]["sockets"] = data["netns"]["scope"] = None
    equal(len(list(shipped.iter_errors(data))), 2)


def refuses(data, name):
    try:
        schemas.check(data, name)
    except AssertionError:
        return True
    return False


def test_what_is_not_in_a_schema_is_noticed():
    data = answer("sockets")
    assert not refuses(data, "sockets")
    for spoil in (lambda d: d.update(new=1),
                  lambda d: d["rows"][0].update(new_bytes=1),
                  lambda d: d["netns"].update(new=None),
                  lambda d: d["rows"][0]["holders"].append({"pid": 1}),
                  lambda d: d["rows"][0].update(cookie=5),
                  lambda d: d["rows"][0].update(held_bytes="5"),
                  lambda d: d["total"].update(sockets=None),
                  lambda d: d.pop("complete"),
                  lambda d: d.update(schema="tcpmem.sockets/2")):
        spoiled = json.loads(json.dumps(data))
        spoil(spoiled)
        assert refuses(spoiled, "sockets"), spoil


def test_columns_and_schemas_have_the_same_keys():
    """One for each command that takes -o, and what else has its rows"""
    for command in commands():
        if not takes(command, "--list-columns"):
            continue
        # the summary's columns are those of its processes
        name = "by" if command == "summary" else command
        same_keys(name, command)
    same_keys("trend", "diff", "--every", "1s")


def same_keys(name, *command):
    row = schemas.strict(name)["$defs"]["row"]["properties"]
    table = {c["json"]: c for c in column_rows(*command)}
    equal(sorted(row), sorted(table), f"{name} and {command} -H")
    for key, column in table.items():
        # a time is a text whose form the common schema has
        kind = row[key].get("type", "string")
        kind = kind[0] if isinstance(kind, list) else kind
        equal(kind, TYPES[column["type"]], f"{name}: {key}")
        if column["type"] == "id":
            equal(row[key]["pattern"], "^[0-9]+$")


def test_units_stand_in_keys():
    """Bytes are integers in keys ending _bytes, times say what they count"""
    ends = {"bytes": "_bytes", "us": "_us", "ms": "_ms",
            "bytes/s": "_bytes_per_second"}
    tails = ("", "_before", "_after", "_delta", "_first", "_last",
             "_per_minute")
    tables = [[command] for command in commands()
              if takes(command, "--list-columns")]
    for command in tables + [["diff", "--every", "1s"]]:
        for row in column_rows(*command):
            end = ends.get(row["type"])
            if end:
                assert row["json"].endswith(tuple(end + tail for tail in
                                                  tails)), row
            else:
                assert "_bytes" not in row["json"], row


if __name__ == "__main__":
    if schemas.jsonschema is None:
        harness.skip_all("no jsonschema for this python")
    harness.enter_netns()
    fixture = Fixture()
    try:
        harness.main(globals())
    finally:
        fixture.end()
