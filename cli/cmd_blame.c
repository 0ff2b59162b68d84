// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_blame.c - tcpmem blame: which processes hold others up */
#include "blame/blame.h"
#include "messages.h"
#include "output/output.h"

#include <errno.h>
#include <stdlib.h>

#define WRAP 3

static void print_text(const struct options *options,
		       const struct tcpmem_snapshot *snap,
		       const struct tcpmem_blame *blame)
{
	const char *unseen =
		tcpmem_snapshot_get_unseen(snap, TCPMEM_NEED_HOLDERS);

	for (size_t i = 0; i < blame->count; i++) {
		blame_print_chain(options, &blame->chain[i]);
		putchar('\n');
	}
	if (!blame->count)
		printf("%s\n\n", blame_none(blame, unseen));
	blame_print_basis(blame, !options->from);
	if (unseen)
		footer_print_text("There may be more: %s", unseen);
	footer_print(&(struct footer){ .snap = snap }, options);
}

static void print_json(const struct tcpmem_snapshot *snap,
		       const struct tcpmem_blame *blame)
{
	struct json json;

	json_init(&json, stdout, WRAP);
	json_open_object(&json, NULL);
	json_text(&json, "schema", "tcpmem.blame/1");
	footer_json(&json, &(struct footer){ .snap = snap });
	json_seconds(&json, "elapsed_seconds", blame->elapsed_ns, 1e9);
	json_integer(&json, "undecided_connections", blame->undecided);
	json_integer(&json, "unmeasured_connections", blame->unmeasured);
	json_integer(&json, "small_chains", blame->small);
	json_integer(&json, "unmatched_chains", blame->unmatched);
	json_text(&json, "unseen",
		  tcpmem_snapshot_get_unseen(snap, TCPMEM_NEED_HOLDERS));
	json_open_array(&json, "chains");
	for (size_t i = 0; i < blame->count; i++)
		blame_json_chain(&json, &blame->chain[i]);
	json_close_array(&json);
	json_close_object(&json);
	json_end(&json);
}

/* A look that was asked for and could not be used is no single look. */
static int check_compared(struct session *session,
			  const struct tcpmem_blame *blame)
{
	const char *since = session->options->since;

	if (!since || blame->elapsed_ns != TCPMEM_UNKNOWN)
		return 0;
	message("--since %s cannot be compared: it is of the same moment, or "
		"not known to be of the same boot",
		since);
	session->reported = EXIT_FAILED;
	return -EINVAL;
}

/* Of captures there are one look, or two. */
static int load(struct session *session, const struct tcpmem_snapshot *snap,
		struct tcpmem_blame **blame)
{
	struct tcpmem_snapshot *other = NULL;
	const struct options *options = session->options;
	int ret = 0;

	if (options->since)
		ret = session_load(session, options->since, &other);
	if (ret == 0)
		ret = tcpmem_blame_new(snap, other, options->filter, blame);
	tcpmem_snapshot_free(other);
	return ret;
}

static int blame_all(struct session *session, const struct options *options,
		     struct tcpmem_snapshot **snap)
{
	struct tcpmem_blame *blame = NULL;
	int ret = session_fetch(session, snap);

	session->options = options;
	if (ret == 0)
		ret = options->from ? load(session, *snap, &blame)
				    : blame_look(session, *snap, &blame);
	if (ret == 0)
		ret = check_compared(session, blame);
	if (ret == 0 && options->format == FORMAT_JSON)
		print_json(*snap, blame);
	else if (ret == 0)
		print_text(options, *snap, blame);
	tcpmem_blame_free(blame);
	return ret ? ret : stdout_status();
}

/* The filter is about chains: of a connection, one end may match alone. */
static int run(const struct options *options, char **args)
{
	struct options unfiltered = *options;
	uint32_t needs = TCPMEM_NEED_PEERS;
	struct tcpmem_snapshot *snap = NULL;
	struct session session;
	int code, ret;

	(void)args;
	if (options->since && !options->from) {
		message("--since is compared with another capture: 'tcpmem blame "
			"--since A --from B'");
		return EXIT_USAGE;
	}
	if (options->for_ns && options->from) {
		message("--for is the time between two looks, and a capture is "
			"one: compare it with an earlier one, --since A");
		return EXIT_USAGE;
	}
	unfiltered.filter = NULL;
	if (options->filter)
		needs |= TCPMEM_NEED_METADATA;
	if (options->from)
		needs |= TCPMEM_NEED_INFO;
	ret = session_open(&session, &unfiltered, needs);
	if (ret == 0)
		ret = blame_all(&session, options, &snap);
	code = ret < 0 ? session_failed(&session, ret)
		       : session_exit_code(options, snap);
	tcpmem_snapshot_free(snap);
	session_close(&session);
	return code;
}

const struct command cmd_blame = {
	.name = "blame",
	.filter = true,
	.text = "chains of processes that hold each other up",
	.about =
		"Shows where data waits because a process does not read it, and "
		"who waits for\n"
		"that process in turn, those with the most bytes first. The "
		"first of each chain\n"
		"is who holds up the others; it is not held up itself. Two "
		"looks, --for apart,\n"
		"tell what moves (200 ms, then 1 s). A FILTER leaves out chains "
		"without a socket\n"
		"that matches.\n",
	.examples =
		"  tcpmem blame                      the whole host\n"
		"  tcpmem blame 'comm = nginx'       chains that nginx is in\n"
		"  tcpmem blame --since A --from B   two captures, saved with "
		"--info\n"
		"  tcpmem blame -J | jq '.chains[].culprits[].name'\n",
	.options = OPTIONS(OPTIONS_FILTER, OPTION_BYTES, OPTION_JSON,
			   OPTION_NETNS, OPTION_FOR, OPTION_SINCE, OPTION_FROM,
			   OPTION_AT, OPTION_SALVAGE, OPTION_HOLDERS,
			   OPTION_COLOR, OPTION_STRICT),
	.run = run,
};
