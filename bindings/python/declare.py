# SPDX-License-Identifier: LGPL-2.1-or-later
"""declare OUTPUT COMPILER... - what the public header declares, for cffi

OUTPUT is a module of declarations alone: importing it needs neither a compiler
nor a parser, and one file serves every CPython. COMPILER preprocesses the
header; whatever the header gains is in the next build.
"""

import re
import subprocess
import sys

import cffi

MODULE = "tcpmem._declarations"


def declarations(compiler):
    """The header's own lines, without those of the C library"""
    text = subprocess.run(
        [*compiler, "-E", "-x", "c", "-"], input="#include <tcpmem.h>\n",
        stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
    ours, lines = False, []
    for line in text.splitlines():
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            ours = re.search(r"tcpmem(/[a-z_]+)?\.h$", marker[1]) is not None
        elif ours:
            lines.append(line)
    text = "\n".join(lines)
    return re.sub(r'__attribute__\(\(visibility\("default"\)\)\)', "", text)


def main(output, *compiler):
    """Writes the module"""
    ffi = cffi.FFI()
    ffi.cdef(declarations(compiler))
    ffi.set_source(MODULE, None)
    ffi.emit_python_code(output)


if __name__ == "__main__":
    main(*sys.argv[1:])
