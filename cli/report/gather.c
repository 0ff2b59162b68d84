// SPDX-License-Identifier: LGPL-2.1-or-later
/* gather.c - snapshots -> the figures of a report */
#include "report.h"

#include "output/file.h"
#include "output/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void report_free(struct report *report)
{
	for (size_t i = 0; i < report->count; i++)
		free(report->moment[i].source);
	for (size_t i = 0; i < report->warning_count; i++)
		free(report->warning[i].text);
	for (size_t i = 0; i < report->event_count; i++)
		free(report->event[i].text);
	free(report->event);
	report_groups_free(report);
	report_runs_free(report);
	free(report->moment);
	free(report->warning);
	free(report->chains);
}

static double part_of_limit(const struct report_host *host)
{
	return host->kernel < 0 || host->high_limit <= 0
		       ? -1
		       : (double)host->kernel / (double)host->high_limit;
}

void report_add_host(struct report *report, const struct report_host *host)
{
	if (!report->hosts++ ||
	    part_of_limit(host) > part_of_limit(&report->nearest))
		report->nearest = *host;
	report->incomplete += !host->complete;
	report->limits_known += part_of_limit(host) >= 0;
	report->pressure_known += host->pressure != TCPMEM_UNKNOWN;
	if (host->pressure == 1 && report->pressed.pressure != 1)
		report->pressed = *host;
}

static int64_t host(const struct tcpmem_snapshot *snap,
		    enum tcpmem_host_metric metric)
{
	int64_t value;

	return tcpmem_snapshot_get_host_metric(snap, metric, &value) < 0
		       ? TCPMEM_UNKNOWN
		       : value;
}

#define BIT(code) (UINT32_C(1) << TCPMEM_WARNING_##code)

/* Some or all of what the sockets held is lost, another part in each moment. */
#define LOST                                              \
	(BIT(COUNTERS_MISSING) | BIT(SOCK_DIAG_CLOSED) |  \
	 BIT(DUMP_INTERRUPTED) | BIT(MESSAGE_MALFORMED) | \
	 BIT(CAPTURE_DAMAGED))

/* Parts of the host that were left out; the rest compares. */
#define LEFT_OUT (BIT(NETNS_DENIED) | BIT(MPTCP_MISSING) | BIT(CAPTURE_SCOPE))

static uint32_t find_codes(const struct tcpmem_snapshot *snap, uint32_t codes)
{
	enum tcpmem_warning_code code;
	uint32_t found = 0;

	for (size_t i = 0; tcpmem_snapshot_get_warning(snap, i, &code); i++)
		found |= UINT32_C(1) << code & codes;
	return found;
}

static void add_host(struct report_moment *moment,
		     const struct tcpmem_snapshot *snap)
{
	moment->ns = tcpmem_snapshot_get_time_ns(snap);
	/* that of a capture may be of something else: processes, tcp_info */
	moment->left_out = tcpmem_snapshot_get_unseen(snap, 0)
				   ? find_codes(snap, LEFT_OUT)
				   : 0;
	moment->lost = find_codes(snap, LOST);
	moment->value[REPORT_KERNEL] =
		host(snap, TCPMEM_HOST_METRIC_TCP_MEM_USED);
	moment->value[REPORT_ORPHANS] = host(snap, TCPMEM_HOST_METRIC_ORPHANS);
	moment->value[REPORT_TIME_WAIT] =
		host(snap, TCPMEM_HOST_METRIC_TIME_WAIT_ALL);
	moment->pressure_limit =
		host(snap, TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE);
	moment->host = (struct report_host){
		moment->ns,
		moment->value[REPORT_KERNEL],
		host(snap, TCPMEM_HOST_METRIC_TCP_MEM_HIGH),
		host(snap, TCPMEM_HOST_METRIC_PRESSURE),
		tcpmem_snapshot_is_complete(snap),
	};
}

