# SPDX-License-Identifier: LGPL-2.1-or-later
"""fleet - real readers of the series: Prometheus and what is around it

Run by scripts/fleet: the command, the exporter and the folder deploy/ are the
arguments. All of it lives in a network namespace of its own.
"""

import contextlib
import http.server
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "cli"))
import harness  # noqa: E402
from harness import equal, patience  # noqa: E402
from test_export import CAPTURES, HOSTILE, export, parsed  # noqa: E402

EXPORTER, DEPLOY = sys.argv[2], sys.argv[3]
HOSTS, SIMULATED, SICK = 50, 200, 7
RECORDED = "TCPMEM_FLEET_RECORDED"  # the exposition of the host itself
TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
running = []


def start(*args, **how):
    log = tempfile.TemporaryFile()
    running.append(subprocess.Popen(args, stdout=log, stderr=log, **how))
    running[-1].log = log
    return running[-1]


def end_all():
    while running:
        process = running.pop()
        process.terminate()
        process.wait()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(url):
    with urllib.request.urlopen(url, timeout=patience(30)) as reply:
        return reply.read()


def await_it(what, tries, seconds=120):
    deadline = time.monotonic() + patience(seconds)
    while True:
        with contextlib.suppress(OSError):
            found = tries()
            if found:
                return found
        assert time.monotonic() < deadline, what
        time.sleep(0.3)


class Pages(http.server.ThreadingHTTPServer):
    """Serves {path: (content type, function that makes the text)}"""

    def __init__(self):
        self.pages = {}
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind, make = self.server.pages[self.path]
        body = make()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):
            self.wfile.write(body)

    def log_message(self, *_):
        pass


class Prometheus:
    """Or what takes its queries and its scrape configuration"""

    def __init__(self, folder, jobs, rules=(), alertmanager=None,
                 program="prometheus"):
        self.port = free_port()
        config = {
            "global": {"scrape_interval": "5s", "scrape_timeout": "5s"},
            "scrape_configs": jobs,
        }
        if program == "prometheus":
            config["global"]["evaluation_interval"] = "2s"
            config["rule_files"] = list(rules)
        if alertmanager:
            config["alerting"] = {"alertmanagers": [{"static_configs": [
                {"targets": [f"127.0.0.1:{alertmanager}"]}]}]}
        path = os.path.join(folder, program + ".yml")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        data = os.path.join(folder, program)
        if program == "prometheus":
            subprocess.run(["promtool", "check", "config", path], check=True,
                           stdout=subprocess.DEVNULL)
            start(program, "--config.file=" + path,
                  "--storage.tsdb.path=" + data,
                  f"--web.listen-address=127.0.0.1:{self.port}")
        else:
            start(program, "-promscrape.config=" + path,
                  "-storageDataPath=" + data, "-retentionPeriod=1",
                  "-search.latencyOffset=1s",
                  f"-httpListenAddr=127.0.0.1:{self.port}")

    def query(self, text):
        url = (f"http://127.0.0.1:{self.port}/api/v1/query?" +
               urllib.parse.urlencode({"query": text}))
        return json.loads(get(url))["data"]["result"]

    def series(self, match):
        """{(name, labels): value} but for the labels that a scrape adds"""
        found = {}
        for row in self.query(match):
            labels = row["metric"]
            name = labels.pop("__name__")
            for key in "job", "instance":
                labels.pop(key, None)
            found[name, tuple(sorted(labels.items()))] = float(row["value"][1])
        return found


def job(name, target, path="/metrics", **more):
    return {"job_name": name, "metrics_path": path,
            "static_configs": [{"targets": [target]}], **more}


def wanted(text):
    return {(name, tuple(sorted(labels))): float(value)
            for (name, labels), value in parsed(text).items()}


def equal_series(got, text):
    """Number for number, and no series more or fewer"""
    got = {key: value for key, value in got.items()
           if key[0].startswith("tcpmem_")}
    equal(sorted(got), sorted(wanted(text)))
    for key, value in wanted(text).items():
        equal(got[key], value, key)


