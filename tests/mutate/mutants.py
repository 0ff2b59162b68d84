# SPDX-License-Identifier: LGPL-2.1-or-later
"""mutants - what can be broken in a line of C

A mutant is one change in one line inside a function, or in a row of a table.
Comments, texts, the preprocessor, declarations, logging and what only gives
back are left alone.
"""

import collections
import random
import re

# @table: the line is of an initialiser outside of functions, where no coverage
# is counted
Mutant = collections.namedtuple("Mutant", "file line operator old new table")

COMMENT_OR_TEXT = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
SKIPPED = re.compile(
    r"\b(\w*assert\w*|tm_log|tm_debug|tm_warn|send_log)\s*\(|^\s*(static|"
    r"extern|typedef|enum|struct\s+\w+\s*\{|case\b|default:)|^\s*#")
DECLARATION = re.compile(
    r"^\s*(const |unsigned |struct |enum |union |volatile )*"
    r"(\w+_t|int|char|bool|double|float|long|short|void|size_t|FILE|DIR|"
    r"struct \w+|enum \w+|union \w+) [\w*\[\], ]+;$")
RELEASE = re.compile(r"^\s+(free|f?close|munmap|closedir|freeaddrinfo|"
                     r"pthread_(mutex|cond)_\w+|\w+_(free|deinit|close))\(")
BEGINS_AFTER = re.compile(r"([;{}):]|\belse|^)\s*$")


def hide(match):
    """Blanks for a comment, NULs for what is inside quotes"""
    text = match.group()
    if text[0] == "/":
        return re.sub(r"[^\n]", " ", text)
    return text[0] + "\0" * (len(text) - 2) + text[-1]


def masked(text):
    """The lines of a file, with nothing in them that is no code"""
    lines, goes_on = [], False
    for line in COMMENT_OR_TEXT.sub(hide, text).split("\n"):
        of_cpp = goes_on or line.lstrip().startswith("#")
        goes_on = of_cpp and line.endswith("\\")
        lines.append(" " * len(line) if of_cpp else line)
    return lines


def swaps(pattern, table):
    """An operator that puts each text of the table for what it found"""
    def make(line, code):
        for m in re.finditer(pattern, code):
            for new in table[m.group(1)]:
                yield line[:m.start(1)] + new + line[m.end(1):]
    return make


def constants(line, code):
    if re.match(r"^\s*(return|case)\b", code) and "?" not in code or \
            "= { 0 }" in code:
        return
    for m in re.finditer(r"(?<![\w.])(\d+)(?![\w.])", code):
        n = int(m.group(1))
        for new in (n + 1, n - 1) if n > 1 else (n + 1,):
            yield line[:m.start(1)] + str(new) + line[m.end(1):]


def negation(line, code):
    m = re.match(r"^(\s*(?:\} )?(?:else )?if \()(.*)(\)(?: \{)?)$", code)
    if m and m.group(2).count("(") == m.group(2).count(")"):
        inner = line[m.end(1):m.start(3)]
        yield line[:m.end(1)] + "!(" + inner + ")" + line[m.start(3):]


def statement(line, code):
    """A call or an assignment that stands on one line goes away"""
    if re.match(r"^\s+(return|goto|break|continue|for|if|while|do)\b", code) \
            or code.count("(") != code.count(")") or RELEASE.match(code):
        return
    call = re.match(r"^\s+(\(void\))?\w+\(.*\);$", code)
    store = re.match(r"^\s+\**[\w.\[\]>()+-]+(->[\w.\[\]]+)* [-+|&*/]?= .*;$",
                     code)
    step = re.match(r"^\s+[\w.>\-\[\]]+(\+\+|--);$", code)
    if call or store or step:
        yield re.match(r"\s*", line).group() + ";"


def jumps(_, code):
    m = re.match(r"^(\s+)(break|continue);$", code)
    if m:
        yield m.group(1) + ";"


def returns(_, code):
    m = re.match(r"^(\s+return )(ret|err|-E[A-Z0-9]+|-errno);$", code)
    if m:
        yield m.group(1) + "0;"
    m = re.match(r"^(\s+return )(true|false);$", code)
    if m:
        yield m.group(1) + {"true": "false", "false": "true"}[
            m.group(2)] + ";"


def member(line, code):
    if re.match(r"^\s+(\.\w+|\[\w+\])( = .*|\[.*),$", code) and \
            code.count("{") == code.count("}") and \
            code.count("(") == code.count(")"):
        yield re.match(r"\s*", line).group()


OPERATORS = {
    "relation": swaps(r" (<=|>=|<|>|==|!=) ", {
        "<": ["<=", ">"], "<=": ["<"], ">": [">=", "<"], ">=": [">"],
        "==": ["!="], "!=": ["=="]}),
    "sum": swaps(r"(?<=[\w)\]]) (\+|-|\+=|-=|\*|/) ", {
        "+": ["-"], "-": ["+"], "+=": ["-="], "-=": ["+="], "*": ["/"],
        "/": ["*"]}),
    "logic": swaps(r" (&&|\|\|)(?= |$)", {"&&": ["||"], "||": ["&&"]}),
    "mask": swaps(r"(?<=[\w)\]]) (&|\||\|=|&=|<<|>>) ", {
        "&": ["|"], "|": ["&"], "|=": ["&="], "&=": ["|="], "<<": [">>"],
        ">>": ["<<"]}),
    "extreme": swaps(r"\b(MIN|MAX|fmin|fmax)(?=\()", {
        "MIN": ["MAX"], "MAX": ["MIN"], "fmin": ["fmax"], "fmax": ["fmin"]}),
    "constant": constants,
    "negation": negation,
    "statement": statement,
    "jump": jumps,
    "return": returns,
    "member": member,
}


def mutants_of(file, text):
    """Each change that can be made in the text of a file"""
    depth, last, table = 0, "", False
    for number, (line, code) in enumerate(
            zip(text.split("\n"), masked(text)), 1):
        inside = depth > 0
        if not inside or code.startswith("}"):  # "} names[] = {"
            table = re.search(r"= *\{", code) is not None
        depth += code.count("{") - code.count("}")
        begins = BEGINS_AFTER.search(last)
        last = code if code.strip() else last
        if not inside or SKIPPED.search(code) or DECLARATION.match(code):
            continue
        for name, make in OPERATORS.items():
            if make is statement and not begins:
                continue
            for new in make(line, code):
                yield Mutant(file, number, name, line, new, table)


def folder(file):
    return file.rpartition("/")[0]


def sample(texts, count, seed):
    """As many of each folder, in turns; of a line one, of a file few

    @texts: of each file
    """
    rng = random.Random(seed)
    strata = collections.defaultdict(list)
    for file in sorted(texts):
        by_line = collections.defaultdict(
            lambda: collections.defaultdict(list))
        for mutant in mutants_of(file, texts[file]):
            by_line[mutant.line][mutant.operator].append(mutant)
        for by_operator in by_line.values():
            strata[folder(file)].append(
                rng.choice(by_operator[rng.choice(sorted(by_operator))]))
    for found in strata.values():
        rng.shuffle(found)
    chosen, per_file = [], collections.Counter()
    few = max(3, 2 * count // max(1, len(texts)) + 1)
    while len(chosen) < count and any(strata.values()):
        for name in sorted(strata):
            while strata[name]:
                mutant = strata[name].pop()
                if per_file[mutant.file] < few:
                    per_file[mutant.file] += 1
                    chosen.append(mutant)
                    break
    return chosen[:count]
