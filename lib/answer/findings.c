// SPDX-License-Identifier: LGPL-2.1-or-later
/* findings.c - what stands out in a process's sockets and files */
#include "answer/findings.h"

#include "util.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Queues below are what a busy service has at any moment. */
#define NOTABLE_QUEUES (64 * 1024)
/* Objects and orphans below are what any service has. */
#define NOTABLE_OBJECTS (1024 * 1024)
#define NOTABLE_FDS	80 /* percent of the limit */

/* idiag_timer of linux/inet_diag.h */
#define TIMER_RETRANSMIT 1
#define TIMER_KEEPALIVE	 2
#define TIMER_PROBE	 4

/* struct heap - sockets of one finding */
struct heap {
	int64_t sockets;
	int64_t bytes;
	int64_t payload;
};

struct survey {
	struct heap unread, unsent, close_wait, idle, dark, unaccepted, orphan;
	int64_t probing, retransmitting, keepalive, full;
	uint16_t full_port;
	uint32_t full_waiting, full_limit;
};

static int add(struct tm_findings *findings, const char *code, int64_t bytes,
	       const char *advice, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

static int add(struct tm_findings *findings, const char *code, int64_t bytes,
	       const char *advice, const char *format, ...)
{
	struct tcpmem_finding *moved;
	va_list args;
	char *text;
	int len;

	moved = tm_grow(findings->finding, findings->count, &findings->capacity,
			sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	findings->finding = moved;
	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		return -ENOMEM;
	moved[findings->count++] =
		(struct tcpmem_finding){ code, advice, text, bytes };
	return 0;
}

static void heap_add(struct heap *heap, int64_t bytes, uint32_t payload)
{
	heap->sockets++;
	heap->bytes += bytes;
	heap->payload += payload;
}

static int64_t number(const struct tcpmem_socket *sock,
		      enum tcpmem_number which)
{
	int64_t value;

	return tcpmem_socket_get_number(sock, which, &value) == 0 ? value : 0;
}

static bool is_held(const struct tcpmem_snapshot *snap,
		    const struct tcpmem_socket *sock, uint32_t pid)
{
	size_t count = tcpmem_snapshot_get_holder_count(snap, sock);

	for (size_t i = 0; i < count; i++)
		if (tcpmem_process_get_pid(
			    tcpmem_snapshot_get_holder(snap, sock, i)) == pid)
			return true;
	return false;
}

static void survey_listener(struct survey *survey,
			    const struct tcpmem_socket *sock)
{
	/* the kernel takes one more than the limit */
	if (sock->rqueue <= sock->wqueue)
		return;
	survey->full++;
	if (sock->rqueue < survey->full_waiting)
		return;
	survey->full_port = sock->local_port;
	survey->full_waiting = sock->rqueue;
	survey->full_limit = sock->wqueue;
}

static void survey_queues(struct survey *survey,
			  const struct tcpmem_socket *sock)
{
	int64_t rmem = number(sock, TCPMEM_NUMBER_RMEM);
	int64_t wmem = number(sock, TCPMEM_NUMBER_WMEM_QUEUED);

	if (rmem && sock->rqueue)
		heap_add(&survey->unread, rmem, sock->rqueue);
	if (!wmem || !sock->wqueue)
		return;
	heap_add(&survey->unsent, wmem, sock->wqueue);
	survey->probing += sock->timer == TIMER_PROBE;
	survey->retransmitting += sock->timer == TIMER_RETRANSMIT &&
				  sock->retrans;
}

static void survey_socket(struct survey *survey,
			  const struct tcpmem_socket *sock)
{
	int64_t held = number(sock, TCPMEM_NUMBER_HELD);

	if (sock->state == TCPMEM_STATE_LISTENING) {
		survey_listener(survey, sock);
		return;
	}
	if (sock->kind == TCPMEM_KIND_UNACCEPTED) {
		heap_add(&survey->unaccepted, held, sock->rqueue);
		return;
	}
	if (sock->kind == TCPMEM_KIND_DARK) {
		/* what was never bound waits for nothing */
		if (number(sock, TCPMEM_NUMBER_RMEM))
			heap_add(&survey->dark, held, 0);
		return;
	}
	survey_queues(survey, sock);
	if (sock->state == TCPMEM_STATE_CLOSE_WAIT)
		heap_add(&survey->close_wait, held, sock->rqueue);
	if (sock->state == TCPMEM_STATE_ESTABLISHED &&
	    !number(sock, TCPMEM_NUMBER_BUFFER)) {
		heap_add(&survey->idle, held, 0);
		survey->keepalive += sock->timer == TIMER_KEEPALIVE;
	}
}

static void survey_all(struct survey *survey,
		       const struct tcpmem_snapshot *snap, uint32_t pid)
{
	for (size_t i = 0; i < snap->sock_count; i++) {
		const struct tcpmem_socket *sock = &snap->sock[i];

		if (sock->kind == TCPMEM_KIND_ORPHAN)
			heap_add(&survey->orphan,
				 number(sock, TCPMEM_NUMBER_HELD),
				 sock->wqueue);
		else if (is_held(snap, sock, pid))
			survey_socket(survey, sock);
	}
}

#define N(x) ((long long)(x))

static int find_queues(const struct survey *s, struct tm_findings *f)
{
	int ret = 0;

	if (s->unread.bytes >= NOTABLE_QUEUES)
		ret = add(f, "unread", s->unread.bytes,
			  "the application does not read: look at what it "
			  "waits for; SO_RCVBUF and net.ipv4.tcp_rmem bound it",
			  "%lld sockets have %lld bytes unread, which take "
			  "%lld bytes of receive buffers",
			  N(s->unread.sockets), N(s->unread.payload),
			  N(s->unread.bytes));
	if (ret == 0 && s->unsent.bytes >= NOTABLE_QUEUES)
		ret = add(f, "undelivered", s->unsent.bytes,
			  "the peer or the path does not take it: "
			  "TCP_USER_TIMEOUT ends such connections; SO_SNDBUF "
			  "and net.ipv4.tcp_wmem bound it",
			  "%lld sockets have %lld bytes that the peer has not "
			  "acknowledged, in %lld bytes of send buffers; %lld "
			  "wait for its window, %lld send again",
			  N(s->unsent.sockets), N(s->unsent.payload),
			  N(s->unsent.bytes), N(s->probing),
			  N(s->retransmitting));
	return ret;
}

static int find_forgotten(const struct survey *s, struct tm_findings *f)
{
	int ret = 0;

	if (s->close_wait.sockets)
		ret = add(f, "close-wait", s->close_wait.bytes,
			  "the application has to close them: no timeout does",
			  "%lld connections that the peer has closed are still "
			  "open here and hold %lld bytes",
			  N(s->close_wait.sockets), N(s->close_wait.bytes));
	if (ret == 0 && s->dark.sockets)
		ret = add(f, "dark", s->dark.bytes,
			  "the application has to read or close them; ss does "
			  "not show them",
			  "%lld connections were reset with data unread and "
			  "hold %lld bytes",
			  N(s->dark.sockets), N(s->dark.bytes));
	if (ret == 0 && s->idle.bytes >= NOTABLE_OBJECTS)
		ret = add(f, "idle", s->idle.bytes,
			  "an idle timeout in the application closes them; "
			  "keepalive only finds dead peers "
			  "(net.ipv4.tcp_keepalive_time)",
			  "%lld connections are idle, and their objects alone "
			  "take %lld bytes; %lld have keepalive on",
			  N(s->idle.sockets), N(s->idle.bytes),
			  N(s->keepalive));
	return ret;
}

static int find_waiting(const struct survey *s, struct tm_findings *f)
{
	int ret = 0;

	if (s->full)
		ret = add(f, "backlog-full", s->unaccepted.bytes,
			  "the application does not accept fast enough; the "
			  "backlog of listen() is cut to net.core.somaxconn",
			  "%lld listeners are full: on port %u %u connections "
			  "wait, and the backlog is %u",
			  N(s->full), s->full_port, s->full_waiting,
			  s->full_limit);
	else if (s->unaccepted.bytes >= NOTABLE_QUEUES)
		ret = add(f, "unaccepted", s->unaccepted.bytes,
			  "the application does not accept: look at what it "
			  "waits for",
			  "%lld connections wait to be accepted and hold %lld "
			  "bytes",
			  N(s->unaccepted.sockets), N(s->unaccepted.bytes));
	if (ret == 0 && s->orphan.bytes >= NOTABLE_OBJECTS)
		ret = add(f, "orphans", s->orphan.bytes,
			  "they are the host's: whose they were is not known; "
			  "net.ipv4.tcp_orphan_retries and tcp_max_orphans "
			  "bound them",
			  "%lld closed connections of the host hold %lld bytes "
			  "until their peers take what is left",
			  N(s->orphan.sockets), N(s->orphan.bytes));
	return ret;
}

static int find_fds(const struct tm_process_ledger *ledger,
		    struct tm_findings *f)
{
	int64_t open = ledger->value[TCPMEM_ENTRY_FDS];
	int64_t soft = ledger->value[TCPMEM_ENTRY_FDS_SOFT];

	if (!ledger->known[TCPMEM_ENTRY_FDS] ||
	    !ledger->known[TCPMEM_ENTRY_FDS_SOFT] ||
	    open < soft / 100.0 * NOTABLE_FDS)
		return 0;
	return add(f, "fds", 0,
		   "RLIMIT_NOFILE (ulimit -n, LimitNOFILE=) is the limit; "
		   "beyond it accept() fails and connections wait",
		   "%lld files are open, and %lld may be", N(open), N(soft));
}

static int compare(const void *a, const void *b)
{
	const struct tcpmem_finding *p = a, *q = b;

	return (p->bytes < q->bytes) - (p->bytes > q->bytes);
}

int tm_findings_make(const struct tcpmem_snapshot *snap, uint32_t pid,
		     const struct tm_process_ledger *ledger,
		     struct tm_findings *findings)
{
	struct survey survey = { 0 };
	int ret;

	survey_all(&survey, snap, pid);
	findings->unaccepted = survey.unaccepted.sockets;
	findings->unaccepted_bytes = survey.unaccepted.bytes;
	ret = find_queues(&survey, findings);
	if (ret == 0)
		ret = find_forgotten(&survey, findings);
	if (ret == 0)
		ret = find_waiting(&survey, findings);
	if (ret == 0)
		ret = find_fds(ledger, findings);
	if (ret == 0 && findings->count)
		qsort(findings->finding, findings->count,
		      sizeof(*findings->finding), compare);
	return ret;
}

void tm_findings_clear(struct tm_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		free(findings->finding[i].text);
	free(findings->finding);
}

const char *tcpmem_finding_get_code(const struct tcpmem_finding *finding)
{
	return finding->code;
}

int64_t tcpmem_finding_get_bytes(const struct tcpmem_finding *finding)
{
	return finding->bytes;
}

const char *tcpmem_finding_get_text(const struct tcpmem_finding *finding)
{
	return finding->text;
}

const char *tcpmem_finding_get_advice(const struct tcpmem_finding *finding)
{
	return finding->advice;
}