def make_hostile_capture(folder):
    program = os.path.join(os.fsencode(folder), HOSTILE)
    shutil.copy(os.path.realpath(sys.executable), program)
    code = ("import socket, sys; s = socket.socket(); s.listen(); "
            "print(flush=True); sys.stdin.read()")
    with subprocess.Popen([program, "-c", code], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE,
                          env={"PYTHONHOME": sys.base_prefix}) as server:
        server.stdout.readline()
        path = os.path.join(folder, "hostile.tcpmem")
        harness.output("save", path)
        server.stdin.close()
    return path


def test_readers_have_every_number_of_a_capture():
    """Prometheus in both formats, VictoriaMetrics, node_exporter's textfile"""
    with tempfile.TemporaryDirectory() as folder, Pages() as pages:
        target = f"127.0.0.1:{pages.server_address[1]}"
        texts, jobs = {}, []
        captures = [os.path.join(CAPTURES, name + ".tcpmem")
                    for name in ("states", "netns", "info")]
        captures.append(make_hostile_capture(folder))
        for path in captures:
            name = os.path.basename(path).split(".")[0]
            for kind, args in ((TEXT, ()), (OPENMETRICS, ("--openmetrics",))):
                text = export("--from", path, "--group", "program", "--port",
                              "80", *args)
                check = subprocess.run(
                    ["promtool", "check", "metrics"], encoding="utf-8",
                    input=export("--from", path, "--group", "program"),
                    capture_output=True)
                equal((check.returncode, check.stderr), (0, ""))
                key = name + ("-openmetrics" if args else "-text")
                texts[key] = text
                pages.pages["/" + key] = (
                    kind, lambda text=text: text.encode())
                jobs.append(job(key, target, "/" + key))
        port = free_port()
        textfile = os.path.join(folder, "textfile")
        os.mkdir(textfile)
        export("--from", captures[0], "--group", "program", "--textfile",
               os.path.join(textfile, "tcpmem.prom"))
        with open(os.path.join(textfile, "tcpmem.prom"),
                  encoding="utf-8") as file:
            texts["node"] = file.read()
        start("prometheus-node-exporter", "--collector.disable-defaults",
              "--collector.textfile",
              "--collector.textfile.directory=" + textfile,
              f"--web.listen-address=127.0.0.1:{port}")
        jobs.append(job("node", f"127.0.0.1:{port}"))
        try:
            for program in "prometheus", "victoria-metrics":
                reader = Prometheus(folder, jobs, program=program)
                for name, text in texts.items():
                    match = f'{{job="{name}",__name__=~"tcpmem_.+"}}'
                    await_it(name, lambda: len(reader.series(match)) ==
                             len(parsed(text)))
                    equal_series(reader.series(match), text)
                print(f"# {program}: {len(texts)} expositions, "
                      f"{sum(map(len, map(parsed, texts.values())))} series, "
                      "each as exported")
        finally:
            end_all()


def test_rules_are_right():
    """promtool check rules, promtool test rules"""
    for args in (("check", "rules", "records.yml", "alerts.yml"),
                 ("check", "config", "--syntax-only", "scrape.yml"),
                 ("test", "rules", "tests.yml")):
        done = subprocess.run(["promtool", *args], capture_output=True,
                              cwd=DEPLOY + "/prometheus", encoding="utf-8")
        equal(done.returncode, 0, done.stdout + done.stderr)
    print("#", done.stdout.replace("\n", " ").strip())


# A program in a namespace of its own: COUNT connections, KIB unread in each
LOAD = """
import socket, sys, time
listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
kept = []
for _ in range(int(sys.argv[1])):
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    client.setblocking(False)
    try:
        client.send(b"x" * (int(sys.argv[2]) << 10))
    except BlockingIOError:
        pass
    kept += [client, server]
time.sleep(9999)
"""

