#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test_layers.sh - check-layers refuses each way of breaking the layers
set -u
# shellcheck source=tests/house/tap.sh
. "${0%/*}/tap.sh"

check=$1/scripts/check-layers
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# A whole tree in order, made anew for every case.
plant() {
	rm -rf "${tree:?}"/*
	mkdir -p "$tree"/{include/tcpmem,cli,exporter,examples} \
		"$tree"/lib/{base,collect,query,netlink,model,analysis}
	echo '#include "tcpmem/types.h"' >"$tree/include/tcpmem.h"
	echo '#include <stdint.h>' >"$tree/include/tcpmem/types.h"
	echo '#include "tcpmem/types.h"' >"$tree/lib/base/util.h"
	echo '#include "base/util.h"' >"$tree/lib/model/socket.h"
	echo '#include "model/socket.h"' >"$tree/lib/netlink/diag.h"
	printf '#include %s\n' '<libmnl/libmnl.h>' '"bpf.lskel.h"' \
		>"$tree/lib/netlink/diag.c"
	echo '#include <linux/types.h>' >"$tree/lib/netlink/bpf.bpf.c"
	echo '#include "tcpmem.h"' >"$tree/lib/query/query.h"
	echo '#include "socket.h"' >"$tree/lib/model/socket.c"
	echo '#include "model/socket.h"' >"$tree/lib/analysis/group.h"
	printf '#include "%s"\n' query/query.h netlink/diag.h base/util.h >"$tree/lib/collect/collect.c"
	echo '#include "tcpmem.h"' >"$tree/cli/cli.h"
	printf '#include %s\n' '"cli.h"' '<libsmartcols.h>' >"$tree/cli/main.c"
	mkdir "$tree/cli/output"
	echo '#include "cli.h"' >"$tree/cli/output/json.h"
	printf '#include "%s"\n' row.h ../cli.h >"$tree/cli/output/table.h"
	echo '#include "table.h"' >"$tree/cli/output/table.c"
	echo '#include "json.h"' >"$tree/cli/output/row.h"
	echo '#include "row.h"' >"$tree/cli/output/row.c"
	printf '#include %s\n' '"cli.h"' '<microhttpd.h>' \
		>"$tree/exporter/web.c"
	echo '#include <tcpmem.h>' >"$tree/examples/one.c"
}

# broken NAME WORDS FILE LINE - the tree with LINE added to FILE is refused
broken() {
	plant
	echo "$4" >>"$tree/$3"
	refuses "$1" "$2" "$check" "$tree"
}

plant
accepts "a tree in order" "$check" "$tree"
broken "the model knows netlink" "model does not know lib/netlink/diag.h" \
	lib/model/socket.c '#include "netlink/diag.h"'
broken "the model knows analysis" "model does not know" \
	lib/model/socket.h '#include "analysis/group.h"'
broken "netlink knows the query" "netlink does not know" \
	lib/netlink/diag.c '#include "query/query.h"'
broken "the query knows netlink" "query does not know" \
	lib/query/query.h '  #  include "netlink/diag.h"'
broken "analysis knows netlink" "analysis does not know" \
	lib/analysis/group.h '#include "../netlink/diag.h"'
broken "the command knows the exporter" "cli does not know" \
	cli/cli.h '#include "../exporter/web.c"'
broken "the exporter knows the library" "exporter does not know lib/base" \
	exporter/web.c '#include "base/util.h"'
broken "the base knows the model" "base does not know" \
	lib/base/util.h '#include "model/socket.h"'
broken "the command knows the library's inside" "cli does not know lib/base/util.h" \
	cli/main.c '#include "base/util.h"'
broken "the command reaches it by path" "cli does not know lib/base/util.h" \
	cli/main.c '#include "../lib/base/util.h"'
broken "the command reaches it by angle brackets" "cli does not know" \
	cli/main.c '#include <model/socket.h>'
broken "the command knows the kernel" "cli does not use <linux/tcp.h>" \
	cli/main.c '#include <linux/tcp.h>'
broken "an example knows the library's inside" "examples does not know" \
	examples/one.c '#include "base/util.h"'
broken "the library draws tables" "analysis does not use" \
	lib/analysis/group.h '#include <libsmartcols/libsmartcols.h>'
broken "the model speaks netlink" "model does not use" \
	lib/model/socket.c '#include <libmnl/libmnl.h>'
broken "the model loads a BPF program" "model does not know" \
	lib/model/socket.c '#include "netlink/bpf.lskel.h"'
broken "a skeleton of no program" "no such file of ours" \
	lib/netlink/diag.c '#include "gone.lskel.h"'
broken "the header has kernel types" "public does not use" \
	include/tcpmem.h '#include <linux/types.h>'
broken "a part of the header has kernel types" "public does not use" \
	include/tcpmem/types.h '#include <linux/types.h>'
broken "the header knows the library's inside" "public does not know" \
	include/tcpmem/types.h '#include "base/util.h"'
broken "a file that is nowhere" "no such file of ours: gone.h" \
	lib/base/util.h '#include "gone.h"'
broken "an include that is computed" "cannot be followed" \
	lib/base/util.h '#include HEADER'
broken "an include of another kind" "cannot be followed" \
	lib/base/util.h '#include_next "base/util.h"'
broken "a second public header" "include/more.h: belongs to no layer" \
	include/more.h '#include <stdint.h>'
broken "a header includes itself through another" \
	"circle of includes: cli/cli.h" \
	cli/cli.h '#include "output/json.h"'
broken "headers include each other through a third" \
	"circle of includes: cli/output/table.h cli/output/row.h" \
	cli/output/json.h '#include "table.h"'
broken "two modules of a layer include each other's header" \
	"circle of includes: cli/output/table cli/output/row" \
	cli/output/row.c '#include "table.h"'
mkdir -p "$tree/lib/extra"
broken "a directory without a layer" "belongs to no layer" \
	lib/model/../more.hpp '#include <stdint.h>'

rm -rf "${tree:?}"/*
refuses "an empty tree" "nothing was read" "$check" "$tree"
plant
rm -r "$tree/cli"
refuses "a tree without the command" "cli: no such directory" "$check" "$tree"
refuses "no tree at all" "No such file" "$check" "$tree/none"
tap_end
