// SPDX-License-Identifier: LGPL-2.1-or-later
/* text.c - tcpmem explain, for people */
#include "output/text.h"
#include "blame/blame.h"
#include "explain.h"
#include "output/file.h"
#include "output/output.h"
#include "output/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of several processes, so that the answer fits on a screen or two */
#define FINDINGS_OF_MANY 4
#define ORPHANS_OF_MANY	 3

/* @least: a lower bound; "at least 0" is nothing known */
static void print_bound(const struct options *options, const char *name,
			enum value_type type, int64_t number, bool least)
{
	const struct value value = { .type = type, .integer = number };

	printf("  %-16s ", name);
	if (number == TCPMEM_UNKNOWN || (least && !number)) {
		fputs("unknown", stdout);
		return;
	}
	if (least)
		fputs("at least ", stdout);
	value_print(stdout, &value, (struct style){ .bytes = options->bytes });
}

static void print_number(const struct options *options, const char *name,
			 enum value_type type, int64_t number)
{
	print_bound(options, name, type, number, false);
}

static void print_process_metric(const struct options *options,
				 const struct tcpmem_explanation *e,
				 enum tcpmem_process_metric metric)
{
	const struct tcpmem_term *term = tcpmem_process_metric_describe(metric);
	enum value_type type = term->unit == TCPMEM_UNIT_BYTES ? VALUE_BYTES
							       : VALUE_INTEGER;
	const char *source = NULL;
	int64_t value = 0;

	if (tcpmem_explanation_get_metric(e, metric, &value, &source) < 0)
		type = VALUE_UNKNOWN;
	if (value == TCPMEM_UNLIMITED)
		printf("  %-16s none", term->name);
	else
		print_number(options, term->name, type, value);
	printf("  %s (%s)\n", term->text, source);
}

static bool is_of_cgroup(int metric)
{
	return metric >= TCPMEM_PROCESS_METRIC_CGROUP_CURRENT;
}

/* Metrics of one process: sums over several say nothing. */
static bool is_of_one(int metric)
{
	return metric == TCPMEM_PROCESS_METRIC_VSZ ||
	       metric == TCPMEM_PROCESS_METRIC_STACK ||
	       metric == TCPMEM_PROCESS_METRIC_PAGE_TABLES ||
	       metric == TCPMEM_PROCESS_METRIC_STATM_RSS;
}

/* Of several processes, and of a capture, what is not known is left out. */
static void print_process_metrics(const struct explain *explain,
				  const struct tcpmem_explanation *e)
{
	bool whole = e->pid_count == 1 && explain->ctx;
	bool cgroup = false;
	int64_t value;

	for (int i = 0; i < TCPMEM_PROCESS_METRIC_COUNT; i++) {
		enum tcpmem_process_metric metric =
			(enum tcpmem_process_metric)i;

		if ((!whole && tcpmem_explanation_get_metric(e, metric, &value,
							     NULL) < 0) ||
		    (e->pid_count > 1 && is_of_one(i)))
			continue;
		if (is_of_cgroup(i) && !cgroup) {
			cgroup = true;
			fputs("Its cgroup, ", stdout);
			escape_print(stdout, e->cgroup ? e->cgroup : "unknown",
				     ESCAPE_TERMINAL);
			putchar('\n');
		}
		print_process_metric(explain->options, e, metric);
	}
}

static void print_text(const char *name, const char *text)
{
	if (!text)
		return;
	printf("  %-16s ", name);
	escape_print(stdout, text, ESCAPE_TERMINAL);
	putchar('\n');
}

static void print_who(const struct tcpmem_explanation *e)
{
	const struct tcpmem_process_details *who = &e->who;
	char when[WHEN_SIZE];

	print_text("command line", who->cmdline ? who->cmdline : "unknown");
	print_text("executable", who->program ? who->program : "unknown");
	print_text("user", e->user);
	print_text("unit", e->unit);
	print_text("container", e->container);
	if (e->start_ns != TCPMEM_UNKNOWN) {
		when_text(e->start_ns, when);
		print_text("started", when);
	}
	if (who->parent == TCPMEM_UNKNOWN || !who->parent)
		return;
	printf("  %-16s ", "parent");
	escape_print(stdout, e->parent ? e->parent : "", ESCAPE_TERMINAL);
	printf("[%" PRId64 "]\n", who->parent);
}

