# SPDX-License-Identifier: LGPL-2.1-or-later
"""mutate - how strong the tests are: breaks a line, and sees whether one fails

    mutate [OPTION]... [FILE]...

Tries mutants of FILEs, or of all of lib/ and cli/, as they were committed
last: so many of each folder. What a mutant needs is rebuilt, in build-mutate,
where the sources are copied to; then those tests are run that come by the
line, unit tests first, then the others, the quick ones first, until one fails.

  killed      a test failed twice, or hung, and passes without the mutant
  survived    all tests that come by the line passed
  uncovered   no test comes by the line
  same        the compiler made the same of it: no change to be tested
  equivalent  tests/mutate/equivalent says why no test can see it
  broken      it does not compile

Results are lines of JSON in build-mutate/results.jsonl; what stands there is
not tried again. Prints each mutant, and at the end how many were killed in
each folder and who was not.
"""

import argparse
import bisect
import collections
import concurrent.futures
import hashlib
import itertools
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import mutants

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOME = ROOT / "build-mutate"
SOURCE = HOME / "source"
SKIP = 77

SUITES = ("unit", "fuzz", "kernel", "cli")
STAGES = (("unit", "fuzz"), ("kernel", "cli"))
# Its coverage cannot be counted: the kernel runs it.
ALWAYS = {
    "lib/bpf/holders.bpf.c": ("kernel.bpf", "kernel.kinds", "kernel.shares",
                              "kernel.iter_sockets", "cli.cli-netns"),
    "lib/bpf/sums.bpf.c": ("kernel.bpf", "kernel.sampler", "kernel.iter_sums",
                           "cli.cli-netns", "cli.cli-groups",
                           "cli.cli-exporter"),
    "lib/bpf/tasks.bpf.c": ("kernel.bpf", "kernel.sampler", "cli.cli-netns"),
    "lib/bpf/owners.bpf.c": ("cli.cli-owners", "cli.cli-past",
                             "cli.cli-served", "cli.cli-watch"),
    "lib/bpf/connections.bpf.c": ("cli.cli-run", "cli.cli-events"),
}


def git(*args):
    return subprocess.check_output(["git", "-C", str(ROOT), *args])


def copy_source():
    """The tree of the last commit, to be broken; what did not change stays"""
    wanted = set()
    for line in git("ls-tree", "-r", "-z", "HEAD").decode().split("\0")[:-1]:
        mode, _, rest = line.split(" ", 2)
        blob, name = rest.split("\t")
        path = SOURCE / name
        wanted.add(path)
        content = git("cat-file", "blob", blob)
        path.parent.mkdir(parents=True, exist_ok=True)
        if mode == "120000":
            path.unlink(missing_ok=True)
            path.symlink_to(content.decode())
        elif not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
            path.chmod(int(mode, 8) & 0o777)
    for path in SOURCE.rglob("*"):
        if not path.is_dir() and path not in wanted:
            path.unlink()


