# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_report - a page of HTML about captures, in words and pictures"""

import os
import re
import sqlite3
import subprocess
import tempfile
import time
import xml.etree.ElementTree as tree

import harness
from capture_file import of_another_boot
from harness import answer, contains, equal, output, run
from recorder import Recorder, wait

HOSTILE = "<b>&\"'\x1b[31m\u202e"


def page_of(text):
    """The page as a tree: it is well-formed XML too"""
    return tree.fromstring(text.split("\n", 1)[1])


def words(element):
    return re.sub(r"\s+", " ", "".join(element.itertext()))


def save(place, number):
    path = os.path.join(place, f"{number} it's.tcpmem")
    output("save", path, "--info", "--netns", "self")
    return path


def save_of_another_boot(place):
    other = os.path.join(place, "other")
    with open(save(place, 0), "rb") as file:
        capture = of_another_boot(file.read())
    with open(other, "wb") as file:
        file.write(capture)
    return other


def unread_of(count):
    """Connections on which the accepting end reads nothing"""
    kept = []
    for _ in range(count):
        kept.append(harness.connect())
        kept[-1][1].sendall(b"x" * 40000)
        kept[-1][2].recv(40000, 0x2 | 0x100)  # MSG_PEEK | MSG_WAITALL
    return kept


def incident(place):
    """Captures before and while data is not read; the shown one is last"""
    harness.set_comm(HOSTILE.encode())
    paths = [save(place, 0), save(place, 1)]
    kept = []
    for i in range(2, 5):
        kept += unread_of(8)
        paths.append(save(place, i))
    return paths, kept


def test_the_page_says_who_when_and_how_much():
    with tempfile.TemporaryDirectory() as place:
        paths, kept = incident(place)
        # the order of time, not that of the arguments
        page = page_of(output("report", *reversed(paths)))
        text = words(page.find("body"))
        last = answer("by", "process", "--from", paths[-1])
        most = max(last["rows"], key=lambda row: row["held_bytes"])
        contains(text, "It began after ")
        contains(text, "has 100 % of the rise")
        contains(text, "unread by it")
        exact = [span.get("title") for span in page.iter("span")]
        for wanted in ("held_bytes", "unread_bytes"):
            assert f"{most[wanted]} bytes" in exact, (wanted, most, exact)
        contains(text, f"Seen: {len(paths)} moments")
        del kept


def test_text_from_outside_is_no_markup():
    with tempfile.TemporaryDirectory() as place:
        paths, kept = incident(place)
        page = output("report", *paths)
        assert "<b>" not in page and "\x1b" not in page
        assert "\u202e" not in page
        # cut to 15 bytes by the kernel
        contains(words(page_of(page)), "<b>&\"'\\x1b[31m")
        contains(page, "--from &#39;" + place)
        contains(page, "it&#39;\\&#39;&#39;s.tcpmem")
        del kept


def test_nothing_is_fetched_and_no_script_runs():
    with tempfile.TemporaryDirectory() as place:
        page = output("report", save(place, 0), save(place, 1))
        contains(page, "default-src 'none'; style-src 'unsafe-inline'")
        names = {element.tag for element in page_of(page).iter()}
        equal(names & {"script", "link", "img", "iframe", "object"}, set())
        for word in ("http:", "https:", "url(", "@import", "src="):
            assert word not in page.replace("default-src", ""), word


def test_a_steady_host_is_not_said_to_rise():
    with tempfile.TemporaryDirectory() as place:
        paths = [save(place, i) for i in range(8)]
        text = words(page_of(output("report", *paths[:7])))
        contains(text, "TCP memory did not rise")
        assert "of the rise" not in text
        contains(text, "What leaks or grows Too few moments to tell.")
        text = words(page_of(output("report", *paths)))
        contains(text, "What leaks or grows Nothing is seen to.")


def test_what_was_not_seen_is_said():
    with tempfile.TemporaryDirectory() as place:
        path = os.path.join(place, "states")
        output("save", path, "--netns", "self", "--state", "listening")
        warned = answer("summary", "--from", path)["warnings"]
        assert warned
        text = words(page_of(output("report", path)))
        for warning in warned:
            contains(text, re.sub(r"\s+", " ", warning["text"]))


def test_a_warning_of_many_looks_stands_once():
    """As nobody: numbers and names in it are other ones in each look"""
    if os.geteuid() != 0:
        raise harness.Skip("only root can become nobody")
    kept = []
    with tempfile.TemporaryDirectory() as place:
        paths = [os.path.join(place, str(i)) for i in range(4)]
        os.chmod(place, 0o777)
        nobody = ("/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534",
                  "--clear-groups")
        for path in paths:
            subprocess.run([*nobody, harness.TCPMEM, "save", "--netns",
                            "self", path], check=True, stderr=subprocess.PIPE)
            kept += unread_of(10)
            kept.append(subprocess.Popen(["/usr/bin/sleep", "100"]))
        text = words(page_of(output("report", *paths)))
        for process in kept:
            if isinstance(process, subprocess.Popen):
                process.kill()
                process.wait()
    found = re.findall(r"the file descriptors of \d+ processes", text)
    equal(len(found), 1, text)
    contains(text, "(in 4 moments; the last of them)")
    # no process has that name
    contains(text, "what processes have that may not be read has 100 % of")