# Its listening socket stays in the namespace that Prometheus is in.
ENTER = """
import ctypes, os, socket, subprocess, sys
sys.path.insert(0, sys.argv[1])
fd = int(sys.argv[2])
ctypes.CDLL(None).unshare(0x40000000)
import harness
harness.lo_up()
os.dup2(fd, 3)
os.set_inheritable(3, True)
loads = [subprocess.Popen(args.split("|")) for args in sys.argv[4:]]
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[3], [sys.argv[3], "--collect", "--web.systemd-socket",
                       "--netns", "self", "--group", "program"])
"""


def start_host(folder, loads):
    """An exporter and its loads; Return: its port"""
    listener = socket.create_server(("127.0.0.1", 0))
    cli = os.path.dirname(os.path.abspath(harness.__file__))
    start(sys.executable, "-c", ENTER, cli, str(listener.fileno()), EXPORTER,
          *("|".join((f"{folder}/{name}", f"{folder}/load.py", str(count),
                      str(kib))) for name, count, kib in loads),
          harness.TCPMEM, pass_fds=[listener.fileno()], process_group=0,
          env=dict(os.environ, PYTHONHOME=sys.base_prefix))
    port = listener.getsockname()[1]
    listener.close()
    return port


def end_hosts():
    for process in running:
        if process.args[0] == sys.executable:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 15)
    end_all()


def expressions():
    """(panel, expression) of the dashboard, its variables set"""
    with open(DEPLOY + "/grafana/dashboard.json", encoding="utf-8") as file:
        dashboard = json.load(file)
    assert "__inputs" not in dashboard and dashboard["id"] is None
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            text = target["expr"].replace("$__rate_interval", "1m")
            yield panel["title"], re.sub(r"\$\w+", ".*", text)


def simulated(text, number):
    """A recorded exposition as that of another host, which grows"""
    begin = time.monotonic()
    if number == SICK:
        limit = int(re.search(r"(?m)^tcpmem_orphan_limit (\d+)", text)[1])
        text = re.sub(r"(?m)^(tcpmem_orphan_sockets) \d+",
                      rf"\g<1> {limit * 2 // 5}", text)
    before, after = re.split(r"(?m)(?<=^tcpmem_kernel_memory_bytes) \d+", text)

    def make():
        grown = int((time.monotonic() - begin) * 4096) + number * 65536
        # what is older than ten minutes is in no record
        return re.sub(r"(?m)(?<=^tcpmem_collect_timestamp_seconds )\S+",
                      str(int(time.time())),
                      f"{before} {grown}{after}").encode()
    return make


def test_a_fleet_names_its_worst_host_and_program():
    random.seed(20)
    with tempfile.TemporaryDirectory() as folder, Pages() as pages:
        for name in "web", "db", "hoarder":
            shutil.copy(os.path.realpath(sys.executable), f"{folder}/{name}")
        with open(folder + "/load.py", "w", encoding="utf-8") as file:
            file.write(LOAD)
        worst = random.randrange(HOSTS)
        loads = [[("web", random.randint(1, 20), 1),
                  ("db", random.randint(1, 5), 16)] for _ in range(HOSTS)]
        loads[worst][0] = ("web", 400, 64)
        for number in random.sample(range(HOSTS), 15):
            if number != worst:
                loads[number].append(("hoarder", 60, 64))
        try:
            ports = [start_host(folder, load) for load in loads]
            fleet(folder, pages, ports, worst)
        finally:
            end_hosts()


