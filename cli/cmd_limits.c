// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_limits.c - tcpmem limits: what bounds TCP memory, and how near it is */
#include "columns/columns.h"
#include "messages.h"
#include "output/footer.h"
#include "output/out.h"
#include "rows.h"
#include "session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define USUAL_COLUMNS "name,scope,value,used,used_percent,meaning"

static const struct {
	const char *key;
	enum tcpmem_worst which;
} worst_members[] = {
	{ "connections", TCPMEM_WORST_CONNECTIONS },
	{ "current_bytes", TCPMEM_WORST_CURRENT },
	{ "autotuned_bytes", TCPMEM_WORST_AUTOTUNED },
	{ "tcp_mem_high_bytes", TCPMEM_WORST_TCP_MEM },
	{ "ram_bytes", TCPMEM_WORST_RAM },
};

/* struct rest - what stands behind the rows */
struct rest {
	const struct options *options;
	const struct tcpmem_limits *limits;
};

static void json_worst(struct json *json, const struct tcpmem_limits *limits)
{
	int64_t value;

	json_open_object(json, "worst_case");
	for (size_t i = 0; i < ARRAY_SIZE(worst_members); i++) {
		if (tcpmem_limits_get_worst(limits, worst_members[i].which,
					    &value) == 0)
			json_integer(json, worst_members[i].key, value);
		else
			json_null(json, worst_members[i].key);
	}
	json_close_object(json);
}

/* null: it was not asked for */
static void json_advice(struct json *json, const struct rest *rest)
{
	const struct tcpmem_limits *limits = rest->limits;

	if (!rest->options->advise) {
		json_null(json, "advice");
		return;
	}
	json_open_array(json, "advice");
	for (size_t i = 0; i < tcpmem_limits_get_advice_count(limits); i++) {
		const struct tcpmem_advice *advice =
			tcpmem_limits_get_advice(limits, i);

		json_open_object(json, NULL);
		json_text(json, "setting", tcpmem_advice_get_setting(advice));
		json_text(json, "value", tcpmem_advice_get_value(advice));
		json_text(json, "reason", tcpmem_advice_get_reason(advice));
		json_text(json, "effect", tcpmem_advice_get_effect(advice));
		json_close_object(json);
	}
	json_close_array(json);
}

static void json_rest(struct json *json, const void *user)
{
	const struct rest *rest = user;

	json_worst(json, rest->limits);
	json_advice(json, rest);
}

static void print_bytes(const struct options *options,
			const struct tcpmem_limits *limits,
			enum tcpmem_worst which)
{
	struct value value = { .type = VALUE_BYTES };

	if (tcpmem_limits_get_worst(limits, which, &value.integer) == 0)
		value_print(stdout, &value,
			    (struct style){ .bytes = options->bytes });
	else
		fputs("unknown", stdout);
}

static void print_worst(const struct options *options,
			const struct tcpmem_limits *limits)
{
	int64_t connections = 0;

	tcpmem_limits_get_worst(limits, TCPMEM_WORST_CONNECTIONS, &connections);
	printf("\nWorst case for %" PRId64 " connections: ", connections);
	print_bytes(options, limits, TCPMEM_WORST_CURRENT);
	fputs(" at their limits of now,\n  ", stdout);
	print_bytes(options, limits, TCPMEM_WORST_AUTOTUNED);
	fputs(" at the maxima of tcp_rmem and tcp_wmem; tcp_mem's end: ",
	      stdout);
	print_bytes(options, limits, TCPMEM_WORST_TCP_MEM);
	fputs(",\n  memory of the machine: ", stdout);
	print_bytes(options, limits, TCPMEM_WORST_RAM);
	putchar('\n');
}

static void print_advice(const struct tcpmem_limits *limits)
{
	size_t count = tcpmem_limits_get_advice_count(limits);
	char line[512];

	puts(count ? "\nThe numbers ask for (nothing was changed):"
		   : "\nThe numbers ask for no change.");
	for (size_t i = 0; i < count; i++) {
		const struct tcpmem_advice *advice =
			tcpmem_limits_get_advice(limits, i);

		printf("  %s = %s\n", tcpmem_advice_get_setting(advice),
		       tcpmem_advice_get_value(advice));
		snprintf(line, sizeof(line), "  why: %s.",
			 tcpmem_advice_get_reason(advice));
		footer_print_text(line);
		snprintf(line, sizeof(line), "  but: %s.",
			 tcpmem_advice_get_effect(advice));
		footer_print_text(line);
	}
}

