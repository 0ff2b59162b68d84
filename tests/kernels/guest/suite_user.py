# SPDX-License-Identifier: LGPL-2.1-or-later
"""suite_user.py - without rights: all of the own namespace, and what not"""
import kit
import sockets

NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}
OBJECTS_APART = 0.03


def rows(**who):
    return {row["cookie"]: tuple(row[f] for f in sockets.FIELDS[:-1])
            for row in kit.answer("sockets", **who)["rows"] if row["cookie"]}


def same_sockets():
    for _ in range(3):
        root, user = rows(), rows(**NOBODY)
        # those that root finds by their fd alone are in no dump
        wrong = [c for c in user if root.get(c) != user[c]]
        if user and not wrong:
            return None
    return "%d sockets, %s" % (len(user), wrong)


def says_what_it_cannot_see():
    answer = kit.answer("by", "process", **NOBODY)
    codes = [warning["code"] for warning in answer["warnings"]]
    if answer["complete"] or "fds-unreadable" not in codes:
        return "complete %s, warnings %s" % (answer["complete"], codes)
    return None


def objects(**who):
    return {o["name"]: (o["bytes"], o["source"])
            for o in kit.answer("summary", **who)["objects"]}


def same_objects():
    """What an object costs does not depend on who asks"""
    root, user = objects(), objects(**NOBODY)
    wrong = ["%s %s, as root %s" % (name, user[name], root[name])
             for name in root if abs(user[name][0] - root[name][0]) >
             OBJECTS_APART * root[name][0]]
    return "; ".join(wrong)


def bpf_is_refused():
    done = kit.command("ps", "--holders=bpf", **NOBODY)
    if done.returncode != 1 or not ("CAP_BPF" in done.stderr or
                                    "Linux 6.1" in done.stderr):
        return "exit %d: %s" % (done.returncode, done.stderr)
    return None


def run():
    scenes = []
    for variant in sockets.VARIANTS:
        scene = sockets.Scene(variant)
        try:
            sockets.full(scene)
            sockets.unaccepted(scene)
        except OSError:
            continue
        scenes.append(scene)
    kit.case("the own namespace's sockets", same_sockets)
    kit.case("processes", says_what_it_cannot_see)
    kit.case("objects as root counts them", same_objects)
    kit.case("--holders=bpf", bpf_is_refused)
    for scene in scenes:
        scene.close()