/* A subflow is none: it is counted with its connection. */
static void add_states(struct report_moment *moment,
		       const struct tcpmem_snapshot *snap)
{
	for (size_t i = 0; i < tcpmem_snapshot_get_socket_count(snap); i++) {
		const struct tcpmem_socket *sock =
			tcpmem_snapshot_get_socket(snap, i);
		int64_t sockets = 0;

		(void)tcpmem_socket_get_metric(sock, TCPMEM_METRIC_SOCKETS,
					       &sockets);
		moment->state[tcpmem_socket_get_state(sock)] += sockets;
	}
}

/* Numbers, and the names in brackets, are other ones in each look. */
static const char *next_word(const char *at)
{
	if (*at == '(')
		at += strcspn(at, ")");
	return at + strspn(at, "0123456789");
}

static bool is_alike(const char *a, const char *b)
{
	for (;; a++, b++) {
		a = next_word(a);
		b = next_word(b);
		if (*a != *b || !*a)
			return *a == *b;
	}
}

static bool is_same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* Of warnings that differ in numbers alone, the last one is kept. */
static int add_warning(struct report *report, const char *text,
		       bool (*alike)(const char *a, const char *b))
{
	struct report_warning *moved;
	size_t at = 0;
	char *copy = strdup(text);

	while (at < report->warning_count &&
	       !alike(report->warning[at].text, text))
		at++;
	moved = at < report->warning_count
			? report->warning
			: reallocarray(report->warning, at + 1, sizeof(*moved));
	if (!copy || !moved) {
		free(copy);
		return -ENOMEM;
	}
	report->warning = moved;
	if (at == report->warning_count) {
		moved[at] = (struct report_warning){ 0 };
		report->warning_count++;
	}
	free(moved[at].text);
	moved[at].text = copy;
	moved[at].count++;
	return 0;
}

int report_warn(struct report *report, const char *text)
{
	return add_warning(report, text, is_same);
}

static int add_warnings(struct report *report,
			const struct tcpmem_snapshot *snap)
{
	enum tcpmem_warning_code code;
	const char *text;
	int ret = 0;

	for (size_t i = 0;
	     ret == 0 &&
	     (text = tcpmem_snapshot_get_warning(snap, i, &code)) != NULL;
	     i++)
		ret = add_warning(report, text, is_alike);
	return ret;
}

/* A warning, if looks are missing before this moment */
static int add_apart(struct report *report, size_t at)
{
	char from[WHEN_SIZE], to[WHEN_SIZE], text[2 * WHEN_SIZE + 80];

	if (!report->moment[at].gap)
		return 0;
	when_text(report->moment[at - 1].ns, from);
	when_text(report->moment[at].ns, to);
	snprintf(text, sizeof(text), "between %s and %s looks are missing",
		 from, to);
	return report_warn(report, text);
}

static int add_moment(struct report *report, const struct report_source *source,
		      size_t index)
{
	size_t at = report->count;
	struct report_moment *moment = &report->moment[at];
	struct tcpmem_snapshot *snap = NULL;
	int ret = source->load(source->user, index, &snap, &moment->source);

	if (ret < 0)
		return ret;
	report->count++;
	add_host(moment, snap);
	add_states(moment, snap);
	ret = report_run_add(report, source, snap);
	if (ret == 0)
		ret = report_groups_add(report, at, snap);
	if (ret == 0)
		ret = add_warnings(report, snap);
	if (ret == 0)
		ret = add_apart(report, at);
	if (moment->value[REPORT_HELD] >
	    report->moment[report->peak_at].value[REPORT_HELD])
		report->peak_at = at;
	tcpmem_snapshot_free(snap);
	return ret;
}

static const char *what_it_does(const struct tcpmem_chain *chain)
{
	const struct tcpmem_chain_member *first = chain->member;

	if (chain->culprit_count > 1)
		return " wait for each other";
	if (!first->process)
		return first->per_second > 0 ? " takes too little"
					     : " takes nothing";
	return first->per_second > 0 ? " reads too slowly" : " does not read";
}

