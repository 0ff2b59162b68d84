# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_owners - past owners: named right, or not at all"""

import os
import sys

import harness
from harness import equal

sys.path.append(os.path.join(os.path.dirname(__file__), "../owners"))
import owners


def test_no_source_names_a_wrong_one():
    """"for each source how many TIME_WAITs and orphans are named right, wrong
    (must be 0), unknown\""""
    scores, truth, total = owners.run(harness.TCPMEM, *programs, 400, 2)
    for name, score in scores.items():
        equal(score.of("wrong"), 0, (name, list(score.rows())))
    looks = {row[1] for row in scores["looks"].rows()}
    equal(looks - {"-"}, {"memory", "listener"})
    if not total["hooks"]:
        raise harness.Skip("no program can be attached to a cgroup (v2)")
    equal([row for row in scores["hooks"].rows() if row[1] != "exact"], [])
    assert scores["hooks"].of("right") >= len(truth) // 2, truth
    equal(scores["watch"].of("right") + total["lost_total"] >= len(truth) * 0.9,
          True, list(scores["watch"].rows()))


harness.enter_netns()
programs = sys.argv[2:4]
harness.main(globals())