static void print_pprof(const struct options *options,
			const struct tcpmem_explanation *e,
			const struct pprof *pprof)
{
	int64_t value = 0;

	puts("Go runtime");
	for (int i = 0; i < PPROF_COUNT; i++) {
		bool bytes = i != PPROF_GOROUTINES;

		print_number(options, pprof_metrics[i].name,
			     !pprof->known[i] ? VALUE_UNKNOWN
			     : bytes	      ? VALUE_BYTES
					      : VALUE_INTEGER,
			     pprof->value[i]);
		printf("  %s\n", pprof_metrics[i].text);
	}
	if (explain_advise(e, pprof))
		footer_print_text("do: %s.", explain_advise(e, pprof));
	if (explain_get_rest(e, pprof, &value) < 0)
		return;
	print_number(options, "rss_rest", VALUE_BYTES, value);
	puts(value < 0
		     ? "  RSS less kept: the runtime has reserved untouched pages"
		     : "  RSS less kept: the program itself, and cgo's heap");
}

/* @least: of some is not known what they hold */
static void print_sockets(const struct options *options, const char *name,
			  int64_t bytes, bool least, int64_t sockets,
			  const char *text)
{
	print_bound(options, name, VALUE_BYTES, bytes, least);
	printf("  %" PRId64 " %s%s\n", sockets,
	       sockets == 1 ? "socket" : "sockets", text);
}

/* @uncounted: states with sockets that came without counters */
static void print_states(const struct options *options,
			 const struct tcpmem_explanation *e, uint32_t uncounted)
{
	puts("Held by state");
	for (int i = 0; i <= TCPMEM_STATE_MAX; i++) {
		enum tcpmem_state state = (enum tcpmem_state)i;
		const struct tcpmem_row *row =
			tcpmem_explanation_get_state(e, state);

		if (row)
			print_sockets(
				options, tcpmem_state_describe(state)->name,
				row_metric(row, TCPMEM_METRIC_HELD),
				uncounted & 1u << i,
				row_metric(row, TCPMEM_METRIC_SOCKETS), "");
	}
}

/* Not "0 of 0" if SO_KEEPALIVE is known of no connection. */
static void print_keepalive(const struct tcpmem_explanation *e)
{
	int64_t known = e->keepalive_on + e->keepalive_off;

	printf("  %-16s ", "keepalive");
	if (known || !e->keepalive_unknown)
		printf("%" PRId64 "  of %" PRId64
		       " connections have it on (SO_KEEPALIVE)%s",
		       e->keepalive_on, known,
		       e->keepalive_unknown ? "; " : "");
	if (e->keepalive_unknown)
		printf("not known for %" PRId64 " connection%s",
		       e->keepalive_unknown,
		       e->keepalive_unknown == 1 ? "" : "s");
	putchar('\n');
}

static void print_more(const struct options *options,
		       const struct tcpmem_explanation *e)
{
	bool brief = e->pid_count > 1;

	puts("Among them");
	if (!brief || e->shared_sockets)
		print_sockets(options, "shared", e->shared_bytes, false,
			      e->shared_sockets,
			      " that other processes hold too, in full");
	if (!brief || e->unaccepted_sockets)
		print_sockets(options, "unaccepted", e->unaccepted_bytes, false,
			      e->unaccepted_sockets,
			      " that its listeners have not accepted");
	print_keepalive(e);
}

static bool is_narrowed(const struct options *options)
{
	return options->netns_count || options->filter;
}

static bool knows_fds(const struct tcpmem_explanation *e)
{
	int64_t fds;

	return tcpmem_explanation_get_metric(
		       e, TCPMEM_PROCESS_METRIC_FDS_SOCKETS, &fds, NULL) == 0;
}

/* Sockets that came @uncounted add to sums; a quota may be negative. */
static void print_sums(const struct options *options,
		       const struct tcpmem_row *tcp, bool uncounted)
{
	static const enum tcpmem_metric parts[] = {
		TCPMEM_METRIC_RMEM,	 TCPMEM_METRIC_WMEM_QUEUED,
		TCPMEM_METRIC_BUFFER,	 TCPMEM_METRIC_OBJECT,
		TCPMEM_METRIC_HELD,	 TCPMEM_METRIC_REACH,
		TCPMEM_METRIC_FWD_ALLOC,
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		bool is_signed = parts[i] == TCPMEM_METRIC_FWD_ALLOC;

		print_bound(options, tcpmem_metric_describe(parts[i])->name,
			    VALUE_BYTES,
			    uncounted && is_signed ? TCPMEM_UNKNOWN
						   : row_metric(tcp, parts[i]),
			    uncounted && parts[i] != TCPMEM_METRIC_OBJECT);
		printf("  %s\n", tcpmem_metric_describe(parts[i])->text);
	}
}