/* "python3[44] holds up nginx[33] and 1 other"; of the moment with the peak */
static int find_chains(struct report *report,
		       const struct tcpmem_snapshot *snap,
		       const struct tcpmem_snapshot *other)
{
	struct tcpmem_blame *blame = NULL;
	size_t size;
	FILE *out;
	int ret = tcpmem_blame_new(snap, other, NULL, &blame);

	if (ret < 0)
		return ret;
	out = memstream_open(&report->chains, &size);
	for (size_t i = 0; out && i < blame->count && i < 3; i++) {
		const struct tcpmem_chain *chain = &blame->chain[i];

		fputs(i ? "; " : "", out);
		for (size_t m = 0; m < chain->culprit_count; m++)
			fprintf(out, "%s%s", m ? " and " : "",
				chain->member[m].name);
		fputs(what_it_does(chain), out);
		for (size_t m = chain->culprit_count; m < chain->member_count;
		     m++)
			fprintf(out, "%s%s",
				m > chain->culprit_count ? ", "
							 : " and holds up ",
				chain->member[m].name);
	}
	ret = memstream_close(out, &report->chains);
	tcpmem_blame_free(blame);
	return ret;
}

/* Only captures that were saved with tcp_info say who waits for whom. */
static int blame_peak(struct report *report, const struct report_source *source,
		      const size_t *index)
{
	struct tcpmem_snapshot *snap = NULL, *other = NULL;
	size_t before = report->peak_at ? report->peak_at - 1 : 1;
	char *text = NULL;
	int ret = source->load(source->user, index[report->peak_at], &snap,
			       &text);

	free(text);
	text = NULL;
	if (ret == 0 && before < report->count)
		ret = source->load(source->user, index[before], &other, &text);
	free(text);
	if (ret == 0)
		ret = find_chains(report, snap, other);
	tcpmem_snapshot_free(other);
	tcpmem_snapshot_free(snap);
	return ret;
}

size_t report_choose(const struct report_source *source, size_t wanted,
		     size_t at)
{
	size_t last = source->count - 1, from, to;

	if (wanted < 2)
		return 0;
	from = at * last / (wanted - 1);
	if (!source->held || !at || at + 1 == wanted)
		return from;
	to = (at + 1) * last / (wanted - 1);
	/* those behind the first are in no other part */
	if (at == 1)
		from = 1;
	for (size_t i = from; i < to; i++)
		if (source->held[i] > source->held[from])
			from = i;
	return from;
}

static void set_link(struct report_moment *moment, enum report_link link)
{
	moment->apart = link != REPORT_CONTINUES;
	moment->gap = link == REPORT_GAP;
}

static int add_moments(struct report *report,
		       const struct report_source *source, size_t wanted,
		       size_t index[REPORT_MOMENTS])
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < wanted; i++) {
		index[i] = report_choose(source, wanted, i);
		if (i && source->link)
			set_link(&report->moment[i],
				 source->link(source->user, index[i - 1],
					      index[i]));
		ret = add_moment(report, source, index[i]);
	}
	return ret;
}

/* What the moments that were looked at say, where none else was told */
static void add_hosts(struct report *report)
{
	for (size_t at = 0; at < report->count; at++)
		report_add_host(report, &report->moment[at].host);
}

int report_gather(struct report *report, const struct report_source *source)
{
	size_t wanted = source->count < REPORT_MOMENTS ? source->count
						       : REPORT_MOMENTS;
	size_t index[REPORT_MOMENTS] = { 0 };
	int ret;

	report->moment = calloc(wanted + 1, sizeof(*report->moment));
	report->skipped = source->count - wanted;
	if (!report->moment)
		return -ENOMEM;
	ret = add_moments(report, source, wanted, index);
	if (ret == 0)
		ret = report_runs_judge(report);
	if (ret < 0)
		return ret;
	if (!report->hosts)
		add_hosts(report);
	report_groups_rank(report);
	return blame_peak(report, source, index);
}
