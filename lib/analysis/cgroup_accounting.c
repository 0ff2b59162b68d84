// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cgroup_accounting.c - what cgroups are charged, ours beside the kernel's
 *
 * A socket belongs to the cgroup that the kernel reports (v2) or to that of
 * the first process that holds it (v1), and to all above. Whom the kernel
 * charges it does not tell: who called socket(2) or accept(2). So what may
 * stand on another cgroup's account is summed apart, both here and there.
 */
#include "base/util.h"
#include "model/holders.h"
#include "model/snapshot.h"
#include "tcpmem/reconcile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pages that a CPU may hold back from the counter (MEMCG_CHARGE_BATCH) */
#define BATCH_PAGES 64

struct cgroup {
	struct tcpmem_cgroup shown;
	int64_t number[TCPMEM_CGROUP_METRIC_COUNT];
	int64_t by_reference; /* of charged: pages that may be the sender's */
	int64_t not_told;     /* held here, of whatever cgroup */
	bool known;	      /* the kernel's counter is known */
	bool uncounted;	      /* sockets came without counters */
};

struct tcpmem_cgroup_accounting {
	struct cgroup *cgroup;
	size_t count;
};

struct sum {
	const struct tcpmem_snapshot *snap;
	struct tm_blobs paths; /* numbers of the cgroups */
	struct tcpmem_cgroup_accounting *accounting;
	size_t capacity;
	int64_t page_size;
};

/* What one socket adds to each cgroup that it is in. */
struct share {
	int64_t charged;
	int64_t by_reference;
	bool waiting;
};

static int get(struct sum *s, const char *path, size_t len,
	       struct cgroup **cgroup)
{
	struct tcpmem_cgroup_accounting *accounting = s->accounting;
	struct cgroup new = { .shown.size = sizeof(new.shown) };
	uint32_t number;
	int ret = tm_blobs_intern(&s->paths, path, len, &number);

	if (ret < 0)
		return ret;
	if (number == accounting->count) {
		new.shown.path = strndup(path, len);
		if (!new.shown.path ||
		    tm_append(accounting->cgroup, accounting->count,
			      s->capacity, &new) < 0) {
			free((char *)new.shown.path);
			return -ENOMEM;
		}
	}
	*cgroup = &accounting->cgroup[number];
	return 0;
}

/* Whether @path is the cgroup of @len bytes, or below it. */
static bool is_in(const char *path, const char *cgroup, size_t len)
{
	return path && strncmp(path, cgroup, len) == 0 &&
	       (!path[len] || path[len] == '/');
}

static size_t parent_len(const char *path, size_t len)
{
	while (len && path[len - 1] != '/')
		len--;
	return len ? len - 1 : 0;
}

/* Adds to the cgroup @path and its ancestors that are not @other's too. */
static int add_up(struct sum *s, const char *path, const char *other,
		  enum tcpmem_cgroup_metric which, int64_t bytes)
{
	size_t len = path && path[1] ? strlen(path) : 0;
	struct cgroup *cgroup;

	for (; len; len = parent_len(path, len)) {
		int ret;

		if (is_in(other, path, len))
			break;
		ret = get(s, path, len, &cgroup);
		if (ret < 0)
			return ret;
		cgroup->number[which] += bytes;
	}
	return 0;
}

static const char *text_of(const struct sum *s, uint32_t path)
{
	return path == TM_METADATA_UNKNOWN
		       ? NULL
		       : tm_blobs_get(&s->snap->metadata.texts, path);
}

static const char *holder_path(const struct sum *s,
			       const struct tcpmem_socket *sock, size_t i)
{
	const struct tm_metadata *metadata = &s->snap->metadata;
	uint32_t process = tm_holder_get(s->snap->holders, sock->holder, i);

	return process < metadata->process_count
		       ? text_of(s, metadata->process[process].cgroup)
		       : NULL;
}

