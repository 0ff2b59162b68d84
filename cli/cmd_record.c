// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_record.c - tcpmem record: looks, kept in a store */
#include "messages.h"
#include "output/file.h"
#include "record/record.h"
#include "session.h"
#include "store/libs.h"
#include "store/store.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define EVERY_NS  INT64_C(10000000000)
#define MAX_SIZE  (INT64_C(256) << 20)
#define KEEP_FREE (INT64_C(1) << 30)
#define DAY_MS	  INT64_C(86400000)

/* Looks take a tenth of a CPU at most: of time, others may take the most. */
#define LOOK_COST 10

/*
 * struct record - @ends: signals that are waited for between the looks
 * @cpu_ns: of the process, when the last look was counted
 * @failed: the last look could not be stored: told once
 * @sampler: of the looks
 * @owners: tells other commands who closes what; its query is @past; or NULL
 * @marks: what was sent for the next look, a line each; NULL: nothing
 */
struct record {
	const struct options *options;
	struct session session;
	struct tcpmem_sampler *sampler;
	struct store_writer *writer;
	int64_t every_ns;
	int64_t cpu_ns;
	sigset_t ends;
	bool failed;
	struct tcpmem_query *past;
	struct tcpmem_sampler *owners;
	struct trigger trigger;
	char *marks;
};

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* What the recorder took since the look before, and storing that included */
static void measure(struct record *record, int64_t began,
		    struct store_cost *cost)
{
	int64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	cost->rss = usage.ru_maxrss * INT64_C(1024);
	cost->took_us = (clock_ns(CLOCK_MONOTONIC) - began) / 1000;
	cost->cpu_us = (cpu - record->cpu_ns) / 1000;
	record->cpu_ns = cpu;
}

/* What was sent, and what is seen; the caller frees it. */
static int find_causes(struct record *record,
		       const struct tcpmem_snapshot *snap, char **causes)
{
	size_t size;
	FILE *out = memstream_open(causes, &size);
	int ret;

	if (!out)
		return -ENOMEM;
	if (record->marks)
		fputs(record->marks, out);
	trigger_find(&record->trigger, snap, out);
	ret = memstream_close(out, causes);
	if (ret)
		return ret;
	free(record->marks);
	record->marks = NULL;
	return 0;
}

