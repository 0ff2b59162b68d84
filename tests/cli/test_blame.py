# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_blame - who holds others up: chains, cycles, and innocent processes"""

import contextlib
import os
import re
import signal
import socket
import tempfile
import threading
import time

import harness
from containers import Container, Program, join
from deaf import Deaf
from harness import Skip, answer, contains, equal, output, run

PIECE = b"x" * 65536


MPTCP = 262


def listen(host="127.0.0.1", proto=0):
    listener = socket.socket(proto=proto)
    listener.bind((host, 0))
    listener.listen()
    return listener


def connect(to, proto=0):
    client = socket.socket(proto=proto)
    client.connect(to)
    return client


def aside(loop):
    def until_the_end():
        with contextlib.suppress(OSError):
            loop()
    threading.Thread(target=until_the_end, daemon=True).start()


def write_for_ever(to):
    while True:
        to.sendall(PIECE)


def pass_on(source, to):
    while True:
        to.sendall(source.recv(len(PIECE)))


def read_for_ever(source, size=len(PIECE), pause=0.0):
    while source.recv(size):
        time.sleep(pause)


class Scene:
    """Programs, which end with it"""

    def __enter__(self):
        self.programs = []
        self.pid = {}
        return self

    def __exit__(self, *error):
        # all at once: one that outlives another would say so
        for program in self.programs:
            os.kill(program.pid, signal.SIGKILL)
        for program in self.programs:
            os.waitpid(program.pid, 0)

    def start(self, name, setup, container=None):
        program = Program(name, setup, container)
        self.programs.append(program)
        self.pid[name] = program.pid

    def sink(self, name, host="127.0.0.1", container=None, accepts=1, proto=0,
             **how):
        """Accepts, and reads nothing, or slowly. Returns where it listens."""
        listener = (container.do if container else lambda f: f())(
            lambda: listen(host, proto))

        def setup():
            kept = [listener]

            def serve():
                for _ in range(accepts):
                    kept.append(listener.accept()[0])
                    if how:
                        aside(lambda: read_for_ever(kept[-1], **how))
            aside(serve)
            return kept
        self.start(name, setup, container)
        where = listener.getsockname()
        listener.close()
        return where

    def relay(self, name, to, host="127.0.0.1", container=None, proto=0):
        """Reads what it has written on, and no more"""
        listener = (container.do if container else lambda f: f())(
            lambda: listen(host))

        def setup():
            out = connect(to, proto)
            aside(lambda: pass_on(listener.accept()[0], out))
            return out, listener
        self.start(name, setup, container)
        where = listener.getsockname()
        listener.close()
        return where

    def sharing_relay(self, name, to):
        """Its child has what it reads from, too"""
        listener = listen()

        def serve():
            source, parent = listener.accept()[0], os.getpid()
            if os.fork() == 0:
                while os.getppid() == parent:
                    time.sleep(0.05)
                os._exit(0)
            pass_on(source, connect(to))
        self.start(name, lambda: aside(serve))
        where = listener.getsockname()
        listener.close()
        return where

    def source(self, name, *tos, container=None):
        """Writes to each as much as goes"""
        def setup():
            kept = [socket.create_connection(to) for to in tos]
            for to in kept:
                aside(lambda to=to: write_for_ever(to))
            return kept
        self.start(name, setup, container)

    def named(self, *names):
        return {f"{name}[{self.pid[name]}]" for name in names}


def names(members):
    return {member["name"] for member in members}


def chains_when(wanted, *args, **how):
    """The chains, when there are as many: queues fill, and have to stand"""
    deadline = time.monotonic() + harness.patience(60)
    while True:
        data = answer("blame", *args, **how)
        if len(data["chains"]) == wanted:
            return data["chains"]
        assert time.monotonic() < deadline, data


def standing_chain(held_up):
    """The only chain, when it has so many and nothing moves any more

    What a window has room for goes out when the probe timer ends.
    """
    while True:
        chain = chains_when(1)[0]
        moves = any(part["bytes_per_second"]
                    for part in chain["culprits"] + chain["links"])
        if len(chain["held_up"]) >= held_up and not moves:
            return chain


def save_standing(wanted, file):
    """A capture in which queues have stood long enough to be judged by it"""
    deadline = time.monotonic() + harness.patience(60)
    while True:
        output("save", file, "--info")
        data = answer("blame", "--from", file)
        if len(data["chains"]) == wanted:
            return
        assert time.monotonic() < deadline, data