static const char *own_path(const struct sum *s,
			    const struct tcpmem_socket *sock, size_t holders)
{
	const struct tm_cgroup *cgroup;

	if (s->snap->charges.source == TM_CHARGES_V1)
		return holders ? holder_path(s, sock, 0) : NULL;
	if (!(sock->flags & TM_SOCK_HAS_CGROUP))
		return NULL;
	cgroup = tm_metadata_find(&s->snap->metadata, sock->cgroup_id);
	return cgroup ? text_of(s, cgroup->path) : NULL;
}

static struct share share_of(const struct sum *s,
			     const struct tcpmem_socket *sock)
{
	struct tm_sums sums = { 0 };

	tm_sums_add(&sums, sock);
	return (struct share){
		.charged = tm_sums_number(&sums, TCPMEM_METRIC_CHARGED),
		.by_reference = tm_accounting_by_reference(sock, s->page_size),
		.waiting = sock->kind == TCPMEM_KIND_UNACCEPTED,
	};
}

/* Held by processes of several cgroups, it is charged to one of them. */
static int add_elsewhere(struct sum *s, const struct tcpmem_socket *sock,
			 const char *own, size_t holders, int64_t charged)
{
	for (size_t i = 0; i < holders; i++) {
		const char *path = holder_path(s, sock, i);
		int ret;

		if (!path || (own && strcmp(path, own) == 0))
			continue;
		ret = add_up(s, own, path, TCPMEM_CGROUP_METRIC_LEFT, charged);
		if (ret == 0)
			ret = add_up(s, path, own, TCPMEM_CGROUP_METRIC_ARRIVED,
				     charged);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* What no metric has: @by_reference and @not_told of @path and all above. */
static int add_aside(struct sum *s, const char *path, int64_t by_reference,
		     int64_t not_told)
{
	size_t len = path && path[1] ? strlen(path) : 0;
	struct cgroup *cgroup;

	for (; (by_reference || not_told) && len; len = parent_len(path, len)) {
		int ret = get(s, path, len, &cgroup);

		if (ret < 0)
			return ret;
		cgroup->by_reference += by_reference;
		cgroup->not_told += not_told;
	}
	return 0;
}

/* Of a socket that no dump shows the kernel does not tell the cgroup. */
static bool is_told(const struct sum *s, const struct tcpmem_socket *sock)
{
	return s->snap->charges.source == TM_CHARGES_V1 ||
	       (sock->flags & TM_SOCK_HAS_CGROUP);
}

static int add_socket(struct sum *s, const struct tcpmem_socket *sock)
{
	size_t holders = tm_holder_count(s->snap->holders, sock->holder);
	const char *own = own_path(s, sock, holders);
	struct share share = share_of(s, sock);
	int ret;

	ret = add_up(s, own, NULL, TCPMEM_CGROUP_METRIC_CHARGED, share.charged);
	if (ret == 0)
		ret = add_aside(s, own, share.by_reference, 0);
	if (ret < 0 || !share.charged)
		return ret;
	/* it will be charged to whoever accepts it */
	if (share.waiting)
		return add_up(s, own, NULL, TCPMEM_CGROUP_METRIC_WAITING,
			      share.charged);
	if (!is_told(s, sock))
		return add_aside(s, holders ? holder_path(s, sock, 0) : NULL, 0,
				 share.charged);
	return add_elsewhere(s, sock, own, holders, share.charged);
}

static int add_charges(struct sum *s)
{
	const struct tm_charges *charges = &s->snap->charges;

	for (size_t i = 0; i < charges->count; i++) {
		const char *path = text_of(s, charges->charge[i].path);
		struct cgroup *cgroup;
		int ret = get(s, path, strlen(path), &cgroup);

		if (ret < 0)
			return ret;
		cgroup->known = charges->charge[i].known;
		cgroup->number[TCPMEM_CGROUP_METRIC_KERNEL] =
			charges->charge[i].bytes;
	}
	return 0;
}

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

/* The lag of the kernel's per-CPU counters. */
static int64_t delay(const struct sum *s)
{
	if (s->snap->charges.source != TM_CHARGES_V2)
		return 0;
	return tm_host_per_cpu(&s->snap->host, BATCH_PAGES, s->page_size);
}

/* The host's change meanwhile may have been in any cgroup. */
static int64_t moved(const struct sum *s)
{
	const struct tm_accounting *accounting = &s->snap->accounting;

	return distance(accounting->after.memory, accounting->before.memory);
}

static enum tcpmem_verdict judge(const struct sum *s,
				 const struct cgroup *cgroup)
{
	const int64_t *number = cgroup->number;
	int64_t residual = number[TCPMEM_CGROUP_METRIC_RESIDUAL];
	int64_t more = number[TCPMEM_CGROUP_METRIC_ARRIVED] + cgroup->not_told +
		       delay(s);
	int64_t less = number[TCPMEM_CGROUP_METRIC_WAITING] +
		       number[TCPMEM_CGROUP_METRIC_LEFT] +
		       cgroup->by_reference + delay(s);

	if (!cgroup->known)
		return TCPMEM_VERDICT_UNKNOWN;
	if (s->snap->charges.source == TM_CHARGES_V2)
		more += s->snap->charges.others;
	/* what was not asked for may be charged here, too */
	if (tm_snapshot_is_part(s->snap))
		return TCPMEM_VERDICT_NARROWED;
	if (distance(residual, 0) <= delay(s))
		return TCPMEM_VERDICT_AGREES;
	if (residual <= more && -residual <= less)
		return TCPMEM_VERDICT_EXPLAINED;
	return distance(residual, 0) <= number[TCPMEM_CGROUP_METRIC_TOLERANCE]
		       ? TCPMEM_VERDICT_AGREES
		       : TCPMEM_VERDICT_UNEXPLAINED;
}

/* Reasons for the kernel's count being the larger, or the smaller. */
static void print_reasons(const struct sum *s, const struct cgroup *cgroup,
			  FILE *out)
{
	const int64_t *number = cgroup->number;
	bool v1 = s->snap->charges.source == TM_CHARGES_V1;

	if (number[TCPMEM_CGROUP_METRIC_RESIDUAL] > 0) {
		if (number[TCPMEM_CGROUP_METRIC_ARRIVED])
			fprintf(out,
				"; processes here hold %" PRId64 " bytes of "
				"sockets that were opened elsewhere",
				number[TCPMEM_CGROUP_METRIC_ARRIVED]);
		if (cgroup->not_told)
			fprintf(out,
				"; processes here hold %" PRId64 " bytes of "
				"sockets whose cgroup the kernel does not tell",
				cgroup->not_told);
		if (!v1 && s->snap->charges.others)
			fprintf(out,
				"; UDP is counted too, %" PRId64 " bytes on "
				"this host",
				s->snap->charges.others);
		return;
	}
	if (number[TCPMEM_CGROUP_METRIC_WAITING])
		fprintf(out,
			"; %" PRId64 " bytes wait to be accepted and are "
			"nobody's yet",
			number[TCPMEM_CGROUP_METRIC_WAITING]);
	if (number[TCPMEM_CGROUP_METRIC_LEFT])
		fprintf(out,
			"; %" PRId64 " bytes are held by processes elsewhere",
			number[TCPMEM_CGROUP_METRIC_LEFT]);
	if (cgroup->by_reference)
		fprintf(out,
			"; %" PRId64 " bytes are sent by reference "
			"(MSG_ZEROCOPY)",
			cgroup->by_reference);
	if (v1 && cgroup->shown.verdict == TCPMEM_VERDICT_UNEXPLAINED)
		fputs("; sockets opened before a limit was set are not counted",
		      out);
}

static int put_in_words(const struct sum *s, struct cgroup *cgroup)
{
	static const char *const words[] = {
		[TCPMEM_VERDICT_AGREES] = "agrees with the kernel",
		[TCPMEM_VERDICT_EXPLAINED] =
			"differs from the kernel by what is known",
		[TCPMEM_VERDICT_UNEXPLAINED] = "differs from the kernel",
		[TCPMEM_VERDICT_NARROWED] =
			"only a part was asked for: not to be compared",
		[TCPMEM_VERDICT_UNKNOWN] = "the kernel does not count it",
	};
	char *text = NULL;
	size_t size;
	FILE *out = tm_text_open(&text, &size);
	int ret;

	if (!out)
		return -ENOMEM;
	fputs(cgroup->uncounted ? "sockets came without counters"
				: words[cgroup->shown.verdict],
	      out);
	if (cgroup->shown.verdict == TCPMEM_VERDICT_EXPLAINED ||
	    cgroup->shown.verdict == TCPMEM_VERDICT_UNEXPLAINED)
		print_reasons(s, cgroup, out);
	ret = tm_text_close(out, &text);
	cgroup->shown.text = text;
	return ret;
}

static int finish_cgroup(const struct sum *s, struct cgroup *cgroup)
{
	int64_t *number = cgroup->number;

	number[TCPMEM_CGROUP_METRIC_RESIDUAL] =
		number[TCPMEM_CGROUP_METRIC_KERNEL] -
		number[TCPMEM_CGROUP_METRIC_CHARGED];
	number[TCPMEM_CGROUP_METRIC_TOLERANCE] = delay(s) + moved(s);
	cgroup->uncounted = s->snap->accounting.uncounted;
	cgroup->shown.verdict = cgroup->uncounted ? TCPMEM_VERDICT_UNKNOWN
						  : judge(s, cgroup);
	return put_in_words(s, cgroup);
}

static int finish(struct sum *s)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < s->accounting->count; i++)
		ret = finish_cgroup(s, &s->accounting->cgroup[i]);
	return ret;
}

