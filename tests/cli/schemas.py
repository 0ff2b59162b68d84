# SPDX-License-Identifier: LGPL-2.1-or-later
"""schemas - holds what the command prints against cli/schemas

The harness calls check_output() for all that a test has printed as JSON. The
shipped schemas let keys be added, as users have to; here a key that they do
not name is an error, so that it gets its place there.
"""

import copy
import functools
import json
import os

try:
    import jsonschema
except ImportError:
    jsonschema = None

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../../cli/schemas")
SUFFIX = "-1.json"
# what was held against its schema by this process
checked = set()


def names():
    """"by", "sockets" ...: all that are shipped"""
    return sorted(file[:-len(SUFFIX)] for file in os.listdir(FOLDER)
                  if file.endswith(SUFFIX))


def load(name):
    with open(os.path.join(FOLDER, name + SUFFIX)) as file:
        return json.load(file)


def inlined(part, home):
    """The same with every $ref replaced by what it refers to"""
    if isinstance(part, list):
        return [inlined(item, home) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        file, _, path = part["$ref"].partition("#/$defs/")
        there = load(file[:-len(SUFFIX)]) if file else home
        return inlined(there["$defs"][path], there)
    return {key: inlined(value, home) for key, value in part.items()}


def closed(part):
    """The same, but that no object has keys that are not named

    What it is all of becomes one with it: its keys are named there.
    """
    if isinstance(part, list):
        return [closed(item) for item in part]
    if not isinstance(part, dict):
        return part
    part = {key: closed(value) for key, value in part.items()}
    for base in part.pop("allOf", []):
        part["properties"] = base["properties"] | part["properties"]
    if isinstance(part.get("properties"), dict):
        part.setdefault("additionalProperties", False)
    return part


@functools.cache
def strict(name):
    """A schema of its own, with nothing to be looked up elsewhere"""
    schema = load(name)
    return closed(inlined(copy.deepcopy(schema), schema))


@functools.cache
def validator(name, row=False):
    schema = strict(name)
    schema = schema["$defs"]["row"] if row else schema
    return jsonschema.Draft202012Validator(schema)


def name_of(data):
    words = data["schema"].split(".")[1].split("/")
    assert words[1] == "1", data["schema"]
    return words[0]


def check(data, name, row=False):
    assert os.path.exists(os.path.join(FOLDER, name + SUFFIX)), (
        f"what is printed has no schema: cli/schemas/{name}{SUFFIX}")
    for error in validator(name, row).iter_errors(data):
        place = "/".join(map(str, error.absolute_path))
        raise AssertionError(f"{name}{SUFFIX}: at '{place}': {error.message}")
    checked.add((name, row))


def check_lines(text, name):
    for line in text.splitlines():
        check(json.loads(line), name, row=True)


# What they print is beside another program's, a line for each event, or words
NOT_ONE_OBJECT = "run", "watch", "__complete"


def check_output(args, text, code=0):
    """What the command printed when it was called with @args, and its exit
    code"""
    if jsonschema is None or not text:
        return
    args = args[:args.index("--")] if "--" in args else args
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    if "--jsonl" in args:
        command = {"ps": "by"}.get(args[0], args[0])
        command = "trend" if "--every" in args else command
        if args[:2] in (("history", "marks"), ("history", "incidents")):
            command = "marks"
        check_lines(text, "columns" if "-H" in args else command)
    elif "-J" in args or "--json" in args:
        try:
            data = json.loads(text)
        except ValueError:
            # one that fails may have printed a part, or something else
            assert code or args[0] in NOT_ONE_OBJECT, f"no JSON: {text[:300]}"
            return
        check(data, name_of(data))
