# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_pprof - explain --pprof, of recorded texts, hostile servers, a program

	test_pprof.py TCPMEM WITH-LIBCURL TEXTS [GO-SERVER]
"""

import http.server
import json
import os
import subprocess
import sys
import threading
import time

import harness
from containers import Container
from harness import Child, Skip, answer, contains, equal, output, run
from test_cgroups import Group

HAVE_CURL = sys.argv[2] == "true"
TEXTS = sys.argv[3]
GO_SERVER = sys.argv[4] if len(sys.argv) > 4 else None


def text(name):
    with open(f"{TEXTS}/{name}.txt", "rb") as file:
        return file.read()


def recorded(request):
    """What a Go program with 64 MiB of heap and 100 goroutines has served"""
    name = request.path.rpartition("/")[2]
    if name not in ("heap?debug=1", "goroutine?debug=1"):
        request.send_error(404)
        return
    request.send_response(200)
    request.end_headers()
    request.wfile.write(text(name.partition("?")[0]))


class Server:
    """An HTTP server that answers as it is told, until the end of the with"""

    def __init__(self, respond):
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                try:
                    respond(self)
                except OSError:
                    pass

            def log_message(self, *args):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.http.server_port

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.http.shutdown()
        self.http.server_close()


def explain(url, **how):
    return run("explain", str(os.getpid()), "--pprof", url, **how)


def refused(respond, *parts):
    with Server(respond) as server:
        done = explain(server.url)
    equal(done.returncode, 1, done.stderr)
    equal(done.stdout, "")
    for part in parts:
        contains(done.stderr, part)
    return done


def test_recorded_texts_stand_beside_rss():
    with Server(recorded) as server:
        process = answer("explain", str(os.getpid()), "--pprof",
                         server.url)["processes"][0]
        shown = output("explain", str(os.getpid()), "--pprof", server.url)
    equal(server.asked[:2], ["/debug/pprof/heap?debug=1",
                             "/debug/pprof/goroutine?debug=1"])
    go = process["go"]
    equal(go["goroutines"], 103)
    equal(go["heap_alloc_bytes"], 67330720)
    equal(go["heap_inuse_bytes"], 67969024)
    equal(go["advice"], None)
    equal(go["heap_idle_bytes"], 2777088)
    equal(go["heap_released_bytes"], 2768896)
    equal(go["stack_inuse_bytes"], 557056)
    equal(go["kept_bytes"], go["heap_inuse_bytes"] + go["heap_idle_bytes"] -
          go["heap_released_bytes"] + go["stack_inuse_bytes"] +
          go["tables_bytes"])
    equal(go["rss_rest_bytes"],
          process["memory"]["rss_bytes"] - go["kept_bytes"])
    contains(shown, "Go runtime")
    for name in go.keys() - {"advice"}:
        contains(shown, "\n  " + name.removesuffix("_bytes") + " ")
    contains(shown, "the runtime has reserved untouched pages")


def grown(request):
    """The same, with an idle heap that dwarfs what is in use"""
    name = request.path.rpartition("/")[2].partition("?")[0]
    body = text(name).replace(b"# HeapIdle = 2777088",
                              b"# HeapIdle = 277708800")
    request.send_response(200)
    request.end_headers()
    request.wfile.write(body)


def test_an_idle_heap_is_told_of():
    with Server(grown) as server:
        process = answer("explain", str(os.getpid()), "--pprof",
                         server.url)["processes"][0]
        contains(output("explain", str(os.getpid()), "--pprof", server.url),
                 "GOMEMLIMIT")
    contains(process["go"]["advice"], "GOMEMLIMIT")


def test_a_heap_near_the_limit_of_its_cgroup_is_told_of():
    """It keeps 69 MiB"""
    with Group() as group, Server(recorded) as server:
        group.write("memory.max" if group.version == "v2" else
                    "memory.limit_in_bytes", 80 << 20)
        child = Child(lambda: group.write("cgroup.procs", 0))
        try:
            process = answer("explain", str(child.pid), "--pprof",
                             server.url)["processes"][0]
        finally:
            child.end()
    contains(process["go"]["advice"], "more than 80 % of the cgroup's limit")


def test_a_program_elsewhere_is_asked_where_it_is():
    """tcpmem.1: a loopback address "is that of the program's network
    namespace" """
    container = Container()
    try:
        server = container.do(lambda: Server(recorded))
        with server:
            done = run("explain", container.spec, "--pprof", server.url,
                       "--netns", "self", "-J")
            equal(done.returncode, 0, done.stderr)
            go = json.loads(done.stdout)["processes"][0]["go"]
            equal(go["goroutines"], 103)
            # here nobody listens there
            equal(explain(server.url).returncode, 1)
    finally:
        container.end()


def test_without_it_nothing_is_said():
    equal(answer("explain", str(os.getpid()))["processes"][0]["go"], None)


