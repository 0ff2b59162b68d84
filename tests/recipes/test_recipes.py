# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_recipes - what the documents and deploy/ tell to run can be run

Sessions, whose lines begin with "$ ", are those of scripts/readme. Each other
block with a language, and each file of deploy/ that starts something, is here:
as it stands, in a folder of its own, with stand-ins for sudo, apt-get and
systemctl that look whether there is what they are asked for. The second
argument is the exporter.
"""

import contextlib
import glob
import importlib.util
import io
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import xml.etree.ElementTree

import yaml

import harness
from harness import Skip, contains, equal, patience

EXPORTER = sys.argv[2]
ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
DEPLOY = os.path.join(ROOT, "deploy")
BLOCK = re.compile(r"^```(\w+)\n(?!\$ )(.*?)^```$", re.MULTILINE | re.DOTALL)
LEAK = os.path.join(ROOT, "examples/leak_close_wait.py")
PACKAGES = re.findall(r"^Package: (.*)", open(
    os.path.join(ROOT, "debian/control"), encoding="utf-8").read(),
                      re.MULTILINE)

STAND_INS = {
    "sudo": 'exec "$@"',
    "apt-get": """for word; do case $word in
./*) [ -f "$word" ] ;; esac || exit 1; done""",
    "systemctl": f"""for word; do case $word in
*.service | *.socket) [ -f {DEPLOY}/systemd/"$word" ] ;; esac || exit 1; done""",
}


def blocks(page, language):
    """Those of a page; the test below sees to it that none is forgotten"""
    with open(os.path.join(ROOT, page), encoding="utf-8") as file:
        found = [text for mark, text in BLOCK.findall(file.read())
                 if mark == language]
    assert found, f"{page} has no {language}"
    return found


def read_yaml(*path):
    with open(os.path.join(DEPLOY, *path), encoding="utf-8") as file:
        return list(yaml.safe_load_all(file))


@contextlib.contextmanager
def place():
    """A folder, and what PATH is there: the command, and the stand-ins"""
    with tempfile.TemporaryDirectory() as folder:
        programs = os.path.join(folder, "bin")
        os.mkdir(programs)
        os.symlink(harness.TCPMEM, os.path.join(programs, "tcpmem"))
        for name, text in STAND_INS.items():
            with open(os.path.join(programs, name), "w") as file:
                file.write(f"#!/bin/sh\n{text}\n")
            os.chmod(file.name, 0o755)
        for name in PACKAGES:
            open(f"{folder}/{name}_0_any.deb", "w").close()
        yield folder


def shell(folder, command):
    """As CI and people run it. Return: exit code, and all that it said"""
    env = dict(os.environ, LC_ALL="C.UTF-8",
               PATH=f"{folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    env.pop("LD_PRELOAD", None)  # it is for this script's own sake
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", command],
                          cwd=folder, env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", errors="replace",
                          timeout=patience(60))
    return done.returncode, done.stdout


def must(folder, command):
    code, said = shell(folder, command)
    equal(code, 0, f"{command}: {said}")
    return said


def held_to_limits(steps):
    """ci.md: tests that close what they open pass, others end with 122"""
    # a leak takes two seconds to be more than what comes and goes
    for check, code, times in (("sleep", 0, (1, 4, 4, 4, 4, 16)),
                               (LEAK, 122, (4, 8, 8, 16))):
        with place() as folder:
            for step in steps[:-1]:
                must(folder, step)
            # 123: too soon over, or between two samples the machine stood
            for seconds in times:
                with open(os.path.join(folder, "Makefile"), "w") as file:
                    file.write(f"check:\n\t@{check} {seconds}\n")
                got, said = shell(folder, steps[-1])
                if got != 123:
                    break
            with open(os.path.join(folder, "tcpmem.xml")) as file:
                report = file.read()
            equal(got, code, f"{check}: {said}{report}")
            suite = xml.etree.ElementTree.fromstring(report)
            equal((suite.tag, suite.get("tests")), ("testsuite", "2"))
            equal(suite.get("failures"), str(int(code > 0)))
            equal(len(suite.findall("testcase/failure")), int(code > 0))


def test_github_actions():
    """ci.md: the steps of the workflow"""
    flow = yaml.safe_load(blocks("docs/ci.md", "yaml")[0])
    job, = flow["jobs"].values()
    steps = job["steps"]
    assert all(("run" in step) != ("uses" in step) for step in steps), steps
    held_to_limits([step["run"] for step in steps if "run" in step])
    upload = steps[-1]
    equal((upload["if"], upload["with"]["path"]), ("always()", "tcpmem.xml"))


def test_gitlab():
    """ci.md: the scripts of the job"""
    job, = yaml.safe_load(blocks("docs/ci.md", "yaml")[1]).values()
    held_to_limits(job["before_script"] + job["script"])
    equal(job["artifacts"], {"when": "always",
                             "reports": {"junit": "tcpmem.xml"}})


def test_jenkins():
    """ci.md: the shell steps of the pipeline"""
    text, = blocks("docs/ci.md", "groovy")
    equal(text.count("{"), text.count("}"))
    held_to_limits(re.findall(r"^\s*sh '([^']*)'$", text, re.MULTILINE))
    contains(text, "always { junit 'tcpmem.xml' }")


def test_prometheus():
    """prometheus.md: start the units, ask; and the drop-ins are of units"""
    start, = blocks("docs/prometheus.md", "sh")
    systemctl, ask = start.splitlines()
    with place() as folder, daemonset(folder) as url:
        must(folder, systemctl)
        await_text(url + "/metrics", "\ntcpmem_collect_success 1")
        contains(must(folder, ask), "\ntcpmem_kernel_memory_bytes ")
    text, = blocks("docs/prometheus.md", "ini")
    # systemd makes the sockets: the lists of the service do not count for them
    (unit, lines), = re.findall(r"# systemctl edit (\S+)\n((?:.+\n)+)", text)
    equal(unit, "tcpmem-exporter.socket")
    with open(os.path.join(DEPLOY, "systemd", unit)) as file:
        has = file.read()
    for line in lines.splitlines():
        contains(has, line.partition("=")[0])


def as_container(spec):
    """The words that begin a program with the rights of a securityContext"""
    rights = spec["capabilities"]
    equal(rights["drop"], ["ALL"])
    kept = "".join(f",+{name.lower()}" for name in rights.get("add", []))
    equal(spec["allowPrivilegeEscalation"], False)
    return ["setpriv", "--no-new-privs", "--bounding-set", "-all" + kept,
            "--inh-caps", "-all", "--clear-groups",
            "--reuid", str(spec["runAsUser"]),
            "--regid", str(spec.get("runAsGroup", 0))]


def await_text(url, part):
    """What a server says, once it says @part"""
    deadline = time.monotonic() + patience(60)
    while True:
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(url, timeout=10) as reply:
                text = reply.read().decode()
                if part in text:
                    return text
        assert time.monotonic() < deadline, f"{url}: no {part}"
        time.sleep(0.05)


@contextlib.contextmanager
def daemonset(folder):
    """Both containers of the DaemonSet, with an emptyDir between them

    Return: the address of the second, once it answers.
    """
    if not EXPORTER:
        raise Skip("tcpmem-exporter was not built")
    if os.geteuid() != 0:
        raise Skip("only root may give rights away")
    shared = os.path.join(folder, "run")
    os.mkdir(shared)
    for path in folder, shared:
        os.chmod(path, 0o777)
    _, manifest = read_yaml("kubernetes/daemonset.yml")
    started = []
    try:
        for one in manifest["spec"]["template"]["spec"]["containers"]:
            args = [arg.replace("/run/tcpmem", shared) for arg in one["args"]]
            started.append(subprocess.Popen(
                [*as_container(one["securityContext"]), EXPORTER, *args],
                stderr=subprocess.PIPE, encoding="utf-8"))
        url = f"http://127.0.0.1:{one['ports'][0]['containerPort']}"
        # an HTTP probe would fail with a --web.config.file
        equal(one["livenessProbe"],
              {"tcpSocket": {"port": one["ports"][0]["name"]}})
        await_text(url + "/healthz", "")
        yield url
    finally:
        for process in started:
            process.terminate()
            said = process.communicate(timeout=patience(60))[1]
            equal(process.returncode, 0, said)


def test_kubernetes():
    """daemonset.yml: it answers, and the series are of this look"""
    with place() as folder, daemonset(folder) as url:
        text = await_text(url + "/metrics", "\ntcpmem_collect_success 1")
        contains(text, 'tcpmem_group_held_bytes{by="container"')


def test_kubernetes_by_hand():
    """kubernetes.md: "user 0, and these capabilities"; and the probe"""
    look, probe = map(yaml.safe_load, blocks("docs/kubernetes.md", "yaml"))
    command = probe["livenessProbe"]["exec"]["command"]
    # "Without --netns self [...] the answer is UNKNOWN"
    contains(shlex.join(command), "--netns self")
    with place() as folder:
        contains(must(folder, shlex.join(command)), "TCPMEM OK")
        if os.geteuid() != 0:
            raise Skip("only root may give rights away")
        rights = shlex.join(as_container(look["securityContext"]))
        must(folder, f"{rights} tcpmem summary --netns self --strict")


def test_manifests_agree():
    """Ports, names and rights that one file has from another"""
    scrape, = read_yaml("prometheus/scrape.yml")
    (otel,) = read_yaml("opentelemetry/collector.yml")
    inner = otel["receivers"]["prometheus"]["config"]
    with open(os.path.join(DEPLOY, "systemd/tcpmem-exporter.socket")) as file:
        port = re.search(r"ListenStream=.*:(\d+)", file.read())[1]
    for config in scrape["scrape_configs"] + inner["scrape_configs"]:
        for targets in config["static_configs"]:
            equal({t.rpartition(":")[2] for t in targets["targets"]}, {port})
    with open(os.path.join(DEPLOY, "container/Containerfile")) as file:
        contains(file.read(), "apparmor=unconfined")
    _, manifest = read_yaml("kubernetes/daemonset.yml")
    pod, _ = map(yaml.safe_load, blocks("docs/kubernetes.md", "yaml"))
    for spec in manifest["spec"]["template"]["spec"]["containers"][0], pod:
        equal(spec["securityContext"]["appArmorProfile"],
              {"type": "Unconfined"})
    pipeline = otel["service"]["pipelines"]["metrics"]
    equal(pipeline["receivers"], list(otel["receivers"]))
    equal(pipeline["exporters"], list(otel["exporters"]))
    for path in glob.glob(os.path.join(DEPLOY, "*/*.yml")):
        read_yaml(path)