def check_ends(scene, chain, culprits, victims):
    equal(names(chain["culprits"]), scene.named(*culprits))
    equal(names(chain["held_up"]), scene.named(*victims))
    equal(chain["cycle"], len(culprits) > 1)
    equal(chain["buffer_bytes"],
          sum(member["buffer_bytes"]
              for member in chain["culprits"] + chain["held_up"]))


def check_chain(length):
    """source, relays, sink: who is written to last is at the end"""
    order = [f"p{i}" for i in range(length)]
    with Scene() as scene:
        where = scene.sink(order[-1])
        for name in reversed(order[1:-1]):
            where = scene.relay(name, where)
        scene.source(order[0], where)
        chain = chains_when(1)[0]
        while len(chain["held_up"]) < length - 1:
            chain = chains_when(1)[0]
        check_ends(scene, chain, order[-1:], order[:-1])
        equal([member["distance"] for member in chain["held_up"]],
              list(range(1, length)))
        equal(chain["culprits"][0]["bytes_per_second"], 0)
        equal({(link["from"], link["to"]) for link in chain["links"]},
              {tuple(next(iter(scene.named(name))) for name in pair)
               for pair in zip(order, order[1:])})


def test_a_chain_of_two():
    check_chain(2)


def test_a_chain_of_three():
    check_chain(3)


def test_a_chain_of_five():
    check_chain(5)


def test_a_chain_over_mptcp():
    """Between msks, once for all subflows; who reads them is in no chain"""
    try:
        listen(proto=MPTCP).close()
    except OSError as why:
        raise Skip(f"no MPTCP: {why}")
    with Scene() as scene:
        where = scene.sink("end", proto=MPTCP)
        scene.source("begin", scene.relay("middle", where, proto=MPTCP))
        if all(row["received_bytes"] is None for row in
               answer("sockets", "protocol = mptcp", "-o",
                      "+bytes_received")["rows"]):
            raise Skip("Linux before 6.5 does not say what an msk received")
        chain = standing_chain(2)
        check_ends(scene, chain, ["end"], ["middle", "begin"])
        equal([link["connections"] for link in chain["links"]], [1, 1])


def test_text_says_who_and_whom():
    """DESIGN: "chains of processes that hold each other up, and who is at the
    end" """
    with Scene() as scene:
        scene.source("web", scene.relay("proxy", scene.sink("slow")))
        standing_chain(2)
        text = output("blame")
        first = text.splitlines()[0]
        contains(first, f"slow[{scene.pid['slow']}] reads 0B/s -> holds up "
                 f"proxy[{scene.pid['proxy']}] ")
        contains(first, f", web[{scene.pid['web']}] ")
        contains(text, f"web[{scene.pid['web']}] waits for "
                 f"proxy[{scene.pid['proxy']}] on 1 connection: ")
        waits = next(line for line in text.splitlines()
                     if f"web[{scene.pid['web']}] waits" in line)
        assert re.search(r" unsent, \S+ unread, 0B/s taken$", waits), waits
        # a filter leaves out chains without a socket that matches
        equal(len(chains_when(1, "comm = web")), 1)
        equal(chains_when(0, "comm = nobody"), [])


def test_over_two_containers():
    """A chain that goes from one to the other, and back"""
    one, two = Container(), Container()
    join(one, "10.78.0.1", two, "10.78.0.2")
    scope = ["--netns", one.spec, "--netns", two.spec]
    try:
        with Scene() as scene:
            where = scene.sink("end", "10.78.0.1", one)
            where = scene.relay("middle", where, "10.78.0.2", two)
            scene.source("begin", where, container=one)
            chain = chains_when(1, *scope)[0]
            while len(chain["held_up"]) < 2:
                chain = chains_when(1, *scope)[0]
            check_ends(scene, chain, ["end"], ["middle", "begin"])
            # of one container alone, the other end is an address
            half = chains_when(1, "--netns", two.spec)[0]
            equal([member["kind"] for member in half["culprits"]], ["unknown"])
            equal(names(half["held_up"]), scene.named("middle"))
    finally:
        one.end()
        two.end()


