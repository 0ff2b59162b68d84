// SPDX-License-Identifier: LGPL-2.1-or-later
/* text.c - tcpmem explain, for people */
#include "output/text.h"
#include "blame/blame.h"
#include "explain.h"
#include "output/output.h"
#include "output/value.h"

#include <inttypes.h>
#include <stdio.h>

static void print_number(const struct options *options, const char *name,
			 enum value_type type, int64_t number)
{
	const struct value value = { .type = type, .integer = number };

	printf("  %-16s ", name);
	if (number == TCPMEM_UNKNOWN)
		fputs("unknown", stdout);
	else
		value_print(stdout, &value,
			    (struct style){ .bytes = options->bytes });
}

static void print_process_metric(const struct options *options,
				 const struct tcpmem_explanation *e,
				 enum tcpmem_process_metric metric)
{
	const struct tcpmem_term *term = tcpmem_process_metric_describe(metric);
	enum value_type type = term->unit == TCPMEM_UNIT_BYTES ? VALUE_BYTES
							       : VALUE_INTEGER;
	int64_t value = 0;

	if (tcpmem_explanation_get_metric(e, metric, &value) < 0)
		type = VALUE_UNKNOWN;
	if (value == TCPMEM_UNLIMITED)
		printf("  %-16s none", term->name);
	else
		print_number(options, term->name, type, value);
	printf("  %s (%s)\n", term->text,
	       tcpmem_explanation_get_source(e, metric));
}

/* The metrics of the cgroup are the last of enum tcpmem_process_metric. */
static void print_process_metrics(const struct options *options,
				  const struct tcpmem_explanation *e)
{
	for (int i = 0; i < TCPMEM_PROCESS_METRIC_CGROUP_CURRENT; i++)
		print_process_metric(options, e, (enum tcpmem_process_metric)i);
	fputs("Its cgroup, ", stdout);
	escape_print(stdout, e->cgroup ? e->cgroup : "unknown",
		     ESCAPE_TERMINAL);
	putchar('\n');
	for (int i = TCPMEM_PROCESS_METRIC_CGROUP_CURRENT;
	     i < TCPMEM_PROCESS_METRIC_COUNT; i++)
		print_process_metric(options, e, (enum tcpmem_process_metric)i);
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
	if (explain_get_rest(e, pprof, &value) < 0)
		return;
	print_number(options, "rss_rest", VALUE_BYTES, value);
	puts(value < 0
		     ? "  RSS less kept: the runtime has reserved untouched pages"
		     : "  RSS less kept: the program itself, and cgo's heap");
}

static void print_sockets(const struct options *options, const char *name,
			  int64_t bytes, int64_t sockets, const char *text)
{
	print_number(options, name, VALUE_BYTES, bytes);
	printf("  %" PRId64 " %s%s\n", sockets,
	       sockets == 1 ? "socket" : "sockets", text);
}

static void print_states(const struct options *options,
			 const struct tcpmem_explanation *e)
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
				row_metric(row, TCPMEM_METRIC_SOCKETS), "");
	}
}

/* Not "0 of 0" if it is known of none. */
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
		printf("not known for %" PRId64 " connections",
		       e->keepalive_unknown);
	putchar('\n');
}

static void print_more(const struct options *options,
		       const struct tcpmem_explanation *e)
{
	puts("Among them");
	print_sockets(options, "shared", e->shared_bytes, e->shared_sockets,
		      " that other processes hold too, in full");
	print_sockets(options, "unaccepted", e->unaccepted_bytes,
		      e->unaccepted_sockets,
		      " that its listeners have not accepted");
	print_keepalive(e);
}

static void print_tcp(const struct options *options,
		      const struct tcpmem_explanation *e)
{
	static const enum tcpmem_metric parts[] = {
		TCPMEM_METRIC_RMEM,	 TCPMEM_METRIC_WMEM_QUEUED,
		TCPMEM_METRIC_BUFFER,	 TCPMEM_METRIC_OBJECT,
		TCPMEM_METRIC_HELD,	 TCPMEM_METRIC_REACH,
		TCPMEM_METRIC_FWD_ALLOC,
	};
	puts("TCP memory, in the kernel: beside RSS, not in it");
	if (!e->tcp) {
		puts(e->sockets_known
			     ? "  none: it has no TCP socket"
			     : "  unknown: its file descriptors are not readable");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		print_number(options, tcpmem_metric_describe(parts[i])->name,
			     VALUE_BYTES, row_metric(e->tcp, parts[i]));
		printf("  %s\n", tcpmem_metric_describe(parts[i])->text);
	}
	print_states(options, e);
	print_more(options, e);
}

static void print_finding(const struct tcpmem_finding *finding)
{
	const struct tcpmem_finding_term *term =
		tcpmem_finding_code_describe(finding->code);

	footer_print_text("%s: %s.", term->name, finding->text);
	footer_print_text("  why: %s.", term->reason);
	footer_print_text("  bound by: %s.", term->setting);
	footer_print_text("  do: %s.", term->advice);
}

/* Looks that were a second apart tell all that looks can. */
static bool is_short(const struct options *options)
{
	return options->for_ns && options->for_ns < 1000000000;
}

static void print_findings(const struct options *options,
			   const struct tcpmem_explanation *e)
{
	const struct tcpmem_finding *finding =
		tcpmem_explanation_get_finding(e, 0);

	if (!e->sockets_known)
		puts("Findings, none of them about its sockets");
	else
		puts(finding ? "Findings" : "No findings");
	for (size_t i = 1; finding; i++) {
		print_finding(finding);
		finding = tcpmem_explanation_get_finding(e, i);
	}
	if (e->undecided)
		footer_print_text(
			"Not decided: whether the queues of %" PRId64
			" sockets move%s.",
			e->undecided,
			is_short(options) ? "; '--for 2s' looks longer" : "");
}

/* Chains that process @pid is in */
static void print_chains(const struct explain *explain, uint32_t pid)
{
	const struct tcpmem_blame *blame = explain->blame;
	bool any = false;

	for (size_t i = 0; blame && i < blame->count; i++) {
		if (!blame_has(&blame->chain[i], pid))
			continue;
		if (!any)
			puts("Chains that it is in");
		any = true;
		blame_print_chain(explain->options, &blame->chain[i]);
	}
	if (any)
		blame_print_basis(blame);
}

static void print_orphans(const struct options *options,
			  const struct tcpmem_explanation *e)
{
	size_t count = tcpmem_table_get_row_count(e->orphans);
	const struct tcpmem_finding_term *term =
		tcpmem_finding_code_describe(TCPMEM_FINDING_ORPHANS);

	if (!count)
		return;
	puts("In its network namespace, by peer and user");
	for (size_t i = 0; i < count; i++) {
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

void explain_print_text(const struct explain *explain)
{
	for (size_t i = 0; i < explain->count; i++) {
		const struct tcpmem_explanation *e = explain->process[i];

		if (i)
			putchar('\n');
		escape_print(stdout, e->comm, ESCAPE_TERMINAL);
		printf("[%" PRIu32 "]\n", e->pid);
		print_process_metrics(explain->options, e);
		if (explain->pprof)
			print_pprof(explain->options, e, explain->pprof);
		print_tcp(explain->options, e);
		print_findings(explain->options, e);
		print_chains(explain, e->pid);
		print_orphans(explain->options, e);
	}
	footer_print(&(struct footer){ .snap = explain->snap },
		     explain->options);
}
