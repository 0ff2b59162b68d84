// SPDX-License-Identifier: LGPL-2.1-or-later
/* text.c - the summary for people, in 80 columns */
#include "output/text.h"
#include "messages.h"
#include "output/output.h"
#include "summary.h"

#include <inttypes.h>
#include <string.h>

/* A terminal has 24, and the shell's prompt is one of them. */
enum { LINES_MOST = 23, PROCESSES_LEAST = 2 };

/* Least widths, so that both tables have the same columns */
static const int widths[] = { 22, 8 };

/* The label has the scope of the metric: host or netns. */
static void print_label(const char *label)
{
	printf("%-19s", label);
}

bool summary_read_host(const struct summary *summary,
		       enum tcpmem_host_metric metric, int64_t *value)
{
	return tcpmem_snapshot_get_host_metric(summary->snap, metric, value) ==
	       0;
}

static bool read_limits(const struct summary *summary, struct bar *bar)
{
	return summary_read_host(summary, TCPMEM_HOST_METRIC_TCP_MEM_LOW,
				 &bar->low) &&
	       summary_read_host(summary, TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE,
				 &bar->pressure) &&
	       summary_read_host(summary, TCPMEM_HOST_METRIC_TCP_MEM_HIGH,
				 &bar->high) &&
	       bar->high > 0;
}

static int print_tcp_mem(const struct summary *summary)
{
	const struct options *options = summary->options;
	int64_t pressure = 0;
	struct bar bar;

	putchar('\n');
	print_label("tcp_mem (host)");
	if (!summary_read_host(summary, TCPMEM_HOST_METRIC_TCP_MEM_USED,
			       &bar.used)) {
		puts("unknown");
		return 2;
	}
	value_print_bytes(stdout, bar.used, options->bytes);
	if (!read_limits(summary, &bar)) {
		puts(" used; its limits cannot be read here");
		return 2;
	}
	/* the kernel is, until the used memory falls below low */
	(void)summary_read_host(summary, TCPMEM_HOST_METRIC_PRESSURE,
				&pressure);
	fputs(pressure ? " used, under pressure; low " : " used; low ", stdout);
	value_print_bytes(stdout, bar.low, options->bytes);
	fputs(", pressure ", stdout);
	value_print_bytes(stdout, bar.pressure, options->bytes);
	fputs(", high ", stdout);
	value_print_bytes(stdout, bar.high, options->bytes);
	putchar('\n');
	bar_print(stdout, &bar, term_has_color(options->color));
	return 3;
}

static void print_balance(const struct summary *summary, const char *label,
			  enum tcpmem_reconcile_metric which)
{
	int64_t bytes;

	fputs(label, stdout);
	if (tcpmem_reconciliation_get_metric(summary->reconciliation, which,
					     &bytes) == 0)
		value_print_bytes(stdout, bytes, summary->options->bytes);
	else
		fputs("unknown", stdout);
}

static bool is_narrowed(const struct summary *summary)
{
	return tcpmem_reconciliation_get_verdict(summary->reconciliation) ==
	       TCPMEM_VERDICT_NARROWED;
}

/* The causes of a difference are printed with the warnings. */
static int print_reconcile(const struct summary *summary)
{
	const struct tcpmem_reconciliation *r = summary->reconciliation;
	bool agrees = tcpmem_reconciliation_get_verdict(r) ==
		      TCPMEM_VERDICT_AGREES;

	print_label("Charged (host)");
	print_balance(summary, "", TCPMEM_RECONCILE_METRIC_CHARGED);
	if (!summary->options->all && (agrees || is_narrowed(summary))) {
		printf(" seen: %s\n", tcpmem_reconciliation_get_text(r));
		return 1;
	}
	print_balance(summary, " seen, ", TCPMEM_RECONCILE_METRIC_KERNEL);
	print_balance(summary, " by the kernel, +/- ",
		      TCPMEM_RECONCILE_METRIC_TOLERANCE);
	putchar('\n');
	print_label("");
	puts(tcpmem_reconciliation_get_text(r));
	return 2;
}

/* "Orphans (host)     3 of 65536, 0.0 %" */
static void print_count(const struct summary *summary, const char *name,
			enum tcpmem_host_metric count,
			enum tcpmem_host_metric max)
{
	int64_t have = 0, limit = 0;

	print_label(name);
	if (!summary_read_host(summary, count, &have)) {
		fputs("unknown", stdout);
		return;
	}
	printf("%" PRId64, have);
	if (summary_read_host(summary, max, &limit) && limit > 0)
		printf(" of %" PRId64 ", %.1f %%", limit,
		       100.0 * (double)have / (double)limit);
}

const char *summary_time_wait_netns(const struct summary *summary)
{
	int64_t index;

	if (!summary_read_host(summary, TCPMEM_HOST_METRIC_TIME_WAIT_NETNS,
			       &index))
		return NULL;
	return tcpmem_snapshot_get_netns(summary->snap, (size_t)index, NULL);
}