def test_over_mptcp_to_a_reader_elsewhere():
    """Its process is named; where it is not looked for, its address is"""
    try:
        listen(proto=MPTCP).close()
    except OSError as why:
        raise Skip(f"no MPTCP: {why}")
    one, two = Container(), Container()
    join(one, "10.79.0.1", two, "10.79.0.2")
    scope = ["--netns", one.spec, "--netns", two.spec]
    try:
        with Scene() as scene:
            where = scene.sink("end", "10.79.0.1", one, proto=MPTCP)
            scene.source("begin", scene.relay("middle", where, "10.79.0.2",
                                              two, proto=MPTCP),
                         container=two)
            if all(row["received_bytes"] is None for row in
                   answer("sockets", "protocol = mptcp", "-o",
                          "+bytes_received", *scope)["rows"]):
                raise Skip("Linux before 6.5 does not say what an msk received")
            for here, culprits in ((scope, scene.named("end")),
                                   (scope[2:], {"10.79.0.1"})):
                chain = chains_when(1, *here)[0]
                while len(chain["held_up"]) < 2:
                    chain = chains_when(1, *here)[0]
                equal({name.rsplit(":", 1)[0]
                       for name in names(chain["culprits"])}, culprits)
                equal(names(chain["held_up"]), scene.named("middle", "begin"))
    finally:
        one.end()
        two.end()


def test_three_victims_of_one_culprit_are_one_chain():
    with Scene() as scene:
        where = scene.sink("slow", accepts=3)
        for name in ("a", "b", "c"):
            scene.source(name, where)
        chain = chains_when(1)[0]
        while len(chain["held_up"]) < 3:
            chain = chains_when(1)[0]
        check_ends(scene, chain, ["slow"], ["a", "b", "c"])


def test_two_culprits_share_by_bytes():
    """blame.h: "Where there are several, bytes are shared as they wait" """
    with Scene() as scene, tempfile.TemporaryDirectory() as home:
        scene.source("web", scene.sink("one"), scene.sink("two"))
        chains_when(2)
        save_standing(2, home + "/a")
        chains = answer("blame", "--from", home + "/a")["chains"]
        equal(sorted(member["comm"] for chain in chains
                     for member in chain["culprits"]), ["one", "two"])
        for chain in chains:
            equal(names(chain["held_up"]), scene.named("web"))
        queued = sum(row["wmem_queued_bytes"] for row in
                     answer("sockets", "comm = web", "--from",
                            home + "/a")["rows"])
        equal(sum(chain["held_up"][0]["buffer_bytes"] for chain in chains),
              queued)


def test_a_cycle_is_called_one():
    with Scene() as scene:
        listener = listen()
        where = listener.getsockname()

        def write_first(s):
            aside(lambda: write_for_ever(s))
            return s
        scene.start("left", lambda: aside(
            lambda: write_for_ever(listener.accept()[0])))
        scene.start("right",
                    lambda: write_first(socket.create_connection(where)))
        listener.close()
        chain = chains_when(1)[0]
        while not chain["cycle"]:
            chain = chains_when(1)[0]
        check_ends(scene, chain, ["left", "right"], [])
        contains(output("blame"), " wait for each other")


def test_who_shares_what_waits_is_a_link():
    with Scene() as scene:
        scene.source("web", scene.sharing_relay("proxy", scene.sink("slow")))
        chain = chains_when(1)[0]
        while not [e for e in chain["links"] if not e["connections"]]:
            chain = chains_when(1)[0]
        contains(" ".join(output("blame").split()),
                 f" waits for proxy[{scene.pid['proxy']}]: they share sockets ")


def test_who_does_not_accept():
    with Scene() as scene:
        scene.source("web", scene.sink("deaf", accepts=0))
        check_ends(scene, chains_when(1)[0], ["deaf"], ["web"])


def test_a_slow_reader_has_a_rate():
    """What is taken is measured: 1,000 bytes 20 times a second"""
    with Scene() as scene:
        scene.source("web", scene.sink("slow", size=1000, pause=0.05))
        chain = chains_when(1, "--for", "2s")[0]
        check_ends(scene, chain, ["slow"], ["web"])
        rate = chain["culprits"][0]["bytes_per_second"]
        assert 0 < rate <= 30000, chain