def fleet(folder, pages, ports, worst):
    recorded = os.environ[RECORDED]
    for number in range(SIMULATED):
        pages.pages[f"/{number}"] = (TEXT, simulated(recorded, number))
    target = f"127.0.0.1:{pages.server_address[1]}"
    # one target, as many paths: a job of simulated hosts
    hosts = {"job_name": "simulated", "scrape_interval": "20s",
             "scrape_timeout": "20s", "static_configs": [
        {"targets": [target], "labels": {"__metrics_path__": f"/{number}",
                                         "instance": f"host{number}"}}
        for number in range(SIMULATED)]}
    alerts = os.path.join(folder, "alerts.yml")
    with open(DEPLOY + "/prometheus/alerts.yml", encoding="utf-8") as file:
        text = re.sub(r"(?m)^( +for:) .*", r"\1 0s", file.read())
    with open(alerts, "w", encoding="utf-8") as file:
        file.write(text)
    alertmanager = free_port()
    start("prometheus-alertmanager", f"--config.file={DEPLOY}/../tests/fleet/"
          "alertmanager.yml", f"--storage.path={folder}/am",
          "--cluster.listen-address=",
          f"--web.listen-address=127.0.0.1:{alertmanager}")
    reader = Prometheus(
        folder, [{"job_name": "fleet", "static_configs": [
            {"targets": [f"127.0.0.1:{port}" for port in ports]}]}, hosts],
        rules=(DEPLOY + "/prometheus/records.yml", alerts),
        alertmanager=alertmanager)
    name_the_worst(reader, ports, worst, folder)
    count_series(reader)
    evaluate_panels(reader)
    await_alert(alertmanager)


def name_the_worst(reader, ports, worst, folder):
    def ready():
        up = reader.query('count(tcpmem_collect_success{job="fleet"} == 1)')
        busy = reader.query(
            'count(tcpmem_group_sockets{job="fleet",group=~".*/hoarder"} > '
            '100)')
        return (up and busy and int(up[0]["value"][1]) == HOSTS and
                int(busy[0]["value"][1]) >= 14)
    await_it("all hosts", ready, 300)
    names = {"hosts": lambda row: row["metric"]["instance"],
             "groups": lambda row: row["metric"]["group"]}
    for what, right in (("hosts", f"127.0.0.1:{ports[worst]}"),
                        ("groups", folder + "/hoarder")):
        record = f'topk(1, job:tcpmem_held_bytes:topk10_{what}{{job="fleet"}})'
        await_it(f"the worst of {what}", lambda: [
            names[what](row) for row in reader.query(record)] == [right])
        found = reader.query(record)[0]["value"][1]
        print(f"# worst of {what}: {right.rpartition('/')[2]}, {found} bytes")


def count_series(reader):
    await_it("all simulated hosts", lambda: reader.query(
        'count(tcpmem_complete{job="simulated"})')[0]["value"][1] ==
             str(SIMULATED))
    for name in "fleet", "simulated":
        counts = [int(row["value"][1]) for row in reader.query(
            f'count by (instance) ({{job="{name}",__name__=~"tcpmem_.+|'
            'process_.+"})')]
        assert max(counts) <= 500, counts
        print(f"# {name}: {len(counts)} hosts, {min(counts)} to {max(counts)} "
              "series each")
    print(f"# {len(os.environ[RECORDED])} bytes of text a scrape")
    equal(len(counts), SIMULATED)


def evaluate_panels(reader):
    panels = list(expressions())
    for title, text in panels:
        await_it(f"{title}: {text}", lambda: reader.query(text), 60)
    print(f"# {len(panels)} expressions of the dashboard return rows")


def await_alert(port):
    """The one simulated host that has many orphans, and no other"""
    def hosts():
        url = f"http://127.0.0.1:{port}/api/v2/alerts"
        return {alert["labels"]["instance"] for alert in json.loads(get(url))
                if alert["labels"]["alertname"] == "TcpmemOrphans"}
    equal(await_it("the alert", hosts), {f"host{SICK}"})
    print(f"# alertmanager has TcpmemOrphans of host{SICK}")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    # tcp_mem can be read in the first namespace only
    os.environ.setdefault(RECORDED, subprocess.run(
        [sys.argv[1], "export", "--group", "program"], check=True,
        capture_output=True, encoding="utf-8").stdout)
    harness.enter_netns()
    harness.main({name: value for name, value in globals().items()
                  if getattr(value, "__module__", "") == "__main__"})