def test_a_path_of_ones_own_is_kept():
    with Server(recorded) as server:
        done = explain(server.url + "/x/pprof/")
    equal(done.returncode, 0, done.stderr)
    equal(server.asked[0], "/x/pprof/heap?debug=1")


def test_other_urls_are_refused():
    for url in ("file:///etc/passwd", "ftp://127.0.0.1/", "gopher://x/", ""):
        done = explain(url)
        equal(done.returncode, 2, url)
        contains(done.stderr, "an http or https URL is needed")


def test_redirections_are_not_followed():
    def away(request):
        request.send_response(302)
        request.send_header("Location", "file://" + TEXTS + "/heap.txt")
        request.end_headers()

    refused(away, "no profile of a Go program")


def test_what_is_no_profile_is_refused():
    def page(request):
        request.send_response(200)
        request.end_headers()
        request.wfile.write(b"<html>\x1b[31m</html>")

    refused(page, "no profile of a Go program")
    refused(lambda request: request.send_error(404), "heap", "404")


def test_an_endless_answer_is_refused():
    def endless(request):
        request.send_response(200)
        request.end_headers()
        while True:
            request.wfile.write(b"x" * (1 << 20))

    # on a slow machine time is up first
    done = refused(endless, "heap")
    assert "longer than 64 MiB" in done.stderr or "timed out" in done.stderr


def test_an_answer_that_does_not_end_in_time_is_refused():
    def slow(request):
        request.send_response(200)
        request.end_headers()
        for _ in range(600):
            request.wfile.write(b"x")
            time.sleep(0.1)

    refused(slow, "heap")


def test_the_time_is_for_all_of_it():
    """10 seconds are the most for all of it: each half alone has enough"""
    def half(request):
        time.sleep(6)
        recorded(request)

    done = refused(half)
    assert "timed out" in done.stderr, done.stderr


LOOPBACK = ("127.0.0.1", "127.0.0.2", "127.1", "2130706433", "localhost",
            "LOCALHOST.", "go.localhost", "0.0.0.0", "[::1]", "[::]",
            "[::ffff:127.0.0.1]")


def through_proxy(proxy, host, variable):
    env = {"no_proxy": "", "NO_PROXY": "", variable: proxy.url}
    asked = len(proxy.asked)
    explain(f"http://{host}:1", env=env)
    return len(proxy.asked) > asked


def test_loopback_never_goes_through_a_proxy():
    with Server(recorded) as proxy:
        for variable in "http_proxy", "all_proxy":
            for host in LOOPBACK:
                assert not through_proxy(proxy, host, variable), host
            for host in "192.0.2.1", "localhost.example", "[2001:db8::1]":
                assert through_proxy(proxy, host, variable), host


def test_names_of_loopback_in_the_hosts_file():
    with open("/etc/hosts", encoding="utf-8") as file:
        lines = [line.split("#")[0].split() for line in file]
    names = [name for words in lines if words[:1] == ["127.0.0.1"]
             for name in words[1:]]
    with Server(recorded) as proxy:
        for name in names:
            assert not through_proxy(proxy, name, "http_proxy"), name


def test_a_server_that_is_not_there_is_an_error():
    done = explain("http://127.0.0.1:1")
    equal(done.returncode, 1)
    contains(done.stderr, "127.0.0.1" if HAVE_CURL else
             "built without libcurl")


def test_a_go_program():
    """RSS is what the runtime keeps and the program itself"""
    if not GO_SERVER:
        raise Skip("no Go compiler when this was configured")
    server = subprocess.Popen([GO_SERVER, "4", "8126"], text=True,
                              stdout=subprocess.PIPE)
    try:
        equal(server.stdout.readline(), "ready\n")
        process = answer("explain", str(server.pid), "--pprof",
                         "http://127.0.0.1:8126")["processes"][0]
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    go, memory = process["go"], process["memory"]
    assert go["goroutines"] >= 100, go
    assert go["heap_inuse_bytes"] >= 64 << 20, go
    assert abs(go["rss_rest_bytes"]) < memory["rss_bytes"] / 2, (go, memory)
    assert process["tcp"]["buffer_bytes"] > 1 << 20, process["tcp"]
    print(f"# RSS {memory['rss_bytes']}, kept {go['kept_bytes']}, rest "
          f"{go['rss_rest_bytes']}, TCP held {process['tcp']['held_bytes']}")


def with_curl(case):
    def run_it():
        if not HAVE_CURL:
            raise Skip("built without libcurl")
        case()
    return run_it


WITHOUT_CURL = ("test_without_it_nothing_is_said",
                "test_a_server_that_is_not_there_is_an_error")


if __name__ == "__main__":
    harness.enter_netns()
    harness.main({name: case if name in WITHOUT_CURL else with_curl(case)
                  for name, case in globals().items()
                  if name.startswith("test_")})