def test_nobody_is_blamed_for_being_busy():
    """No chain where all is read: in bulk, and in small requests"""
    def echo(listener):
        def serve(s):
            while s.sendall(s.recv(100) or exit()) is None:
                pass
        while True:
            s = listener.accept()[0]
            aside(lambda s=s: serve(s))

    def ask(where):
        s = socket.create_connection(where)
        while True:
            s.sendall(b"x" * 100)
            s.recv(100)

    with Scene() as scene:
        scene.source("bulk", scene.sink("reader", size=1 << 20))
        listener = listen()
        where = listener.getsockname()
        scene.start("server", lambda: aside(lambda: echo(listener)))
        listener.close()
        for i in range(4):
            scene.start(f"client{i}", lambda: aside(lambda: ask(where)))
        busy = [pid for name, pid in scene.pid.items() if name != "bulk"]
        for pid in busy:
            harness.await_receiving(pid)
        before = {pid: harness.received(pid) for pid in busy}
        for _ in range(5):
            equal(answer("blame")["chains"], [])
        for pid in busy:
            assert harness.receives_more(pid, before[pid]), scene.pid
        contains(output("blame"), "Nobody")


def test_captures_are_one_look_or_two():
    """blame.h: "with only one ... no rate is known" """
    with Scene() as scene, tempfile.TemporaryDirectory() as home:
        scene.source("web", scene.relay("proxy", scene.sink("slow")))
        standing_chain(2)
        first, second = home + "/a", home + "/b"
        for file in first, second:
            save_standing(1, file)
        for args in (["--from", second], ["--since", first, "--from", second],
                     ["--since", second, "--from", first]):
            data = answer("blame", *args)
            equal(len(data["chains"]), 1, args)
            check_ends(scene, data["chains"][0], ["slow"], ["web", "proxy"])
            equal(data["chains"][0]["culprits"][0]["bytes_per_second"],
                  None if len(args) == 2 else 0)
            equal(data["elapsed_seconds"] is None, len(args) == 2)
        text = output("blame", "--from", first)
        contains(text, "rates are not known")
        assert "/s taken" not in text, text
        equal(run("blame", "--since", first).returncode, 2)


def test_explain_shows_the_chain_of_a_process():
    """tcpmem.1: "the chains that it is in stand below" """
    with Scene() as scene:
        scene.source("web", scene.relay("proxy", scene.sink("slow")))
        scene.source("other", scene.sink("idler"))
        while sum(len(chain["held_up"]) for chain in chains_when(2)) < 3:
            pass
        for name in "web", "proxy", "slow":
            pid = str(scene.pid[name])
            process = answer("explain", pid)["processes"][0]
            equal(len(process["chains"]), 1)
            check_ends(scene, process["chains"][0], ["slow"], ["web", "proxy"])
            ends = "; ".join(finding["text"] for finding in
                             process["findings"])
            contains(ends, "; 1 to 127.0.0.1:")
            contains(ends, f" = proxy[{scene.pid['proxy']}] on this host"
                     if name != "proxy" else
                     f" = slow[{scene.pid['slow']}] on this host")
            contains(output("explain", pid), "Chains that it is in\n"
                     f"slow[{scene.pid['slow']}] reads 0B/s -> holds up ")
        equal(answer("explain", pid, "--filter",
                     "sport = :1")["processes"][0]["chains"],
              None)
        equal(answer("explain", str(os.getpid()))["processes"][0]["chains"],
              [])


def test_what_was_not_measured_is_said():
    """A capture without tcp_info proves nothing"""
    with Scene() as scene, tempfile.TemporaryDirectory() as home:
        scene.source("web", scene.sink("slow"))
        chains_when(1)
        output("save", home + "/a")
        data = answer("blame", "--from", home + "/a")
        equal(data["chains"], [])
        equal(data["unmeasured_connections"], 1)
        contains(output("blame", "--from", home + "/a"), "not all is known")


def test_who_is_outside_is_an_address():
    """tcpmem.1: "an address that no socket of this host has" """
    try:
        deaf = Deaf("10.79.0.1")
    except OSError as error:
        raise Skip(f"no tun device can be made: {error}")
    aside(deaf.serve)
    with Scene() as scene:
        where = "10.79.0.2", 9
        scene.source("web", scene.relay("proxy", where))
        chain = standing_chain(2)
        # with --netns self it may be in another namespace
        equal([(member["name"], member["kind"], member["bytes_per_second"])
               for member in chain["culprits"]], [("10.79.0.2:9", "unknown", 0)])
        equal(names(chain["held_up"]), scene.named("web", "proxy"))
        data = answer("blame", "comm = proxy", scoped=False)
        if not data["unseen"]:
            equal([(member["name"], member["kind"]) for chain in data["chains"]
                   for member in chain["culprits"]],
                  [("10.79.0.2:9", "absent")])
    os.close(deaf.fd)


if __name__ == "__main__":
    harness.enter_netns()
    harness.main(globals())