class Build:
    """A build directory, and the tests that are run in it"""

    def __init__(self, name, options, jobs):
        self.where, self.jobs = HOME / name, jobs
        if not (self.where / "build.ninja").exists():
            subprocess.run(["meson", "setup", str(self.where), str(SOURCE),
                            "-Dtests=true", *options], check=True,
                           stdout=subprocess.DEVNULL)
        done = self.ninja()
        if done.returncode != 0:
            sys.exit("mutate: the build failed:\n" + done.stdout[-3000:])
        targets = {t["id"]: [os.path.relpath(f, self.where)
                             for f in t["filename"]]
                   for t in self.introspect("--targets")}
        self.tests = {}
        for test in self.introspect("--tests"):
            suite = test["suite"][0].split(":")[1]
            if suite in SUITES:
                test["key"], test["of"] = suite + "." + test["name"], suite
                test["needs"] = [f for t in test["depends"]
                                 for f in targets[t]]
                self.tests[test["key"]] = test

    def introspect(self, what):
        return json.loads(subprocess.check_output(
            ["meson", "introspect", what, str(self.where)]))

    def ninja(self, targets=()):
        return subprocess.run(
            ["ninja", "-C", str(self.where), "-j", str(self.jobs), *targets],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def object_of(self, file):
        """What a source is compiled to; None for what is no C of ours"""
        if not file.endswith(".c") or file.endswith(".bpf.c"):
            return None
        top, rest = file.split("/", 1)
        archive = {"lib": "lib/libtcpmem-internal.a.p",
                   "cli": "cli/tcpmem.p" if rest == "main.c" else
                          "cli/libtcpmem-cli.a.p"}[top]
        return f"{archive}/{rest.replace('/', '_')}.o"

    def digest(self, target):
        return hashlib.sha256((self.where / target).read_bytes()).hexdigest()


# ------------------------------------------------------------ running a test

# what each process of a test has in its environment
MARK = "TCPMEM_MUTATE_TEST"
NUMBERS = itertools.count()
RUNNING = {}


def run_test(build, test, limit, env=()):
    """Return: its exit status, SKIP if a case of it is skipped, or "hung";
    seconds; the end of its output
    """
    start = time.monotonic()
    mark = f"{os.getpid()}.{next(NUMBERS)}"
    process = subprocess.Popen(
        test["cmd"], cwd=test["workdir"] or build.where,
        env=dict(os.environ, CK_DEFAULT_TIMEOUT="20", **test["env"],
                 **dict(env), **{MARK: mark}),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True)
    RUNNING[test["key"]] = mark
    try:
        out = process.communicate(timeout=limit)[0]
        status = process.returncode
    except subprocess.TimeoutExpired:
        end_test(mark)
        out, status = b"", "hung"
        process.communicate()
    RUNNING.pop(test["key"], None)
    if status != 0:
        end_test(mark)
    elif b" # skip " in out:
        status = SKIP
    return (status, time.monotonic() - start,
            out.decode(errors="replace")[-3000:])


def run_counting(build, key, prefix, limit):
    """In the build that counts lines, which it does below @prefix"""
    prefix.mkdir(parents=True, exist_ok=True)
    prefix.chmod(0o777)  # some tests are nobody
    return run_test(build, build.tests[key], limit,
                    {"GCOV_PREFIX": str(prefix)})


def processes_of(mark):
    """All that a test started, in whatever group or session they are"""
    word = f"{MARK}={mark}".encode()
    for environ in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            if word in environ.read_bytes().split(b"\0"):
                yield int(environ.parent.name)
        except OSError:
            pass


def end_test(mark):
    """Nothing of a test that failed may disturb the next ones"""
    for _ in range(100):
        left = list(processes_of(mark))
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        time.sleep(0.02)


class Trial:
    """Tests that are run side by side, as far as they may, until one fails

    Other sockets of the host, or a slow machine, may make a test fail: it has
    to fail again, alone, and to pass in the @control build, which is whole.
    """

    def __init__(self, build, control, known):
        self.build, self.control, self.known = build, control, known
        self.flaky = []

    def is_good(self, test, status):
        """What is never skipped but with a mutant is told from it"""
        return status == 0 or (status == SKIP and
                               test["key"] in self.known["skipped"])

    def limit(self, test):
        return max(30, 5 * self.known["seconds"].get(test["key"], 20))

    def attempt(self, test):
        if self.suspects:
            return
        status, _, out = run_test(self.build, test, self.limit(test))
        if self.is_good(test, status) or test["key"] in self.stopped:
            self.passed.add(test["key"])
            return
        if not self.suspects:
            for key, mark in list(RUNNING.items()):
                self.stopped.add(key)
                end_test(mark)
        self.suspects.append((test, status, out))

    def confirm(self, test, status, out):
        if test["of"] in STAGES[0]:
            return True
        if status != "hung":
            status, _, _ = run_test(self.build, test, self.limit(test))
        if not self.is_good(test, status) and self.passes_whole(test):
            return True
        self.flaky.append((test["key"], out))
        self.passed.add(test["key"])
        return False

    def passes_whole(self, test):
        key = test["key"]
        if key in self.known["disturbed"]:  # by counting: that tells nothing
            return True
        status, _, _ = run_counting(self.control, key, HOME / "whole",
                                    self.limit(test))
        return self.is_good(test, status)

    def run(self, tests):
        """Return: which failed, and how; None if none did"""
        for alone in (False, True):
            left = [t for t in tests if t["is_parallel"] != alone]
            while left:
                self.suspects, self.stopped, self.passed = [], set(), set()
                with concurrent.futures.ThreadPoolExecutor(
                        1 if alone else self.build.jobs) as pool:
                    list(pool.map(self.attempt, left))
                self.passed -= self.stopped
                for suspect in self.suspects:
                    if self.confirm(*suspect):
                        return suspect
                left = [t for t in left if t["key"] not in self.passed]
        return None


# ---------------------------------------------------- which test runs a line

def read_lines(build, prefix, statements):
    """The lines that a test ran, from what gcov counted below @prefix

    @statements gets all lines that a statement begins in.
    """
    found = collections.defaultdict(set)
    counts = list(prefix.rglob("*.gcda"))
    for count in counts:
        notes = pathlib.Path("/") / count.relative_to(prefix)
        link = count.with_suffix(".gcno")
        if not link.exists() and notes.with_suffix(".gcno").exists():
            link.symlink_to(notes.with_suffix(".gcno"))
    if not counts:
        return {}
    out = subprocess.run(
        ["gcov", "--json-format", "--stdout", *map(str, counts)],
        cwd=build.where, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL).stdout
    for line in out.splitlines():
        for file in json.loads(line)["files"] if line[:1] == b"{" else ():
            name = os.path.relpath(os.path.normpath(
                os.path.join(build.where, file["file"])), SOURCE)
            found[name].update(l["line_number"] for l in file["lines"]
                               if l["count"])
            statements[name].update(l["line_number"] for l in file["lines"])
    return {name: sorted(numbers) for name, numbers in found.items()
            if name.startswith(("lib/", "cli/"))}


def counting_build(jobs):
    return Build("coverage", ["--buildtype=debug", "-Db_coverage=true",
                              "-Dc_args=-fprofile-update=atomic"], jobs)


def make_map(build, plain):
    """Runs all tests once, counting lines

    What counts writes files at the end of each process: a test may fail by
    that alone, and then passes in the @plain build.
    """
    store, seconds, failed, skipped = HOME / "counts", {}, [], []
    subprocess.run(["rm", "-rf", str(store)], check=True)

    def run(test):
        key = test["key"]
        status, seconds[key], _ = run_counting(build, key, store / key, 600)
        if status == SKIP:
            skipped.append(key)
        elif status != 0:
            failed.append(key)

    for alone in (False, True):
        with concurrent.futures.ThreadPoolExecutor(
                1 if alone else build.jobs) as pool:
            list(pool.map(run, [t for t in build.tests.values()
                                if t["is_parallel"] != alone]))
    disturbed = failed[:]
    for key in disturbed:
        status, seconds[key], out = run_test(plain, plain.tests[key], 600)
        if status == SKIP:
            skipped.append(key)
        if status in (0, SKIP):
            failed.remove(key)
        else:
            print(f"mutate: {key} fails as it is, and is left out:\n{out}",
                  flush=True)
    statements = collections.defaultdict(set)
    lines = {key: read_lines(build, store / key, statements)
             for key in build.tests if key not in failed}
    return {"seconds": seconds, "lines": lines, "disturbed": disturbed,
            "skipped": skipped,
            "statements": {name: sorted(numbers)
                           for name, numbers in statements.items()}}


def load_map(build, plain):
    """That of this commit, made if there is none"""
    path, commit = HOME / "map.json", git("rev-parse", "HEAD").decode()
    if path.exists():
        known = json.loads(path.read_text())
        if known["commit"] == commit:
            return known
    print("mutate: all tests are run once, to see which come by which line",
          flush=True)
    known = dict(make_map(build, plain), commit=commit)
    path.write_text(json.dumps(known))
    return known


def begin_of(statements, number):
    """A statement of several lines counts for the one that it begins in"""
    at = bisect.bisect_right(statements, number)
    return statements[at - 1] if at else number


def tests_of(build, known, mutant):
    keys = ALWAYS.get(mutant.file)
    if keys is None:
        line = begin_of(known["statements"].get(mutant.file, ()), mutant.line)
        keys = [k for k, files in known["lines"].items()
                if mutant.table and files.get(mutant.file) or
                line in files.get(mutant.file, ())]
    return sorted((build.tests[k] for k in keys if k in build.tests),
                  key=lambda t: (t["of"] not in STAGES[0],
                                 known["seconds"].get(t["key"], 0)))


# ------------------------------------------------------------------ a mutant

def load_equivalent():
    """FILE, tab, the line, tab, what it becomes, tab, why none can tell"""
    marked = {}
    for line in (ROOT / "tests/mutate/equivalent").read_text().splitlines():
        if line and not line.startswith("#"):
            file, old, new, why = re.split(r"\t+", line)
            marked[file, old, new] = why
    return marked


def test_mutant(build, control, known, mutant, tests):
    """The mutant is in place. Return: what becomes of it"""
    target = build.object_of(mutant.file)
    if target:
        before = build.digest(target)
        made = build.ninja([target])
        if made.returncode != 0:
            return {"result": "broken", "why": made.stdout[-800:]}
        if build.digest(target) == before:
            return {"result": "same"}
    if not tests:
        return {"result": "uncovered"}
    trial = Trial(build, control, known)
    for suites in STAGES:
        stage = [t for t in tests if t["of"] in suites]
        made = build.ninja(sorted({f for t in stage for f in t["needs"]})) \
            if stage else None
        if made and made.returncode != 0:
            return {"result": "broken", "why": made.stdout[-800:]}
        failed = trial.run(stage)
        if failed:
            return {"result": "killed", "by": failed[0]["key"],
                    "status": failed[1], "why": failed[2],
                    "flaky": trial.flaky}
    return {"result": "survived", "flaky": trial.flaky}


def attempt(build, control, known, marked, mutant):
    why = marked.get((mutant.file, mutant.old.strip(), mutant.new.strip()))
    if why:
        return {"result": "equivalent", "why": why, "tests": []}
    path = SOURCE / mutant.file
    whole = path.read_text()
    lines = whole.split("\n")
    lines[mutant.line - 1] = mutant.new
    tests = tests_of(build, known, mutant)
    start = time.monotonic()
    if build.object_of(mutant.file):
        build.ninja([build.object_of(mutant.file)])
    try:
        path.write_text("\n".join(lines))
        result = test_mutant(build, control, known, mutant, tests)
    finally:
        path.write_text(whole)
    return dict(result, tests=[t["key"] for t in tests],
                took=round(time.monotonic() - start, 1))


def show(mutant, result):
    by = result.get("by", "%d tests" % len(result["tests"]))
    print(f"{result['result']:10} {mutant.file}:{mutant.line} {by}\n"
          f"  -{mutant.old.strip()}\n  +{mutant.new.strip()}", flush=True)


def summarise(results):
    """How many were killed of those that can be, by folder; who was not"""
    folders = collections.defaultdict(collections.Counter)
    for mutant, result in results:
        folders[mutants.folder(mutant.file)][result["result"]] += 1
    for name in sorted(folders):
        count = folders[name]
        alive = count["survived"] + count["uncovered"]
        print(f"{name}: {count['killed']} of {count['killed'] + alive} "
              f"killed, {count['equivalent'] + count['same']} equivalent, "
              f"{count['broken']} broken")
    left = [r for r in results if r[1]["result"] in ("survived", "uncovered")]
    print(f"{len(results)} mutants, {len(left)} not killed"
          f"{':' if left else ''}")
    for mutant, result in left:
        show(mutant, result)


def try_all(chosen, args):
    copy_source()
    build = Build("plain", ["--buildtype=debugoptimized"], args.jobs)
    control = counting_build(args.jobs)
    known = load_map(control, build)
    marked, store = load_equivalent(), HOME / "results.jsonl"
    done = {}
    if store.exists():
        for line in map(json.loads, store.read_text().splitlines()):
            if line["commit"] == known["commit"]:
                done[line["file"], line["line"], line["new"]] = line
    results = []
    with store.open("a") as out:
        for mutant in chosen:
            result = done.get((mutant.file, mutant.line, mutant.new))
            if not result:
                result = attempt(build, control, known, marked, mutant)
                out.write(json.dumps(dict(
                    mutant._asdict(), commit=known["commit"], **result)) +
                    "\n")
                out.flush()
                show(mutant, result)
            results.append((mutant, result))
    summarise(results)


def main():
    parser = argparse.ArgumentParser(
        prog="mutate", description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--list", action="store_true",
                        help="name them and try none")
    parser.add_argument("files", metavar="FILE", nargs="*")
    args = parser.parse_args()
    files = args.files or git("ls-files", "lib/*.c", "cli/*.c") \
        .decode().split()
    chosen = mutants.sample({f: git("show", "HEAD:" + f).decode()
                             for f in files}, args.count, args.seed)
    print(f"{len(chosen)} mutants, seed {args.seed}", flush=True)
    if args.list:
        for mutant in chosen:
            show(mutant, {"result": mutant.operator, "tests": []})
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try_all(chosen, args)


if __name__ == "__main__":
    main()
