// SPDX-License-Identifier: LGPL-2.1-or-later
/* session.c - --from STORE --at TIME: a look as a snapshot */
#include "session.h"

#include "messages.h"
#include "output/file.h"
#include "output/text.h"
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* tcpmem(1) tells of a look that is older than what was asked for. */
#define OLDER_MS 60000

static int refuse(struct session *session, int code)
{
	session->reported = code;
	return -EINVAL;
}

int session_load_bytes(struct session *session, const struct bytes *capture,
		       struct tcpmem_snapshot **snap)
{
	int fd = memfd_create("look", MFD_CLOEXEC);
	int ret = fd < 0 ? -errno
			 : file_write(fd, capture->data, capture->used);

	if (ret == 0 && lseek(fd, 0, SEEK_SET) < 0)
		ret = -errno;
	if (ret == 0)
		ret = tcpmem_snapshot_load_fd(session->ctx, session->query, fd,
					      0, &session->error, snap);
	if (fd >= 0)
		close(fd);
	return ret;
}

static const char *or_text(int64_t time, const char *prefix, char *text,
			   size_t size)
{
	char when[WHEN_SIZE];

	when_text_ms(time * 1000000, when);
	snprintf(text, size, "%s%s", prefix, when);
	return time ? text : "";
}

/* Nobody looked then: another moment is no answer. */
static int report_gap(const char *dir, int64_t time,
		      const struct store_found *found)
{
	char before[WHEN_SIZE + 40], after[WHEN_SIZE + 40], when[WHEN_SIZE];

	when_text(time * 1000000, when);
	if (found->sums)
		message("%s: of %s there are sums alone: 'tcpmem history "
			"--since --until'",
			dir, when);
	else
		message("%s: no look at %s%s%s; 'tcpmem history marks' tells "
			"of gaps",
			dir, when,
			or_text(found->time, ": the last before is of ", before,
				sizeof(before)),
			or_text(found->next, ", the next is of ", after,
				sizeof(after)));
	return -EINVAL;
}

/* A moment of a recorder that looks seldom */
static void report_older(const char *dir, int64_t time, int64_t found)
{
	char when[WHEN_SIZE];

	when_text(found * 1000000, when);
	if (time - found > OLDER_MS)
		message_note("%s: the last look before is of %s", dir, when);
}

/* The last of all is no answer about now, unless the next one is not due. */
static bool is_stale(const char *dir, const struct store_found *found)
{
	char when[WHEN_SIZE];

	if (store_now() - found->time <= found->lasts_ms)
		return false;
	when_text(found->time * 1000000, when);
	message_note("%s: the last look is of %s", dir, when);
	return true;
}

int session_load_at(struct session *session, const char *dir, const char *at,
		    struct tcpmem_snapshot **snap)
{
	struct bytes capture = { 0 };
	struct store_found found;
	char why[FILE_TEXT_SIZE];
	int64_t time = INT64_MAX;
	int ret;

	session->file = dir;
	if (at && store_time(at, store_now(), &time) < 0) {
		message(STORE_NO_TIME, at);
		return refuse(session, EXIT_USAGE);
	}
	ret = store_capture(dir, time, &capture, &found, why);
	if (at && ((ret == 0 && time - found.time > found.lasts_ms) ||
		   (ret == -ENODATA && (found.next || found.sums))))
		ret = report_gap(dir, time, &found);
	else if (ret)
		message("%s: %s", dir, why);
	if (ret)
		ret = refuse(session, EXIT_FAILED);
	else
		ret = session_load_bytes(session, &capture, snap);
	if (ret == 0 && at)
		report_older(dir, time, found.time);
	session->stale = ret == 0 && !at && is_stale(dir, &found);
	bytes_free(&capture);
	return ret;
}

static char **make_moments(const struct store_times *times)
{
	char **moment = calloc(times->count + 1, sizeof(*moment));
	char text[WHEN_SIZE];
	bool failed = !moment;

	for (size_t i = 0; !failed && i < times->count; i++) {
		when_text_ms(times->time[i] * 1000000, text);
		moment[i] = strdup(text);
		failed = !moment[i];
	}
	if (!failed)
		return moment;
	for (size_t i = 0; moment && moment[i]; i++)
		free(moment[i]);
	free(moment);
	return NULL;
}

int session_moments(struct session *session, const char *dir, const char *since,
		    const char *until, char ***moment)
{
	char why[FILE_TEXT_SIZE];
	struct store_times times;
	struct store_span span;
	const char *wrong;

	session->file = dir;
	if (store_span(since, until, &span, &wrong) < 0) {
		message(STORE_NO_TIME, wrong);
		return refuse(session, EXIT_USAGE);
	}
	if (store_times(dir, &span, true, &times, why) < 0) {
		message("%s: %s", dir, why);
		return refuse(session, EXIT_FAILED);
	}
	store_times_sort(&times);
	*moment = make_moments(&times);
	free(times.time);
	return *moment ? 0 : -ENOMEM;
}
