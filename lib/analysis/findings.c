// SPDX-License-Identifier: LGPL-2.1-or-later
/* findings.c - what stands out in a process's sockets and files */
#include "analysis/explain.h"

#include "base/util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of queues that a busy service has at any moment. */
#define NOTABLE_QUEUES (64 * 1024)
/* Bytes of objects, orphans and buffers that any service has. */
#define NOTABLE_MEMORY (1024 * 1024)
#define NOTABLE_USE    80 /* percent of a limit */

#define N(x) ((long long)(x))

/* The numbers that a finding's sentence quotes. */
struct facts {
	const struct tm_target *target;
	const struct tm_breakdown *breakdown;
	const struct tm_heap *heap;
};

/*
 * struct rule - when something is a finding, and its sentence
 * @bytes, @sockets: at least so many
 * @also: NULL, or what else must be
 * @write: as asprintf(3); NULL: it is never one of a process
 */
struct rule {
	int64_t bytes;
	int64_t sockets;
	bool (*also)(const struct facts *facts);
	int (*write)(const struct facts *facts, char **text);
};

static int64_t limit_of(const struct facts *facts, const char *name)
{
	const struct tcpmem_limits *limits = facts->target->limits;

	return limits ? tm_limits_find(&limits->limits, name)->value : 0;
}

#define SECONDS(ms) ((double)(ms) / 1000)

/* What left the queues between two looks, in all and a second. */
#define PACE_SIZE 80

static void pace_text(const struct facts *facts, char text[PACE_SIZE])
{
	const struct tm_evidence *evidence = facts->target->evidence;
	int64_t moved = facts->heap->moved;

	if (moved)
		snprintf(text, PACE_SIZE, "%lld bytes in %.1f s, %lld a second",
			 N(moved), (double)evidence->elapsed_ns / 1e9,
			 N(tm_evidence_rate(evidence, moved)));
	else
		snprintf(text, PACE_SIZE, "nothing in %.1f s",
			 (double)evidence->elapsed_ns / 1e9);
}

static int write_unread(const struct facts *facts, char **text)
{
	const struct tm_heap *heap = facts->heap;
	char since[96] = "", pace[PACE_SIZE];

	pace_text(facts, pace);
	if (heap->dated)
		snprintf(since, sizeof(since),
			 "; the last of it came %.1f s ago, %.1f s where it "
			 "has waited longest",
			 SECONDS(heap->newest), SECONDS(heap->oldest));
	return asprintf(text,
			"%lld sockets have %lld bytes unread, which take %lld "
			"bytes of receive buffers; it read %s%s",
			N(heap->sockets), N(heap->payload), N(heap->bytes),
			pace, since);
}

static int write_zero_window(const struct facts *facts, char **text)
{
	const struct tm_heap *heap = facts->heap;
	char shut[48] = "", pace[PACE_SIZE];

	pace_text(facts, pace);
	if (heap->busy_us)
		snprintf(shut, sizeof(shut),
			 "; it stopped them %lld %% of the time",
			 N(heap->rwnd_us * 100 / heap->busy_us));
	return asprintf(text,
			"%lld sockets wait for the peer's window with %lld "
			"bytes, which take %lld bytes of send buffers; peers "
			"took %s%s",
			N(heap->sockets), N(heap->payload), N(heap->bytes),
			pace, shut);
}

static int write_retransmitting(const struct facts *facts, char **text)
{
	return asprintf(text,
			"%lld sockets send %lld bytes again, which take %lld "
			"bytes of send buffers; peers acknowledged nothing in "
			"%.1f s",
			N(facts->heap->sockets), N(facts->heap->payload),
			N(facts->heap->bytes),
			(double)facts->target->evidence->elapsed_ns / 1e9);
}

static int write_undelivered(const struct facts *facts, char **text)
{
	char pace[PACE_SIZE];

	pace_text(facts, pace);
	return asprintf(text,
			"%lld sockets have %lld bytes that the peer has not "
			"acknowledged, in %lld bytes of send buffers; peers "
			"took %s",
			N(facts->heap->sockets), N(facts->heap->payload),
			N(facts->heap->bytes), pace);
}

/* What sockets without counters hold comes on top. */
static const char *at_least(const struct facts *facts)
{
	return facts->heap->uncounted ? "at least " : "";
}