static int compare(const void *a, const void *b)
{
	const struct cgroup *x = a, *y = b;

	return strcmp(x->shown.path, y->shown.path);
}

static int sum_up(struct sum *s)
{
	int ret = add_charges(s);

	for (size_t i = 0; ret == 0 && i < s->snap->sockets.count; i++)
		ret = add_socket(s, &s->snap->sockets.sock[i]);
	if (ret == 0)
		ret = finish(s);
	if (ret == 0 && s->accounting->count)
		qsort(s->accounting->cgroup, s->accounting->count,
		      sizeof(*s->accounting->cgroup), compare);
	return ret;
}

int tcpmem_cgroup_accounting_new(const struct tcpmem_snapshot *snapshot,
				 struct tcpmem_cgroup_accounting **accounting)
{
	struct sum s = {
		.snap = snapshot,
		.accounting = calloc(1, sizeof(*s.accounting)),
		.page_size = snapshot->host.fact[TCPMEM_HOST_METRIC_PAGE_SIZE],
	};
	int ret = 0;

	if (!s.accounting)
		return -ENOMEM;
	if (snapshot->charges.source != TM_CHARGES_NONE && snapshot->holders)
		ret = sum_up(&s);
	tm_blobs_deinit(&s.paths);
	if (ret < 0)
		tcpmem_cgroup_accounting_free(s.accounting);
	else
		*accounting = s.accounting;
	return ret;
}

