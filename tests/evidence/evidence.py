# SPDX-License-Identifier: LGPL-2.1-or-later
"""evidence - guilty and innocent processes side by side: what explain says

evidence.py TCPMEM                      synthetic readers and nginx, as TAP
evidence.py TCPMEM --runs N [SCENE...]  real servers too, and a table of how
                                        often each was judged right

Each scene has a network namespace of its own. A scene names for each process
what has to be said of it and what may be said besides; of an innocent one
nothing may. Load of the other scenes and of the machine is part of it.
"""

import argparse
import collections
import glob
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../cli"), os.path.join(HERE, "../leaks")]
import harness  # noqa: E402: it stands with the command's tests
import servers  # noqa: E402
import synthetic  # noqa: E402
from scene import Scene  # noqa: E402

SCENES = {
    "readers": synthetic.scene_readers,
    "nginx-under-load": servers.scene_nginx_under_load,
    "nginx-deaf-client": servers.scene_nginx_and_a_deaf_client,
    "orphans-of-others": servers.scene_orphans_of_others,
    "iperf3": servers.scene_iperf3,
    "haproxy-deaf-client": servers.scene_haproxy_and_a_deaf_client,
    "postgres": servers.scene_postgres,
    "redis-pubsub": servers.scene_redis,
    "node-close-wait": servers.scene_node_close_wait,
    "java-close-wait": servers.scene_java_close_wait,
    "go-body-leak": servers.scene_go_body_leak,
    "websocket-ramp-up": servers.scene_websocket_ramp_up,
    "pool-fill": servers.scene_pool_fill,
    "idle-streams": synthetic.scene_idle_streams,
    "reader-every-10-s": synthetic.scene_reader_every_10_s,
    "stopped": synthetic.scene_stopped,
    "half-closed": synthetic.scene_half_closed,
    "splice": synthetic.scene_splice,
    "urgent": synthetic.scene_urgent,
    "accept-queue": synthetic.scene_accept_queue,
    "forked": synthetic.scene_forked,
    "bursts": synthetic.scene_bursts,
    "two-culprits": synthetic.scene_two_culprits,
    "frozen": synthetic.scene_frozen,
    "small-buffers": synthetic.scene_small_buffers,
    "little-to-send": synthetic.scene_little_to_send,
    "pipelined-redis": synthetic.scene_pipelined_redis,
    "slow-upstream": synthetic.scene_slow_upstream,
    "in-flight": synthetic.scene_in_flight,
    "prefork": synthetic.scene_prefork,
    "player": synthetic.scene_player,
}
SHORT = "readers", "nginx-under-load", "nginx-deaf-client"


def words_of(pid, watched):
    """What is said: the codes of findings, or the verdict after some time"""
    if watched:
        data = harness.answer("explain", str(pid), "--every", "250ms",
                              "--for", "12s")
        verdict = data["processes"][0]["growth"]["verdict"]
        return {verdict} - {None, "churn", "steady"}, verdict
    process = harness.answer("explain", str(pid))["processes"][0]
    return ({f["code"] for f in process["findings"]},
            "; ".join(f["text"] for f in process["findings"]))


def is_right(words, must, may):
    """@must: of words with a | between them at least one"""
    either = [set(word.split("|")) for word in must]
    return all(words & one for one in either) and words <= may.union(*either)


def look_at(scene, runs):
    """Each role so often: what was said, and whether that is right"""
    results = []
    for name, (pid, must, may) in scene.roles.items():
        watched = name.endswith("watched")
        right, said = 0, collections.Counter()
        text = ""
        for _ in range(runs):
            words, text = words_of(pid, watched)
            right += is_right(words, must, may)
            said[" ".join(sorted(words)) or "nothing"] += 1
            time.sleep(0 if watched else 0.2)
        results.append({"role": name, "right": right, "said": dict(said),
                        "must": sorted(must), "text": text})
    return results


def run_scene(name, runs, settle):
    """In a namespace of its own, which this process is already in"""
    scene = Scene()
    try:
        kept = SCENES[name](scene)
        time.sleep(settle)
        results = look_at(scene, runs)
        del kept
    finally:
        scene.end()
    return results


def run_apart(command, name, runs, settle):
    """run_scene() in a new network namespace"""
    done = subprocess.run(
        ["unshare", "-n", sys.executable, __file__, command, "--scene", name,
         "--runs", str(runs), "--settle", str(settle)],
        env=dict(os.environ, **{harness.MARK: "1"}),
        stdout=subprocess.PIPE, encoding="utf-8")
    assert done.returncode == 0, f"{name} did not run"
    return json.loads(done.stdout)


def table(command, names, runs):
    total = wrong = 0
    print(f"{'scene':<20} {'process':<18} {'has to be said':<16} "
          f"{'right':>7}  said")
    for name in names:
        for row in run_apart(command, name, runs, 3):
            said = ", ".join(f"{word}: {count}"
                             for word, count in row["said"].items())
            print(f"{name:<20} {row['role']:<18} "
                  f"{' '.join(row['must']) or 'nothing':<16} "
                  f"{row['right']:>3}/{runs:<3}  {said}", flush=True)
            total += runs
            wrong += runs - row["right"]
    print(f"{total - wrong} of {total} right")
    return wrong


def short(command, name):
    for row in run_apart(command, name, 1, 2.5):
        assert row["right"] == 1, row


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("scenes", nargs="*")
    parser.add_argument("--runs", type=int, default=0)
    parser.add_argument("--scene")
    parser.add_argument("--settle", type=float, default=0)
    args = parser.parse_intermixed_args()
    if args.scene:
        harness.lo_up()
        print(json.dumps(run_scene(args.scene, args.runs, args.settle)))
    elif args.runs:
        sys.exit(table(args.command, args.scenes or SCENES, args.runs) > 0)
    else:
        harness.main({"test_" + name.replace("-", "_"):
                      lambda name=name: short(args.command, name)
                      for name in SHORT})


if __name__ == "__main__":
    # where Debian and its kin have the server
    os.environ["PATH"] = ":".join([os.environ["PATH"], *glob.glob(
        "/usr/lib/postgresql/*/bin")])
    if os.geteuid() != 0:
        harness.skip_all("not root: servers and namespaces cannot be made")
    main()