def test_a_rise_that_began_before_the_first_look_has_no_begin():
    with tempfile.TemporaryDirectory() as place:
        kept = unread_of(20)
        paths = [save(place, 0)]
        for ends in kept:
            for end in ends:
                harness.reset_on_close(end)
                end.close()
        paths.append(save(place, 1))
        text = words(page_of(output("report", *paths)))
        contains(text, ", the first look: when it began was not seen; at the end, ")
        assert "did not rise" not in text and "It began after" not in text


def test_memory_does_not_rise_over_a_boot():
    with tempfile.TemporaryDirectory() as place:
        other = save_of_another_boot(place)
        kept = unread_of(20)
        text = words(page_of(output("report", other, save(place, 1))))
        contains(text, "do not continue each other: when it rose was not")
        contains(text, "of 2 runs of the kernel")
        assert "looks are missing" not in text, text
        assert "TCP memory rose" not in text and "of the rise" not in text
        del kept


def test_a_limit_that_was_not_read_is_said_to_be_unknown():
    with tempfile.TemporaryDirectory() as place:
        path = save(place, 0)
        text = words(page_of(output("report", path)))
        known = "its limits cannot be read" not in output("summary", "--from",
                                                          path)
        equal("that tcp_mem allows" in text, known)
        equal("How near the kernel's limit was is not known" in text,
              not known)


def test_one_look_is_no_course():
    with tempfile.TemporaryDirectory() as place:
        text = words(page_of(output("report", save(place, 0))))
        contains(text, "One look does not tell whether TCP memory rose")
        assert "did not rise" not in text


def test_a_process_has_its_rss_beside_its_sockets():
    with tempfile.TemporaryDirectory() as place:
        kept = unread_of(1)
        page = page_of(output("report", save(place, 0), save(place, 1)))
        titles = [svg.get("aria-label") for svg in page.iter("svg")]
        at = [i for i, title in enumerate(titles)
              if title.endswith(f"[{os.getpid()}]")]
        equal([titles[i + 1] for i in at], ["RSS"])
        del kept


def record_until(store, text):
    """A recorder that looks, and gets a mark"""
    recorder = Recorder(store, "--every", "10ms")
    wait("lock", lambda: not run("mark", text, "--store", store).returncode)
    wait("mark", lambda: text in run("history", "incidents", "--from",
                                     store).stdout)
    equal(recorder.end()[0], 0)


def test_a_store_tells_its_incidents_and_what_lies_in_a_gap_is_not_told():
    with tempfile.TemporaryDirectory() as place:
        store = os.path.join(place, "store")
        record_until(store, "first <mark>")
        kept = unread_of(20)
        deadline = time.monotonic() + harness.patience(60)
        while not run("summary", "--from", store, "--at", "now").returncode:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        record_until(store, "second mark")
        page = page_of(output("report", "--from", store))
        text = words(page)
        contains(text, "incident: first <mark>")
        contains(text, "incident: second mark")
        contains(text, "do not continue each other: when it rose was not")
        contains(text, "looks are missing")
        assert "TCP memory rose" not in text
        assert "Nothing: all that was asked" not in text
        bands = [g for g in page.iter("g") if "band" in g.get("class", "")]
        assert bands
        assert all(len(g.findall("polygon")) > 1 for g in bands)
        del kept


def test_a_page_stays_small_whatever_was_marked():
    with tempfile.TemporaryDirectory() as place:
        store = os.path.join(place, "store")
        record_until(store, "one mark")
        name, = (name for name in os.listdir(store)
                 if name.startswith("look-") and name.endswith(".db"))
        with sqlite3.connect(os.path.join(store, name)) as db:
            db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + "
                       "1 FROM n WHERE i < 1000) INSERT INTO marks SELECT m.* "
                       "FROM marks m, n WHERE m.text = 'one mark'")
            db.execute("UPDATE marks SET text = printf('%.*c', 9000, '<')")
            count, = db.execute("SELECT count(*) FROM marks").fetchone()
        db.close()
        page = output("report", "--from", store)
        contains(words(page_of(page)),
                 f"{count - 200} later ones are left out")
        contains(words(page_of(page)), "<" * 300 + "\u2026")
        assert len(page) < 1000000, len(page)


def test_captures_of_two_boots_do_not_continue_each_other():
    with tempfile.TemporaryDirectory() as place:
        other = save_of_another_boot(place)
        text = words(page_of(output("report", other, save(place, 1))))
        contains(text, "runs of the kernel, or of several hosts")


def test_the_page_is_written_whole_or_not_at_all():
    with tempfile.TemporaryDirectory() as place:
        capture, page = save(place, 0), os.path.join(place, "page.html")
        output("report", "-o", page, capture)
        with open(page, encoding="utf-8") as file:
            whole = file.read()
        page_of(whole)
        done = run("report", "-o", page, capture, os.path.join(place, "none"))
        equal(done.returncode, 1)
        contains(done.stderr, "No such file")
        with open(page, encoding="utf-8") as file:
            equal(file.read(), whole)
        equal(sorted(os.listdir(place)), ["0 it's.tcpmem", "page.html"])


def test_wrong_usage_says_what_to_do():
    done = run("report")
    equal(done.returncode, 2)
    contains(done.stderr, "tcpmem report -o report.html CAPTURE")
    with tempfile.TemporaryDirectory() as place:
        path = save(place, 0)
        done = run("report", path, path)
        equal(done.returncode, 1)
        contains(done.stderr, "taken at the same time")


harness.enter_netns()
harness.main(globals())