static void print_tcp(const struct explain *explain,
		      const struct explained *item)
{
	const struct options *options = explain->options;
	const struct tcpmem_explanation *e = item->is;
	uint32_t uncounted = explain_uncounted(explain, item);
	const char *whose = e->pid_count > 1 ? "they have" : "it has";
	const char *where =
		is_narrowed(options) ? " among those that were asked for" : "";

	puts("TCP memory, in the kernel: beside RSS, not in it");
	if (!e->tcp && e->sockets_known)
		printf("  none: %s no TCP socket%s\n", whose, where);
	else if (!e->tcp && knows_fds(e))
		printf("  unknown: %s TCP sockets that could not be read\n",
		       whose);
	else if (!e->tcp)
		puts("  unknown: file descriptors are not readable");
	if (!e->tcp)
		return;
	print_sums(options, e->tcp, uncounted);
	print_states(options, e, uncounted);
	print_more(options, e);
}

/* "30782976 bytes" as tables have it; NULL: no memory */
static char *with_units(const char *text, bool exact)
{
	char *made = NULL, *end, bytes[HUMAN_SIZE];
	size_t size;
	FILE *out = memstream_open(&made, &size);

	while (out && *text) {
		long long number = strtoll(text, &end, 10);

		if (*text < '0' || *text > '9') {
			putc(*text++, out);
		} else if (!exact && strncmp(end, " bytes", 6) == 0) {
			human_bytes(number, bytes);
			fputs(bytes, out);
			text = end + 6;
		} else {
			fwrite(text, 1, (size_t)(end - text), out);
			text = end;
		}
	}
	memstream_end(out, &made);
	return made;
}

/* @brief: without reason and setting, which tcpmem(1) and JSON have */
static void print_finding(const struct explain *explain,
			  const struct tcpmem_finding *finding, bool brief)
{
	char *text = with_units(finding->text, explain->options->bytes);
	const struct tcpmem_finding_term *term =
		tcpmem_finding_code_describe(finding->code);

	footer_print_text("%s: %s.", term->name, text ? text : finding->text);
	free(text);
	if (!brief) {
		footer_print_text("  why: %s.", term->reason);
		footer_print_text("  bound by: %s.", term->setting);
	}
	footer_print_text("  do: %s.", term->advice);
}

/* Looks that were a second apart tell all that looks can. */
static bool is_short(const struct options *options)
{
	return options->for_ns && options->for_ns < 1000000000;
}

static void print_undecided(const struct explain *explain,
			    const struct tcpmem_explanation *e)
{
	const char *how = "";

	if (!e->undecided)
		return;
	if (!explain->ctx)
		how = ", since a capture is one look";
	else if (is_short(explain->options))
		how = "; '--for 2s' looks longer";
	footer_print_text(
		"Not decided: whether the queues of %" PRId64 " socket%s%s.",
		e->undecided, e->undecided == 1 ? " move" : "s move", how);
}

bool explain_is_measured(const struct tcpmem_explanation *e)
{
	for (int i = 0; e->tcp && i <= TCPMEM_STATE_MAX; i++) {
		const struct tcpmem_row *row =
			tcpmem_explanation_get_state(e, (enum tcpmem_state)i);

		if (row &&
		    row_metric(row, TCPMEM_METRIC_BUFFER) == TCPMEM_UNKNOWN)
			return false;
	}
	return true;
}

/* Where its own fds are known, nothing depends on whose the others are. */
static const char *nothing_found(const struct explain *explain,
				 const struct tcpmem_explanation *e)
{
	uint32_t needs = knows_fds(e) ? 0 : (uint32_t)TCPMEM_NEED_HOLDERS;

	if (tcpmem_snapshot_get_unseen(explain->snap, needs))
		return "No findings among what was seen";
	return is_narrowed(explain->options)
		       ? "No findings among what was asked for"
		       : "No findings";
}