/* Where one namespace was asked for, its name is known. */
static int print_time_wait(const struct summary *summary)
{
	size_t count = tcpmem_snapshot_get_netns_count(summary->snap);
	const char *name = summary_time_wait_netns(summary);
	int64_t all, fin_wait_2;

	print_count(summary, "TIME_WAIT (netns)", TCPMEM_HOST_METRIC_TIME_WAIT,
		    TCPMEM_HOST_METRIC_TIME_WAIT_MAX);
	if (name && count > 1) {
		fputs(" in ", stdout);
		escape_print(stdout, name, ESCAPE_TERMINAL);
		if (summary_read_host(summary, TCPMEM_HOST_METRIC_TIME_WAIT_ALL,
				      &all))
			printf("; %" PRId64 " in all %zu namespaces", all,
			       count);
		else
			fputs("; not all namespaces could be read", stdout);
	}
	putchar('\n');
	if (!summary_read_host(summary, TCPMEM_HOST_METRIC_FIN_WAIT_2,
			       &fin_wait_2) ||
	    !fin_wait_2)
		return 1;
	print_label("");
	printf("%" PRId64 " of them in FIN_WAIT_2, closed: it counts "
	       "toward the limit\n",
	       fin_wait_2);
	return 2;
}

/*
 * Object bytes are an estimate: the source of their sizes tells how good. What
 * is said of defaults was measured; see suite_nobtf.py in tests/kernels.
 */
static void print_objects(const struct summary *summary)
{
	size_t uses[TCPMEM_OBJECT_SOURCE_COUNT] = { 0 };
	enum tcpmem_object_source source;
	const char *comma = "";

	for (int i = 0; i < TCPMEM_OBJECT_COUNT; i++) {
		tcpmem_snapshot_get_object(summary->snap, (enum tcpmem_object)i,
					   &source);
		uses[source]++;
	}
	print_label("Objects (host)");
	fputs("sizes from ", stdout);
	for (int i = TCPMEM_OBJECT_SOURCE_COUNT - 1; i >= 0; i--) {
		if (!uses[i])
			continue;
		printf("%s%s (%zu)", comma,
		       tcpmem_object_source_describe(
			       (enum tcpmem_object_source)i)
			       ->name,
		       uses[i]);
		comma = ", ";
	}
	putchar('\n');
	tcpmem_snapshot_get_object(summary->snap, TCPMEM_OBJECT_SOCK_INODE,
				   &source);
	if (source != TCPMEM_OBJECT_SOURCE_DEFAULT)
		return;
	print_label("");
	puts("default: an open socket within 10 %, Linux 5.10 to "
	     "7.3, x86-64");
}

static int print_states(const struct summary *summary, int *lines)
{
	struct state_row rows[SUMMARY_STATES];
	const struct state_row total = {
		.name = "total",
		.row = tcpmem_table_get_total(summary->states),
	};
	struct columns columns = { 0 };
	struct table *table;

	columns_parse(&state_columns, "state,sockets,unread,unsent,object,held",
		      &columns);
	summary_states(summary, rows);
	table = table_new(summary->options, &columns, NULL, widths);
	*lines += 2; /* heading and total */
	for (size_t i = 0; i < SUMMARY_STATES; i++) {
		if (rows[i].unasked || (!rows[i].row && !summary->options->all))
			continue;
		table_add(table, summary->snap, &rows[i], false);
		++*lines;
	}
	table_add(table, summary->snap, &total, true);
	return table_finish(table);
}

/* Beside them: what stands above, blank lines, headings, "other", scope */
static size_t usual_limit(const struct summary *summary, int lines)
{
	size_t causes = 0, warnings = 0;
	int left;

	if (summary->options->all)
		return SUMMARY_PROCESSES;
	if (tcpmem_reconciliation_get_cause(summary->reconciliation, 0, NULL) &&
	    !is_narrowed(summary))
		causes = 1;
	if (tcpmem_snapshot_get_warning(summary->snap, 0, NULL))
		warnings = 1;
	left = LINES_MOST - lines - 5 - (int)causes - (int)warnings;
	return (size_t)(left > PROCESSES_LEAST ? left : PROCESSES_LEAST);
}

static int print_processes(const struct summary *summary, int lines)
{
	const struct tcpmem_table *rows = summary->processes;
	struct columns columns = { 0 };
	struct table *table;
	size_t count;
	int ret = summary_limit(summary, usual_limit(summary, lines));

	count = rows ? tcpmem_table_get_row_count(rows) : 0;
	if (ret < 0 || !count)
		return ret;
	columns_parse(&row_columns,
		      "key,sockets,unread,unsent,object,held,share%", &columns);
	table = table_new(summary->options, &columns, "process", widths);
	for (size_t i = 0; i < count; i++)
		table_add(table, summary->snap, tcpmem_table_get_row(rows, i),
			  false);
	putchar('\n');
	return table_finish(table);
}

int summary_text(const struct summary *summary)
{
	bool brief = !summary->options->verbose;
	int lines = summary_answer(summary);
	int ret = print_states(summary, &lines);

	if (ret < 0)
		return ret;
	lines += print_tcp_mem(summary);
	lines += print_reconcile(summary);
	print_count(summary, "Orphans (host)", TCPMEM_HOST_METRIC_ORPHANS,
		    TCPMEM_HOST_METRIC_ORPHANS_MAX);
	putchar('\n');
	lines += 1 + print_time_wait(summary);
	if (summary->options->all || !brief)
		print_objects(summary);
	ret = print_processes(summary, lines);
	if (ret == 0)
		ret = summary_cgroups_text(summary);
	if (ret < 0)
		return ret;
	footer_print(&(struct footer){ .snap = summary->snap, .brief = brief },
		     summary->options);
	/* the line of what is charged has told it */
	if (!brief || !is_narrowed(summary))
		footer_print_causes(summary->reconciliation, brief);
	summary_cgroups_footer(summary);
	return stdout_status();
}