void tcpmem_cgroup_accounting_free(struct tcpmem_cgroup_accounting *accounting)
{
	if (!accounting)
		return;
	for (size_t i = 0; i < accounting->count; i++) {
		free((char *)accounting->cgroup[i].shown.path);
		free((char *)accounting->cgroup[i].shown.text);
	}
	free(accounting->cgroup);
	free(accounting);
}

const struct tcpmem_cgroup *
tcpmem_cgroup_accounting_get(const struct tcpmem_cgroup_accounting *accounting,
			     size_t index)
{
	return index < accounting->count ? &accounting->cgroup[index].shown
					 : NULL;
}

int tcpmem_cgroup_get_metric(const struct tcpmem_cgroup *shown,
			     enum tcpmem_cgroup_metric which, int64_t *value)
{
	const struct cgroup *cgroup = (const struct cgroup *)shown;
	bool kernel = which == TCPMEM_CGROUP_METRIC_KERNEL ||
		      which == TCPMEM_CGROUP_METRIC_RESIDUAL;
	bool ours = which != TCPMEM_CGROUP_METRIC_KERNEL &&
		    which != TCPMEM_CGROUP_METRIC_TOLERANCE;

	if ((size_t)which >= TCPMEM_CGROUP_METRIC_COUNT ||
	    (kernel && !cgroup->known) || (ours && cgroup->uncounted))
		return -ENODATA;
	*value = cgroup->number[which];
	return 0;
}
