#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test_symbols.sh - check-symbols refuses each way of disagreeing
set -u
# shellcheck source=tests/house/tap.sh
. "${0%/*}/tap.sh"

check=$1/scripts/check-symbols
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

cat >good.h <<'END'
#define TCPMEM_API __attribute__((visibility("default")))
typedef void tcpmem_log_fn(int level); /* tcpmem_comment() is none */
/** tcpmem_one() - "one"; never NULL @since 0.1 */
TCPMEM_API const char *
tcpmem_one(void);
/**
 * tcpmem_two() - two; and more
 * @since 0.2
 */
TCPMEM_API int tcpmem_two(tcpmem_log_fn *fn);
/** enum tcpmem_word - words @since 0.2 */
enum tcpmem_word { TCPMEM_WORD_A = 0, TCPMEM_WORD_B = 1 };
enum { TCPMEM_WORD_COUNT = 2 };
END
cat >good.map <<'END'
/* A comment; with global: words. */
LIBTCPMEM_0.1 {
global:
	tcpmem_one;
local:
	*;
};
LIBTCPMEM_0.2 {
global:
	tcpmem_two;
} LIBTCPMEM_0.1;
END
cat >good.c <<'END'
#include "good.h"
int tcpmem_three(void);
const char *tcpmem_one(void) { return ""; }
int tcpmem_two(tcpmem_log_fn *fn) { return fn != 0; }
int tcpmem_three(void) { return 3; }
END

# library NAME MAP - builds NAME with MAP
library() {
	cc -shared -fPIC -o "$1" good.c -Wl,--version-script="$2"
}

library good.so good.map || exit 1
accepts "three that agree" "$check" good.so good.map good.h

sed 's/tcpmem_two;/tcpmem_two; tcpmem_three;/' good.map >more.map
library more.so more.map || exit 1
refuses "the library exports more than the map" \
	"more.so alone has tcpmem_three" "$check" more.so good.map good.h
refuses "the map lists more than the library" \
	"more.map alone has tcpmem_three" "$check" good.so more.map good.h
refuses "the map lists more than the header" \
	"more.map alone has tcpmem_three" "$check" more.so more.map good.h
sed '/^LIBTCPMEM_0.2/,$d' good.map >less.map
library less.so less.map || exit 1
refuses "the header declares more than the map" \
	"good.h alone has tcpmem_two" "$check" less.so less.map good.h
sed 's/0\.2/0.3/' good.map >moved.map
refuses "a function moved to another version" \
	"good.so alone has tcpmem_two@@LIBTCPMEM_0.2" \
	"$check" good.so moved.map good.h
{ cat good.h && echo 'int tcpmem_three(void);'; } >bare.h
refuses "a declaration that is not marked" "without TCPMEM_API" \
	"$check" good.so good.map bare.h
sed '/ @since 0.2$/d' good.h >undated.h
refuses "a function without its version" "no @since: tcpmem_two(" \
	"$check" good.so good.map undated.h
sed 's/words @since 0.2/words/' good.h >undated.h
refuses "an enumeration without its version" "no @since: enum tcpmem_word {" \
	"$check" good.so good.map undated.h
sed 's/never NULL @since 0.1 \*\/$/&\nTCPMEM_API int tcpmem_more(void);/' good.h \
	>undated.h
refuses "a function without a comment of its own" "no @since: tcpmem_one(" \
	"$check" good.so good.map undated.h
sed 's/tcpmem_one;/tcpmem_*;/' good.map >wild.map
library wild.so wild.map || exit 1
refuses "a wildcard" "by wildcard" "$check" wild.so wild.map good.h
: >empty.map
refuses "an empty map" "lists nothing" "$check" good.so empty.map good.h
: >empty.h
refuses "an empty header" "declares nothing" "$check" good.so good.map empty.h
cc -shared -fPIC -o none.so -x c /dev/null -nostdlib || exit 1
refuses "a library that exports nothing" "exports nothing" \
	"$check" none.so good.map good.h
refuses "a library that is none" "good.c" "$check" good.c good.map good.h
refuses "no library" "cannot be read" "$check" gone.so good.map good.h
refuses "no map" "cannot be read" "$check" good.so gone.map good.h
refuses "no header" "cannot be read" "$check" good.so good.map gone.h
refuses "no arguments" "usage" "$check"
tap_end