static const char *findings_title(const struct explain *explain,
				  const struct tcpmem_explanation *e, bool any)
{
	if (!e->sockets_known)
		return any ? "Findings, none of them about its sockets"
			   : "Findings: unknown, its sockets were not seen";
	if (!explain_is_measured(e))
		return any ? "Findings, none of them about its queues"
			   : "Findings: unknown, its sockets' counters could "
			     "not be read";
	return any ? "Findings" : nothing_found(explain, e);
}

static void print_findings(const struct explain *explain,
			   const struct tcpmem_explanation *e)
{
	const struct tcpmem_finding *finding =
		tcpmem_explanation_get_finding(e, 0);
	bool brief = e->pid_count > 1;

	puts(findings_title(explain, e, finding));
	for (size_t i = 1; finding; i++) {
		print_finding(explain, finding, brief);
		finding = tcpmem_explanation_get_finding(e, i);
		if (brief && i == FINDINGS_OF_MANY && finding) {
			puts("More findings: see --json");
			break;
		}
	}
	print_undecided(explain, e);
}

/* Chains that @item is in; of several processes the first */
static void print_chains(const struct explain *explain,
			 const struct explained *item)
{
	const struct tcpmem_blame *blame = explain->blame;
	size_t printed = 0;

	for (size_t i = 0; blame && i < blame->count; i++) {
		if (!explain_has_chain(item, &blame->chain[i]) ||
		    (printed && item->count > 1))
			continue;
		if (!printed++)
			puts(item->count > 1 ? "The chain of most bytes that "
					       "one of them is in"
					     : "Chains that it is in");
		blame_print_chain(explain->options, &blame->chain[i]);
	}
	if (printed && item->count == 1)
		blame_print_basis(blame, explain->ctx);
}

static void print_orphans(const struct options *options,
			  const struct tcpmem_explanation *e)
{
	size_t count = tcpmem_table_get_row_count(e->orphans);
	size_t most = e->pid_count > 1 ? ORPHANS_OF_MANY : count;
	const struct tcpmem_finding_term *term =
		tcpmem_finding_code_describe(TCPMEM_FINDING_ORPHANS);

	if (!count)
		return;
	puts("In its network namespace, at its ports or peers, by peer and "
	     "user");
	for (size_t i = 0; i < count && i < most; i++) {
		const struct tcpmem_row *row =
			tcpmem_table_get_row(e->orphans, i);

		print_number(options, "orphans", VALUE_BYTES,
			     row_metric(row, TCPMEM_METRIC_HELD));
		printf("  %" PRId64 " of ",
		       row_metric(row, TCPMEM_METRIC_SOCKETS));
		escape_print(stdout, tcpmem_row_get_subject(row)->key,
			     ESCAPE_TERMINAL);
		putchar('\n');
	}
	footer_print_text("%s: %s.", term->name, term->reason);
	footer_print_text("  bound by: %s.", term->setting);
	footer_print_text("  do: %s.", term->advice);
}

static void print_name(const struct explained *item)
{
	const struct tcpmem_explanation *e = item->is;

	escape_print(stdout, e->pid_count > 1 ? item->name : e->comm,
		     ESCAPE_TERMINAL);
	if (e->pid_count > 1)
		printf(": %zu processes, in sum; RSS has shared pages once for "
		       "each\n",
		       e->pid_count);
	else
		printf("[%" PRIu32 "]\n", e->pid);
}

static int print_item(const struct explain *explain,
		      const struct explained *item)
{
	const struct tcpmem_explanation *e = item->is;
	int ret = 0;

	print_name(item);
	if (e->pid_count == 1)
		print_who(e);
	print_process_metrics(explain, e);
	if (explain->pprof)
		print_pprof(explain->options, e, explain->pprof);
	print_tcp(explain, item);
	if (e->pid_count > 1)
		ret = explain_print_worst(explain, item);
	print_findings(explain, e);
	print_chains(explain, item);
	print_orphans(explain->options, e);
	return ret;
}

int explain_print_text(const struct explain *explain)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < explain->count; i++) {
		if (i)
			putchar('\n');
		ret = print_item(explain, &explain->item[i]);
	}
	footer_print(&(struct footer){ .snap = explain->snap },
		     explain->options);
	return ret;
}