static int store(struct record *record, int fd, int64_t began)
{
	off_t len = lseek(fd, 0, SEEK_CUR);
	struct tcpmem_snapshot *snap = NULL;
	struct store_cost cost;
	char *causes = NULL;
	void *capture;
	int ret;

	if (len < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	ret = tcpmem_snapshot_load_fd(
		record->session.ctx, record->session.query, fd, 0, NULL, &snap);
	if (ret)
		return ret;
	capture = mmap(NULL, (size_t)len, PROT_READ, MAP_PRIVATE, fd, 0);
	ret = capture == MAP_FAILED ? -errno
				    : find_causes(record, snap, &causes);
	measure(record, began, &cost);
	if (ret == 0)
		ret = store_write(record->writer, capture, (size_t)len, snap,
				  &cost, causes);
	free(causes);
	if (capture != MAP_FAILED)
		munmap(capture, (size_t)len);
	trigger_keep(&record->trigger, snap);
	return ret;
}

/* @cpu_ns: receives what it took of a CPU */
static int look(struct record *record, int64_t *cpu_ns)
{
	int64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	int64_t began = clock_ns(CLOCK_MONOTONIC);
	struct tcpmem_snapshot *rest = NULL;
	int fd = memfd_create("look", MFD_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = tcpmem_sampler_save_fd(record->sampler, fd, &rest);
	tcpmem_snapshot_free(rest);
	if (ret == 0)
		ret = store(record, fd, began);
	close(fd);
	*cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	return ret;
}

/* What goes wrong may go right the next time: a recorder stays. */
static void report(struct record *record, int err)
{
	if (err && !record->failed)
		message("%s: no look is stored: %s; trying on",
			record->options->store, strerror(-err));
	if (!err && record->failed) {
		message("%s: looks are stored again", record->options->store);
		store_mark(record->writer, store_now(), "resumed",
			   "looks could not be stored before");
	}
	record->failed = err;
}

/* Return: the one of these signals that came; 0: none did. */
static int wait_for_signal(const sigset_t *signals, int64_t ns)
{
	const struct timespec wait = {
		.tv_sec = (time_t)(ns / 1000000000),
		.tv_nsec = (long)(ns % 1000000000),
	};
	int ret = sigtimedwait(signals, NULL, &wait);

	return ret < 0 ? 0 : ret;
}

/* SIGUSR1: a mark was sent, or somebody wants this moment kept. */
static void receive(struct record *record, int came)
{
	const char *dir = record->options->store;
	int ret;

	if (came != SIGUSR1)
		return;
	free(record->marks);
	ret = store_mark_receive(dir, &record->marks);
	if (ret)
		message("%s/marks: %s", dir, strerror(-ret));
	if (record->marks && !*record->marks) {
		free(record->marks);
		record->marks = strdup("SIGUSR1\n");
	}
}

/*
 * @ns until the next look. However many marks are sent, the looks that they
 * make take no more than their share: one after another, @rest is waited for.
 */
static int wait_between(const struct record *record, bool again, int64_t ns,
			int64_t rest)
{
	sigset_t quits = record->ends;
	int came = 0;

	sigdelset(&quits, SIGUSR1);
	if (again)
		came = wait_for_signal(&quits, rest);
	return came ? came
		    : wait_for_signal(&record->ends, again ? ns - rest : ns);
}

/* An error in the first look is of the kind that stays. */
static int record_looks(struct record *record)
{
	int64_t next = clock_ns(CLOCK_MONOTONIC), cpu = 0;
	bool first = true;
	int came = 0;

	while (came != SIGTERM && came != SIGINT) {
		int64_t now, rest;
		int ret = look(record, &cpu);

		if (ret && first)
			return ret;
		report(record, ret);
		if (first)
			notify("READY=1");
		first = false;
		if (came != SIGUSR1)
			next += record->every_ns;
		now = clock_ns(CLOCK_MONOTONIC);
		rest = (LOOK_COST - 1) * cpu;
		if (next < now + rest)
			next = now + rest;
		came = wait_between(record, came == SIGUSR1, next - now, rest);
		receive(record, came);
	}
	store_mark(record->writer, store_now(), "stop", strsignal(came));
	return 0;
}

static int open_store(struct record *record)
{
	const struct options *options = record->options;
	const struct store_config config = {
		.dir = options->store,
		.every_ms = record->every_ns / 1000000,
		.max_size = options->max_size ? options->max_size : MAX_SIZE,
		.keep_free = options->keep_free < 0 ? 0
			     : options->keep_free   ? options->keep_free
						    : KEEP_FREE,
		.age_ms = { [TIER_LOOK] = DAY_MS,
			    [TIER_MINUTE] = 7 * DAY_MS,
			    [TIER_QUARTER] = 90 * DAY_MS },
	};
	int owner;
	int ret = store_writer_open(&config, &record->writer, &owner);

	if (ret == -EBUSY)
		message("%s: another recorder (pid %d) writes there",
			options->store, owner);
	else if (ret)
		message("%s: %s", options->store,
			ret == -ELIBACC	 ? store_libs_missing()
			: ret == -EPERM	 ? "others may write there"
			: ret == -EEXIST ? "new.db in it is not of a store"
					 : strerror(-ret));
	if (ret == 0)
		store_mark(record->writer, store_now(), "start",
			   "tcpmem " TCPMEM_VERSION);
	return ret;
}

static void block_signals(struct record *record)
{
	sigemptyset(&record->ends);
	sigaddset(&record->ends, SIGINT);
	sigaddset(&record->ends, SIGTERM);
	sigaddset(&record->ends, SIGUSR1);
	sigprocmask(SIG_BLOCK, &record->ends, NULL);
	/* a write fails then, and is tried again */
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}

/*
 * Hooks that tell other commands who closes what. What is stored does not need
 * them: a recorder goes on without.
 */
static int serve_owners(struct record *record)
{
	struct tcpmem_ctx *ctx = record->session.ctx;
	int ret;

	if (!record->options->owners)
		return 0;
	ret = tcpmem_query_new(&record->past);
	if (ret == 0)
		ret = tcpmem_query_require(record->past, TCPMEM_NEED_PAST);
	if (ret == 0)
		ret = tcpmem_sampler_new(ctx, record->past, &record->owners);
	if (ret)
		return ret;
	ret = tcpmem_sampler_serve(record->owners);
	if (ret)
		message("who closes sockets is not told to other commands: %s",
			strerror(-ret));
	return 0;
}

static int run_recorder(struct record *record, uint32_t needs)
{
	int ret = session_open(&record->session, record->options, needs);

	if (ret == 0)
		ret = tcpmem_sampler_new(record->session.ctx,
					 record->session.query,
					 &record->sampler);
	if (ret == 0)
		ret = serve_owners(record);
	if (ret == 0)
		ret = record_looks(record);
	notify("STOPPING=1");
	if (ret < 0)
		session_failed(&record->session, ret);
	tcpmem_sampler_free(record->sampler);
	tcpmem_sampler_free(record->owners);
	tcpmem_query_free(record->past);
	session_close(&record->session);
	return ret < 0 ? EXIT_FAILED : EXIT_DONE;
}

static int run(const struct options *options, char **args)
{
	struct record record = {
		.options = options,
		.every_ns = options->every_ns ? options->every_ns : EVERY_NS,
	};
	uint32_t needs = TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA |
			 (options->info ? TCPMEM_NEED_INFO : 0);
	int code;

	(void)args;
	if (!options->store) {
		message("record needs a directory: --store DIR");
		return EXIT_USAGE;
	}
	umask(S_IWGRP | S_IRWXO);
	block_signals(&record);
	code = trigger_open(options, &record.trigger, &needs);
	if (code == 0)
		code = open_store(&record) ? EXIT_FAILED : EXIT_DONE;
	if (code == 0)
		code = run_recorder(&record, needs);
	store_writer_close(record.writer);
	trigger_close(&record.trigger);
	free(record.marks);
	return code;
}

const struct command cmd_record = {
	.name = "record",
	.text = "keep looks in a store, for --from STORE --at TIME",
	.about = "Takes a look every 10 seconds, until a signal ends it, and "
		 "keeps what changed.\n"
		 "Commands answer for any moment of it: --from STORE --at "
		 "TIME. A look is stored\n"
		 "as a whole or not at all; see tcpmem-store(5). Past a "
		 "threshold, under memory\n"
		 "pressure, or if memory runs out, what was stored around it "
		 "is kept longer.\n",
	.examples = "  tcpmem record --store /var/lib/tcpmem\n"
		    "  tcpmem record --store /var/lib/tcpmem --max-tcp-mem "
		    "80%\n"
		    "  tcpmem by process --from /var/lib/tcpmem --at 03:12\n"
		    "  tcpmem diff --from /var/lib/tcpmem 03:11 03:12\n",
	.options = OPTIONS(
		OPTION_STORE, OPTION_EVERY, OPTION_MAX_HELD, OPTION_MAX_SOCKETS,
		OPTION_MAX_CLOSE_WAIT, OPTION_MAX_TIME_WAIT, OPTION_MAX_ORPHANS,
		OPTION_MAX_TCP_MEM, OPTION_MAX_GROWTH, OPTION_MAX_RECV_Q,
		OPTION_PER, OPTION_MAX_SIZE, OPTION_KEEP_FREE, OPTION_NETNS,
		OPTION_INFO, OPTION_HOLDERS, OPTION_OWNERS),
	.run = run,
};