def cron_command(line):
    """crontab(5): a user, then a command in which \\% is %"""
    equal(line.split()[:6], ["*"] * 5 + ["root"])
    return line.split(None, 6)[6].replace("\\%", "%")


def test_cron():
    """A recorder that begins by cron, and a textfile"""
    line, = blocks("docs/fleet.md", "cron")
    with place() as folder:
        must(folder, cron_command(line).replace(
            "/var/lib/prometheus/node-exporter", folder))
        with open(os.path.join(folder, "tcpmem.prom")) as file:
            contains(file.read(), "\ntcpmem_collect_success 1")
    with open(os.path.join(DEPLOY, "cron/tcpmem-recorder")) as file:
        line = file.read().splitlines()[-1]
    with place() as folder:
        record(folder, cron_command(line).replace("/var/lib/", f"{folder}/"))


def record(folder, command):
    """Lets a recorder run until it has looked. Return: when it had"""
    if "--store" not in harness.output("record", "--help"):
        raise Skip("built without a store")
    env = dict(os.environ, PATH=f"{folder}/bin:{os.environ['PATH']}")
    store = os.path.join(folder, "tcpmem")
    recorder = subprocess.Popen(["bash", "-c", command], env=env,
                                start_new_session=True)
    deadline = time.monotonic() + patience(60)
    try:
        while harness.run("by", "state", "--from", store, "--at", "now",
                          scoped=False).returncode != 0:
            assert recorder.poll() is None, "the recorder ended"
            assert time.monotonic() < deadline, "no look was kept"
            time.sleep(0.1)
        then = int(time.time()) + 1
        while time.time() < then:
            time.sleep(0.05)
        return time.strftime("%H:%M:%S", time.localtime(then))
    finally:
        os.killpg(recorder.pid, signal.SIGTERM)
        recorder.wait(patience(60))