static int write_close_wait(const struct facts *facts, char **text)
{
	char held[64] = "they hold an unknown amount";

	if (facts->heap->bytes || !facts->heap->uncounted)
		snprintf(held, sizeof(held), "they hold %s%lld bytes",
			 at_least(facts), N(facts->heap->bytes));
	return asprintf(text,
			"%lld connections that the peer has closed are still "
			"open here, nothing moves on them, and %s",
			N(facts->heap->sockets), held);
}

static int write_dark(const struct facts *facts, char **text)
{
	return asprintf(text,
			"%lld connections were reset with data unread and hold "
			"%lld bytes",
			N(facts->heap->sockets), N(facts->heap->bytes));
}

static int write_rcvbuf_max(const struct facts *facts, char **text)
{
	return asprintf(text,
			"%lld sockets have receive buffers of the maximum, "
			"%lld bytes, and hold %lld bytes in them",
			N(facts->heap->sockets),
			N(limit_of(facts, "tcp_rmem_max")),
			N(facts->heap->bytes));
}

static int write_sndbuf_max(const struct facts *facts, char **text)
{
	return asprintf(text,
			"%lld sockets have send buffers of the maximum, %lld "
			"bytes, and hold %lld bytes in them",
			N(facts->heap->sockets),
			N(limit_of(facts, "tcp_wmem_max")),
			N(facts->heap->bytes));
}

static int write_idle(const struct facts *facts, char **text)
{
	return asprintf(text,
			"%lld connections have had no data for 10 s or longer, "
			"and still hold %lld bytes; keepalive is on for %lld",
			N(facts->heap->sockets), N(facts->heap->bytes),
			N(facts->breakdown->idle_keepalive));
}

static int write_no_keepalive(const struct facts *facts, char **text)
{
	return asprintf(text,
			"%lld connections have heard nothing for longer than "
			"tcp_keepalive_time, %lld s, and have keepalive off; "
			"the longest for %.1f s",
			N(facts->heap->sockets),
			N(limit_of(facts, "tcp_keepalive_time")),
			SECONDS(facts->heap->oldest));
}

static int write_unaccepted(const struct facts *facts, char **text)
{
	return asprintf(
		text,
		"%lld connections wait to be accepted for 1 s or longer "
		"and hold %s%lld bytes",
		N(facts->heap->sockets), at_least(facts),
		N(facts->heap->bytes));
}

static int write_backlog_full(const struct facts *facts, char **text)
{
	const struct tm_busiest *full = &facts->breakdown->full;

	return asprintf(text,
			"%lld listeners are full: on port %u %lld connections "
			"wait, and the backlog is %lld",
			N(facts->heap->sockets), full->port, N(full->most),
			N(full->limit));
}

static int write_backlog_drops(const struct facts *facts, char **text)
{
	const struct tm_busiest *drops = &facts->breakdown->drops;

	return asprintf(
		text,
		"%lld listeners have dropped %lld packets, %lld of them "
		"in %.1f s: that of port %u %lld, and its backlog is "
		"%lld",
		N(facts->heap->sockets), N(facts->heap->payload),
		N(facts->heap->moved),
		(double)facts->target->evidence->elapsed_ns / 1e9, drops->port,
		N(drops->most), N(drops->limit));
}

static bool is_near(int64_t used, int64_t limit)
{
	return (double)used >= (double)limit / 100 * NOTABLE_USE;
}

static bool fds_are_few(const struct facts *facts)
{
	const struct tm_process_counters *counters = facts->target->counters;

	return counters->known[TCPMEM_PROCESS_METRIC_FDS] &&
	       counters->known[TCPMEM_PROCESS_METRIC_FDS_SOFT] &&
	       is_near(counters->value[TCPMEM_PROCESS_METRIC_FDS],
		       counters->value[TCPMEM_PROCESS_METRIC_FDS_SOFT]);
}

static int write_fds(const struct facts *facts, char **text)
{
	const struct tm_process_counters *counters = facts->target->counters;

	char sockets[64] = "", whose[32] = "";

	if (facts->target->count > 1)
		snprintf(whose, sizeof(whose), "of process %u ",
			 facts->target->pid);
	if (counters->known[TCPMEM_PROCESS_METRIC_FDS_SOCKETS])
		snprintf(sockets, sizeof(sockets), ", %lld of them sockets",
			 N(counters->value[TCPMEM_PROCESS_METRIC_FDS_SOCKETS]));
	return asprintf(text, "%s%lld files are open%s, and %lld may be", whose,
			N(counters->value[TCPMEM_PROCESS_METRIC_FDS]), sockets,
			N(counters->value[TCPMEM_PROCESS_METRIC_FDS_SOFT]));
}

