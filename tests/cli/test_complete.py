# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_complete - what shells offer, from the command and in the shells

What may stand at the cursor comes from the command's own tables: here it is
held against what the command says of itself elsewhere, and then the shells
that are there are typed at.
"""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

import harness
from harness import contains, equal, output, run

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
SCRIPTS = os.path.join(ROOT, "cli/completions")
# of a shell that hangs; nothing is expected to take so long
PATIENCE = harness.patience(60)


def offers(*words):
    """What may stand for the last word: text by word, and what starts with :"""
    found, asked = {}, set()
    for line in output("__complete", *words, scoped=False).splitlines():
        word, _, text = line.partition("\t")
        if word.startswith(":"):
            asked.add(word)
        else:
            found[word] = text
    return found, asked


def words(*typed):
    return set(offers(*typed)[0])


def helps(command):
    return output(command, "--help", scoped=False)


def commands():
    text = output("--help", scoped=False)
    text = text.split("Commands:\n")[1].split("\n\n")[0]
    return [line.split()[0] for line in text.splitlines()]


def options(command):
    """--name -> what its argument is called, or "" """
    found = re.findall(r"^ +(?:-\w, )?(--[a-z-]+)(?: ([A-Z]+))? ",
                       helps(command), re.M)
    assert found, command
    return dict(found)


def columns(*command):
    rows = json.loads(output(*command, "-H", "-J", scoped=False))["rows"]
    return {row["name"] for row in rows}


def test_every_command_is_offered_with_what_it_does():
    found, _ = offers("")
    equal(set(found), set(commands()) | {"ps", "--help", "--version"})
    assert all(found.values()), found
    equal(words("s"), {name for name in commands() if name[0] == "s"})
    equal(words("nothing"), set())
    equal(words(), set(found))


def test_every_option_is_offered():
    for command in commands():
        offered = words(command, "-")
        equal({word for word in offered if word.startswith("--")},
              set(options(command)), command)
        for word in offered - set(options(command)):
            assert re.search(rf"^ +{word}, --", helps(command), re.M), word


def test_every_kind_of_argument_is_known():
    with open(os.path.join(ROOT, "cli/complete.c")) as file:
        known = set(re.findall(r'^\t\{ "([A-Z][A-Z \[\]]*)",', file.read(),
                               re.M))
    assert len(known) > 10, known
    named = {arg for command in commands()
             for arg in options(command).values() if arg}
    usage = output("--help", scoped=False)
    named |= set(re.findall(r"^  [a-z]+ ([A-Z][A-Z \[\]]*[A-Z\]])", usage, re.M))
    equal(named - known, set(), "cli/complete.c does not know them")
    equal(known - named, set(), "nothing takes them")


def test_every_column_is_offered():
    for command in commands():
        taken = options(command)
        if "--output" in taken:
            equal(words(command, "-o", ""), columns(command))
            equal(words(command, "--output", "+"),
                  {"+" + name for name in columns(command)})
        if "--sort" in taken and "--list-columns" in taken:
            sortable = words(command, "--sort", "")
            assert sortable <= columns(command), command
            equal(words(command, "--sort", "-"),
                  {"-" + name for name in sortable})


def test_columns_are_those_of_the_rows_that_there_will_be():
    equal(words("diff", "-o", ""), columns("diff"))
    for every in (["--every", "1s"], ["--every=1s"]):
        equal(words("diff", *every, "-o", ""), columns("diff", *every))


def test_every_offered_order_can_be_sorted_by():
    names = sorted(words("sockets", "--sort", ""))
    for at in range(0, len(names), 8):
        output("sockets", "--sort", ",".join(names[at:at + 8]))


def test_lists_go_on_behind_the_comma():
    found, asked = offers("sockets", "-o", "state,rt")
    equal(set(found), {"state,rtt", "state,rttvar", "state,rto"})
    equal(asked, {":list"})
    equal(words("sockets", "-o", "+rtt,rtt"), {"+rtt,rttvar"})
    equal(words("by", "process,sta"), {"process,state"})
    contains(words("sockets", "--sort", "-held,-rem"), "-held,-remote")
    equal(words("sockets", "--state", "closed,clos"),
          {"closed,close-wait", "closed,closing"})


def test_each_name_of_processes_once():
    lines = output("__complete", "explain", "p", scoped=False).splitlines()
    equal(len(lines), len(set(lines)), lines)


def test_fields_of_a_filter():
    for typed in (("sockets", "s"), ("by", "state", "s"), ("ps", "s"),
                  ("sockets", "dport", "=", "22", "and", "s"),
                  ("diff", "--filter", "s"), ("summary", "--filter=s")):
        begun = typed[-1][:-1]
        equal({begun + "sport", begun + "state"} - words(*typed), set(),
              typed)
    assert "exclude" in words("by", "state", "excl")
    assert "last_rcv" in words("sockets", "last_")
    # unasked there are the options
    assert "sport" not in words("sockets", "")
    # a state stands behind these words
    for word in ("state", "exclude"):
        assert "listening" in words("sockets", word, "l"), word
        assert "close-wait" in words("sockets", word, ""), word
        assert "sport" not in words("sockets", word, "s"), word
    assert "listening" not in words("by", "state", "l")
    # a key stands there first
    assert "sport" not in words("by", "s")


def test_values_of_options():
    equal(words("sockets", "--color", ""), {"auto", "always", "never"})
    equal(words("sockets", "--holders", ""), {"auto", "proc", "bpf"})
    equal(words("sockets", "--color=al"), {"--color=always"})
    # bash's way of seeing it
    equal(words("sockets", "--color", "=", "al"), {"always"})
    equal(words("sockets", "--color", "="), {"auto", "always", "never"})
    contains(words("sockets", "--netns", ""), "self")
    keys = set(output("by", "--help", scoped=False).split(
        "between:\n")[1].split("\n\n")[0].split())
    for typed in (["by", ""], ["diff", "--by", ""], ["check", "--per", ""]):
        equal(words(*typed), keys, typed)
    for typed in (["save", ""], ["diff", ""], ["diff", "a", ""],
                  ["sockets", "--from", ""], ["check", "--since", "x"]):
        equal(offers(*typed), ({}, {":file"}), typed)
    equal(offers("check", "--keep", ""), ({}, {":dir"}))
    equal(offers("sockets", "--limit", ""), ({}, set()))


def test_processes_by_number_and_by_name():
    me = str(os.getpid())
    equal(offers("explain", me)[0].get(me),
          open("/proc/self/comm").read().strip())
    harness.set_comm(b"complete-me")
    contains(words("explain", "compl"), "complete-me")


def test_what_has_been_said_is_not_offered_again():
    # the key of ps is "process", so no argument can follow
    assert "process" not in words("ps", ""), words("ps", "")
    # an option's argument is no argument of the command
    equal(words("by", "-o", "key", "proc"), {"process"})
    equal(words("by", "-no", "key", "proc"), {"process"})
    equal(words("by", "--output=key", "proc"), {"process"})
    equal(offers("run", "--every", "1s", "l")[1], {":command"})
    equal(offers("run", "--", "ls", "-")[1], {":file"})


def test_names_that_a_shell_would_take_otherwise_are_left_out():
    child = harness.Child(lambda: harness.set_comm(b"a$(b) c") or 1)
    try:
        equal(words("explain", "a$"), set())
        assert str(child.pid) not in words("explain", "")
    finally:
        child.end()


class Shell:
    """An interactive shell on a terminal of its own"""

    def __init__(self, argv, home):
        env = {"PATH": home + ":" + os.environ["PATH"], "HOME": home,
               "TERM": "xterm", "LC_ALL": "C.UTF-8", "INPUTRC": "/dev/null",
               "COLUMNS": "200"}
        self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(argv[0], argv, env)

    def send(self, text):
        os.write(self.fd, text.encode())

    def expect(self, pattern):
        """Reads until there is a match, which is used up"""
        end = time.monotonic() + PATIENCE
        while not re.search(pattern, self.seen):
            left = end - time.monotonic()
            assert left > 0 and select.select([self.fd], [], [], left)[0], (
                f"no {pattern!r} in {self.seen!r}")
            self.seen += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|\x07|\r", "",
                                os.read(self.fd, 65536).decode("utf-8",
                                                               "replace"))
            while "\b" in self.seen[1:]:
                self.seen = re.sub(r"[^\b]\x08", "", self.seen, count=1)
            self.seen = self.seen.lstrip("\b")
        match = re.search(pattern, self.seen)
        self.seen = self.seen[match.end():]
        return match

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


# what is typed before the tab, and what the line is then
TYPED = [
    ("tcpmem summ", "tcpmem summary "),
    ("tcpmem by proto", None),
    ("tcpmem by prog", "tcpmem by program"),
    ("tcpmem by process,peer-po", "tcpmem by process,peer-port"),
    ("tcpmem sockets --list", "tcpmem sockets --list-columns "),
    ("tcpmem sockets -o +state,cwn", "tcpmem sockets -o +state,cwnd"),
    ("tcpmem sockets --sort -hel", "tcpmem sockets --sort -held"),
    ("tcpmem sockets --state listening,time", "tcpmem sockets --state "
     "listening,time-wait"),
    ("tcpmem sockets --holders bp", "tcpmem sockets --holders bpf "),
    ("tcpmem sockets --color=al", "tcpmem sockets --color=always "),
    ("tcpmem sockets --cs", "tcpmem sockets --csv "),
    ("tcpmem diff captu", "tcpmem diff capture.one "),
    ("tcpmem sockets --from captu", "tcpmem sockets --from capture.one "),
    ("tcpmem check --keep fold", "tcpmem check --keep folder/"),
]


def need(shell):
    if not shutil.which(shell):
        if os.environ.get("TCPMEM_TEST_REQUIRE") == "1":
            raise AssertionError(f"no {shell}")
        raise harness.Skip(f"no {shell}")


class Home:
    """A folder to be in, with the command in the path"""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        path = self.folder.name
        os.symlink(os.path.abspath(harness.TCPMEM),
                   os.path.join(path, "tcpmem"))
        open(os.path.join(path, "capture.one"), "w").close()
        os.mkdir(os.path.join(path, "folder"))
        return path

    def __exit__(self, *_):
        self.folder.cleanup()


def type_at(shell):
    """Each line of TYPED, completed"""
    for number, (typed, wanted) in enumerate(TYPED):
        if wanted is None:
            continue
        shell.send(typed + "\t")
        # the mark ends the line: what stands before it is all there is
        shell.send(f"#{number}#")
        shell.expect(re.escape(wanted) + f"#{number}#")
        shell.send("\x15")
    return len([1 for _, wanted in TYPED if wanted])


def test_bash():
    need("bash")
    with Home() as home:
        shell = Shell(["bash", "--norc", "--noprofile", "-i"], home)
        try:
            shell.send(f"cd {home}; . {SCRIPTS}/tcpmem.bash; "
                       "bind 'set enable-bracketed-paste off'; "
                       "PS1='rea''dy>'\n")
            shell.expect("ready>")
            equal(type_at(shell), 13)
            # two tabs list what there is
            shell.send("tcpmem s\t\t")
            shell.expect("save +sockets +(store +)?summary")
        finally:
            shell.end()


def test_zsh():
    need("zsh")
    with Home() as home:
        shell = Shell(["zsh", "-f", "-i"], home)
        try:
            shell.send(f"cd {home}; fpath=({SCRIPTS} $fpath); "
                       "autoload -Uz compinit; compinit -D -u; "
                       "unset zle_bracketed_paste; PS1='rea''dy>'\n")
            shell.expect("ready>")
            equal(type_at(shell), 13)
            shell.send("tcpmem s\t")
            found = shell.expect(r"(?s)save .*sockets .*summary [^\n]*")
            contains(found.group(), "one row for each socket")
        finally:
            shell.end()


def fish(home, typed):
    done = subprocess.run(
        ["fish", "--no-config", "-c",
         f"source {SCRIPTS}/tcpmem.fish; complete -C '{typed}'"],
        cwd=home, env={"PATH": home + ":" + os.environ["PATH"], "HOME": home,
                       "LC_ALL": "C.UTF-8"},
        capture_output=True, text=True, timeout=PATIENCE)
    equal(done.returncode, 0, done.stderr)
    return dict(line.partition("\t")[::2] for line in done.stdout.splitlines())


def test_fish():
    need("fish")
    with Home() as home:
        for typed, wanted in TYPED:
            if wanted:
                contains(fish(home, typed), wanted.split(" ")[2:][-1]
                         or wanted.split(" ")[-2])
        found = fish(home, "tcpmem ")
        equal(set(commands()) - set(found), set())
        equal(found["sockets"], "one row for each socket")
        equal(set(fish(home, "tcpmem by ")), words("by", ""))
        contains(fish(home, "tcpmem run tcpm"), "tcpmem")


if __name__ == "__main__":
    harness.enter_netns()
    harness.main(globals())