def test_what_was_it_like():
    """incidents.md: "Then, of any moment of it" """
    text, = blocks("docs/incidents.md", "sh")
    with place() as folder:
        when = record(folder, f"tcpmem record --store {folder}/tcpmem "
                      "--netns self --every 1s")
        for line in text.splitlines():
            if line.startswith("tcpmem top"):
                line = line.replace("top", "top --batch")
            line = re.sub(r"03:1\d", when, line).replace("/var/lib", folder)
            code, said = shell(folder, line)
            # two looks that differ are no failure of diff's
            assert code in (0, 1) and "tcpmem:" not in said.replace(
                "tcpmem: scope", ""), (line, said)


def test_questions_of_what_runs():
    """incidents.md: those that take too long for scripts/readme, in short"""
    with open(os.path.join(ROOT, "docs/incidents.md"),
              encoding="utf-8") as file:
        found = re.findall(r"^```long\n\$ (.*)\n((?:.*\n)*?)```$", file.read(),
                           re.MULTILINE)
    assert found, "none is marked"
    for line, printed in found:
        line = re.sub(r"--for \d+s", "--for 2s", line).replace("sleep 3",
                                                              "sleep 1")
        with place() as folder:
            os.symlink(os.path.join(ROOT, "examples"), f"{folder}/examples")
            # who watches ends with 1 if it found something
            code, said = shell(folder, f"trap 'kill %1' EXIT; {line}")
            # 3: a slow machine took too few samples to tell
            assert code in (0, 1) or (code == 3 and "too few" in said), said
            contains(said, printed.split()[0])