static bool ports_are_few(const struct facts *facts)
{
	int64_t used = facts->breakdown->ports.all;

	return used && is_near(used, limit_of(facts, "ip_local_port_range"));
}

static int write_ports(const struct facts *facts, char **text)
{
	const struct tm_port_busiest *ports = &facts->breakdown->ports;
	char address[INET6_ADDRSTRLEN] = "?";

	inet_ntop(ports->ipv6 ? AF_INET6 : AF_INET, ports->remote, address,
		  sizeof(address));
	return asprintf(text,
			"%lld of %lld local ports are taken toward %s port %u; "
			"%lld of them by its own connections",
			N(ports->all),
			N(limit_of(facts, "ip_local_port_range")), address,
			ports->port, N(ports->mine));
}

static const struct rule rules[TCPMEM_FINDING_COUNT] = {
	[TCPMEM_FINDING_UNREAD] = { NOTABLE_QUEUES, 1, NULL, write_unread },
	[TCPMEM_FINDING_ZERO_WINDOW] = { NOTABLE_QUEUES, 1, NULL,
					 write_zero_window },
	[TCPMEM_FINDING_RETRANSMITTING] = { 0, 1, NULL, write_retransmitting },
	[TCPMEM_FINDING_UNDELIVERED] = { NOTABLE_QUEUES, 1, NULL,
					 write_undelivered },
	[TCPMEM_FINDING_CLOSE_WAIT] = { 0, 1, NULL, write_close_wait },
	[TCPMEM_FINDING_DARK] = { 0, 1, NULL, write_dark },
	[TCPMEM_FINDING_RCVBUF_MAX] = { NOTABLE_MEMORY, 1, NULL,
					write_rcvbuf_max },
	[TCPMEM_FINDING_SNDBUF_MAX] = { NOTABLE_MEMORY, 1, NULL,
					write_sndbuf_max },
	[TCPMEM_FINDING_IDLE] = { NOTABLE_MEMORY, 1, NULL, write_idle },
	[TCPMEM_FINDING_NO_KEEPALIVE] = { 0, 1, NULL, write_no_keepalive },
	[TCPMEM_FINDING_UNACCEPTED] = { NOTABLE_QUEUES, 1, NULL,
					write_unaccepted },
	[TCPMEM_FINDING_BACKLOG_FULL] = { 0, 1, NULL, write_backlog_full },
	[TCPMEM_FINDING_BACKLOG_DROPS] = { 0, 1, NULL, write_backlog_drops },
	[TCPMEM_FINDING_FDS] = { 0, 0, fds_are_few, write_fds },
	[TCPMEM_FINDING_PORTS] = { 0, 0, ports_are_few, write_ports },
};

static bool one_look_proves(enum tcpmem_finding_code code)
{
	return code == TCPMEM_FINDING_DARK || code == TCPMEM_FINDING_IDLE ||
	       code == TCPMEM_FINDING_NO_KEEPALIVE ||
	       code == TCPMEM_FINDING_FDS || code == TCPMEM_FINDING_PORTS;
}

/* The evidence of @code beside its sentence: what is unknown stays so. */
static void prove(const struct facts *facts, struct tcpmem_finding *finding)
{
	const struct tm_heap *heap = facts->heap;

	finding->elapsed_ns = TCPMEM_UNKNOWN;
	finding->moved = TCPMEM_UNKNOWN;
	finding->waited_ms = heap->dated ? heap->oldest : TCPMEM_UNKNOWN;
	if (!facts->target->evidence || one_look_proves(finding->code))
		return;
	finding->elapsed_ns = facts->target->evidence->elapsed_ns;
	if (finding->code <= TCPMEM_FINDING_UNDELIVERED)
		finding->moved = heap->moved;
}

/* Whether another look may make it a finding, or one about more sockets. */
static bool is_undecided(const struct rule *rule, const struct tm_heap *heap)
{
	return heap->open && heap->bytes + heap->open_bytes >= rule->bytes;
}