static void print_rest(const struct options *options, const void *user)
{
	const struct rest *rest = user;

	print_worst(options, rest->limits);
	if (options->advise)
		print_advice(rest->limits);
}

/* struct job - what the command line asks for */
struct job {
	const struct options *options;
	struct columns columns;
	struct sort sort;
};

static int print_rows(const struct job *job, struct out *out,
		      const struct tcpmem_snapshot *snap, const void **rows,
		      size_t count)
{
	int ret = out_open(out, snap);

	if (job->sort.columns.count)
		rows_sort(&job->sort, snap, rows, count);
	if (job->options->limited && count > job->options->limit)
		count = job->options->limit;
	for (size_t i = 0; ret == 0 && i < count; i++)
		ret = out_row(out, snap, rows[i]);
	return ret ? ret : out_close(out, snap, NULL);
}

static int print(const struct job *job, const struct tcpmem_snapshot *snap,
		 const struct tcpmem_limits *limits)
{
	const struct rest rest = { job->options, limits };
	struct out out = {
		.options = job->options,
		.schema = "tcpmem.limits/1",
		.columns = &job->columns,
		.rows = "limits",
		.json_rest = json_rest,
		.text_rest = print_rest,
		.user = &rest,
	};
	size_t count = tcpmem_limits_get_count(limits);
	const void **rows = calloc(count + 1, sizeof(*rows));
	int ret;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		rows[i] = tcpmem_limits_get(limits, i);
	ret = print_rows(job, &out, snap, rows, count);
	out_free(&out);
	free(rows);
	return ret;
}

static int execute(const struct job *job)
{
	const struct options *options = job->options;
	const char *netns = options->netns_count ? options->netns[0] : NULL;
	struct tcpmem_limits *limits = NULL;
	struct tcpmem_snapshot *snap = NULL;
	struct session session;
	int code, ret;

	ret = session_open(&session, options, false);
	if (ret == 0)
		ret = session_fetch(&session, &snap);
	if (ret == 0)
		ret = tcpmem_limits_read(session.ctx, snap, netns, &limits);
	if (ret == 0)
		ret = print(job, snap, limits);
	code = ret < 0 ? session_failed(&session, ret)
		       : session_exit_code(options, snap);
	tcpmem_limits_free(limits);
	tcpmem_snapshot_free(snap);
	session_close(&session);
	return code;
}

static int run(const struct options *options, char **args)
{
	struct job job = { .options = options };
	int ret;

	(void)args;
	if (options->netns_count > 1) {
		message("limits shows one network namespace: one --netns");
		return EXIT_USAGE;
	}
	ret = out_columns(options, &limit_columns, USUAL_COLUMNS, &job.columns);
	if (ret == 0 && options->sort)
		ret = sort_parse(&limit_columns, options->sort, &job.sort);
	return ret ? ret : execute(&job);
}

const struct command cmd_limits = {
	.name = "limits",
	.text = "the sysctls that bound TCP memory, and their use",
	.about = "Shows each limit, what of it is in use, and how far today's "
		 "connections could\n"
		 "go. Of a limit for one socket, listener or destination, the "
		 "one that uses the\n"
		 "most is shown. Nothing is changed.\n",
	.examples =
		"  tcpmem limits                   of this network namespace\n"
		"  tcpmem limits --advise          what the numbers ask for\n"
		"  tcpmem limits --netns self      no other's sockets are counted\n"
		"  tcpmem limits --sort -used_percent --limit 5\n"
		"  tcpmem limits -J | jq '.limits[] | select(.used_percent > "
		"80)'\n",
	.columns = &limit_columns,
	.options = OPTIONS_OUT | OPTION_BIT(OPTION_NETNS) |
		   OPTION_BIT(OPTION_ADVISE) | OPTION_BIT(OPTION_STRICT) |
		   OPTION_BIT(OPTION_HELP),
	.run = run,
};