def test_rows_for_analysis():
    """fleet.md: "That loads unchanged" """
    lines = blocks("docs/fleet.md", "sh")[0].splitlines()
    load, = [line for line in lines if line.startswith("python3")]
    with place() as folder:
        must(folder, f"tcpmem by state --from {ROOT}/docs/host.tcpmem "
             "--jsonl >rows.jsonl")
        if not importlib.util.find_spec("pandas"):
            load = load.replace("import pandas", "import json").replace(
                "pandas.read_json('rows.jsonl', lines=True)",
                "[json.loads(row) for row in open('rows.jsonl')]")
        contains(must(folder, load), "close-wait")


def test_library_from_c():
    """library.md builds an example; README's lines are of functions"""
    line, = blocks("docs/library.md", "sh")
    tree = os.path.dirname(os.path.dirname(harness.TCPMEM))
    with place() as folder:
        shutil.copy(os.path.join(ROOT, "examples/total_per_process.c"), folder)
        # meson's, for a build that is not installed, has no folder of headers
        must(folder, f"export PKG_CONFIG_PATH={tree}/meson-uninstalled "
             f"CPATH={ROOT}/include\n{line}\nLD_PRELOAD={os.environ.get('LD_PRELOAD', '')} ./total")
        text, = blocks("README.md", "c")
        with open(os.path.join(folder, "readme.c"), "w") as file:
            file.write("#include <tcpmem.h>\n"
                       "void print(const struct tcpmem_row *row);\n"
                       "void readme(struct tcpmem_ctx *ctx, "
                       "struct tcpmem_query *query,\n"
                       "struct tcpmem_snapshot *snapshot, "
                       "struct tcpmem_table *table)\n{\n" + text + "}\n")
        must(folder, "cc -Wall -Wextra -Werror -fsyntax-only "
             f"-I{ROOT}/include readme.c")


def test_library_from_python():
    if not importlib.util.find_spec("tcpmem"):
        raise Skip("the Python module was not built")
    listener, client, server = harness.connect()
    for page in "README.md", "docs/library.md":
        text, = blocks(page, "python")
        if not importlib.util.find_spec("pandas"):
            text = re.sub(r"to_pandas\(.*?\)", "to_dicts()", text)
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(text, page, "exec"), {})


def test_start():
    """start.md: CI runs it in a clean clone; here, that it is there"""
    for line in blocks("docs/start.md", "sh")[0].splitlines():
        assert os.access(os.path.join(ROOT, line.split()[0]), os.X_OK), line


def test_none_is_forgotten():
    """Each block with a language is asked for by a case above"""
    with open(__file__, encoding="utf-8") as file:
        asked = set(re.findall(r'blocks\("(\S+)", "(\w+)"\)', file.read()))
    asked |= {("README.md", "python"), ("docs/library.md", "python")}
    pages = ["README.md"] + [f"docs/{name}" for name in
                             os.listdir(os.path.join(ROOT, "docs"))
                             if name.endswith(".md")]
    for page in pages:
        with open(os.path.join(ROOT, page), encoding="utf-8") as file:
            for language, text in BLOCK.findall(file.read()):
                assert language == "long" or (page, language) in asked, \
                    f"{page}: nothing runs this: {text}"


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    harness.enter_netns()
    harness.main(globals())