/* How a sentence about one of them differs, up to its first stop */
static const struct {
	const char *many;
	const char *one;
} singular[] = {
	{ " sockets send ", " socket sends " },
	{ " sockets ", " socket " },
	{ " connections ", " connection " },
	{ " listeners ", " listener " },
	{ " have ", " has " },
	{ " are ", " is " },
	{ " were ", " was " },
	{ " wait ", " waits " },
	{ " and hold ", " and holds " },
	{ " they hold ", " it holds " },
	{ " on them,", " on it," },
	{ " their ", " its " },
};

/* Copies what begins at @text. Return: how much of it that was. */
static size_t put_singular(FILE *out, const char *text)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(singular); i++) {
		size_t len = strlen(singular[i].many) - 1;

		/* the space or comma behind it may begin the next */
		if (strncmp(text, singular[i].many, len + 1) != 0)
			continue;
		fwrite(singular[i].one, strlen(singular[i].one) - 1, 1, out);
		return len;
	}
	fputc(*text, out);
	return 1;
}

/* "1 sockets have ..." -> "1 socket has ..." */
static int make_singular(char **text)
{
	char *one = NULL;
	size_t len, at = 0;
	FILE *out;

	if (strncmp(*text, "1 ", 2) != 0)
		return 0;
	out = tm_text_open(&one, &len);
	if (!out)
		return -ENOMEM;
	while ((*text)[at] && !strchr(";:", (*text)[at]))
		at += put_singular(out, *text + at);
	fputs(*text + at, out);
	if (tm_text_close(out, &one) < 0)
		return -ENOMEM;
	free(*text);
	*text = one;
	return 0;
}

/* Who is at the other ends, behind @sentence. Return: 0 or -ENOMEM. */
static int append_peers(const struct facts *facts, char **sentence)
{
	char *ends, *whole;
	int ret = tm_peer_groups_write(&facts->heap->peers, facts->target->snap,
				       &ends);

	if (ret < 0)
		return ret;
	ret = asprintf(&whole, "%s; %s", *sentence, ends);
	free(ends);
	if (ret < 0)
		return -ENOMEM;
	free(*sentence);
	*sentence = whole;
	return 0;
}

/* The sentence, and who is at the other end where that may be the reason */
static int write(const struct rule *rule, const struct facts *facts,
		 char **text)
{
	const struct tm_peer_groups *peers = &facts->heap->peers;
	char *sentence;
	int ret;

	if (rule->write(facts, &sentence) < 0)
		return -ENOMEM;
	ret = make_singular(&sentence);
	if (ret == 0 && (peers->count || peers->failed))
		ret = append_peers(facts, &sentence);
	if (ret < 0)
		free(sentence);
	else
		*text = sentence;
	return ret;
}

static int judge(const struct tm_target *target,
		 const struct tm_breakdown *breakdown,
		 enum tcpmem_finding_code code, struct tm_findings *findings)
{
	const struct rule *rule = &rules[code];
	struct tcpmem_finding *finding = &findings->finding[findings->count];
	char *text;
	struct facts facts = { target, breakdown, &breakdown->heap[code] };

	if (is_undecided(rule, facts.heap) &&
	    facts.heap->open > findings->undecided)
		findings->undecided = facts.heap->open;
	if (!rule->write || facts.heap->bytes < rule->bytes ||
	    facts.heap->sockets < rule->sockets ||
	    (rule->also && !rule->also(&facts)))
		return 0;
	if (write(rule, &facts, &text) < 0)
		return -ENOMEM;
	finding->size = sizeof(*finding);
	finding->text = text;
	finding->code = code;
	finding->sockets = facts.heap->sockets;
	finding->bytes = facts.heap->uncounted && !facts.heap->bytes
				 ? TCPMEM_UNKNOWN
				 : facts.heap->bytes;
	prove(&facts, finding);
	findings->count++;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct tcpmem_finding *p = a, *q = b;

	if (p->bytes != q->bytes)
		return p->bytes < q->bytes ? 1 : -1;
	return (p->code > q->code) - (p->code < q->code);
}

int tm_findings_make(const struct tm_target *target,
		     const struct tm_breakdown *breakdown,
		     struct tm_findings *findings)
{
	int ret = 0;

	for (int i = 0; ret == 0 && i < TCPMEM_FINDING_COUNT; i++)
		ret = judge(target, breakdown, (enum tcpmem_finding_code)i,
			    findings);
	qsort(findings->finding, findings->count, sizeof(*findings->finding),
	      compare);
	return ret;
}

void tm_findings_clear(struct tm_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		free((char *)findings->finding[i].text);
	*findings = (struct tm_findings){ 0 };
}
