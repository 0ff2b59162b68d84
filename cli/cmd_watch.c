// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_watch.c - tcpmem watch: a line for each socket that ends */
#include "columns/columns.h"
#include "messages.h"
#include "output/file.h"
#include "output/output.h"
#include "session.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_US INT64_C(1000)

/* Looks take a part of the time. */
#define LOOK_SHARE 20

/* Until a signal, or the end of --for, is noticed */
#define SLICE_MS 200

/* Columns of a table: a line is printed before the next is known. */
#define TEXT_WIDTH    24
#define ADDRESS_WIDTH 21
#define NUMBER_WIDTH  7

/*
 * struct watch_state - what was printed so far
 * @ends: signals that end it, blocked but while rows are written
 * @wants_owners: who made and who closed is asked for
 * @hears: a namespace tells of sockets that end
 * @second: the one that @in_second rows were printed in
 * @held_back: rows that --max-rate held back; @told: of them, and of losses,
 *	what was told already
 * @ageless: rows that --min-age left out, for their age is not known
 */
struct watch_state {
	const struct options *options;
	struct columns columns;
	struct row_output out;
	struct tcpmem_events counts;
	sigset_t ends;
	bool wants_owners;
	bool hears;
	int64_t next_look;
	int64_t printed;
	int64_t second;
	int64_t in_second;
	uint64_t held_back;
	uint64_t told_held_back;
	uint64_t ageless;
	uint64_t told_lost;
};

static volatile sig_atomic_t ended;

static void on_end(int signal)
{
	(void)signal;
	ended = 1;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* The width of the cell; below 0: text stands at its left */
static int width(const struct column *column)
{
	char heading[COLUMN_HEADER_SIZE];
	int least;

	column_header(column, heading);
	least = (int)strlen(heading);
	switch (column_type(column)) {
	case VALUE_ADDRESS:
		return -(least > ADDRESS_WIDTH ? least : ADDRESS_WIDTH);
	case VALUE_TEXT:
		return -(least > TEXT_WIDTH ? least : TEXT_WIDTH);
	default:
		return least > NUMBER_WIDTH ? least : NUMBER_WIDTH;
	}
}

static void print_cell(const struct watch_state *state, size_t i,
		       const char *text)
{
	bool last = i + 1 == state->columns.count;
	int wide = width(state->columns.column[i]);

	printf("%*s%s", last && wide < 0 ? 0 : wide, text, last ? "\n" : "  ");
}

static void print_headings(const struct watch_state *state)
{
	char text[COLUMN_HEADER_SIZE];

	if (state->options->noheadings)
		return;
	for (size_t i = 0; i < state->columns.count; i++) {
		column_header(state->columns.column[i], text);
		print_cell(state, i, text);
	}
}

static int print_text(const struct watch_state *state,
		      const struct tcpmem_snapshot *snap,
		      const struct tcpmem_socket *sock)
{
	const struct style style = { ESCAPE_TERMINAL, state->options->bytes };

	for (size_t i = 0; i < state->columns.count; i++) {
		struct value value;
		char *text = NULL;
		size_t size;
		FILE *cell = memstream_open(&text, &size);

		if (cell) {
			column_get(state->columns.column[i], snap, sock,
				   &value);
			value_print(cell, &value, style);
		}
		if (memstream_close(cell, &text) < 0)
			return -ENOMEM;
		print_cell(state, i, text);
		free(text);
	}
	return stdout_status();
}

static bool is_json(const struct watch_state *state)
{
	return state->options->format == FORMAT_JSON;
}

static bool is_table(const struct watch_state *state)
{
	return state->options->format == FORMAT_TABLE;
}

/* What is missing is a line of its own, among the rows where it can be. */
static void tell(const struct watch_state *state, const char *key,
		 const char *text, uint64_t more, uint64_t *told)
{
	struct json json;

	if (more == *told)
		return;
	if (is_json(state)) {
		json_init(&json, stdout, 0);
		json_open_object(&json, NULL);
		json_integer(&json, key, (int64_t)(more - *told));
		json_close_object(&json);
		json_end(&json);
	} else if (is_table(state)) {
		printf("# %" PRIu64 " %s\n", more - *told, text);
	} else {
		message("%" PRIu64 " %s", more - *told, text);
	}
	*told = more;
}

static void tell_held_back(struct watch_state *state)
{
	tell(state, "held_back", "more ended, held back by --max-rate",
	     state->held_back, &state->told_held_back);
}

/* Whether --max-rate holds the next row back */
static bool holds_back(struct watch_state *state)
{
	int64_t second = now_ns() / NS_PER_S;

	if (second != state->second) {
		tell_held_back(state);
		state->second = second;
		state->in_second = 0;
	}
	if (!state->options->max_rate ||
	    state->in_second < state->options->max_rate)
		return false;
	state->held_back++;
	return true;
}

static bool is_enough(const struct watch_state *state)
{
	return state->options->count && state->printed >= state->options->count;
}

static bool is_too_young(struct watch_state *state,
			 const struct tcpmem_snapshot *snap,
			 const struct tcpmem_socket *sock)
{
	struct tcpmem_past past = { .size = sizeof(past) };

	if (!state->options->min_age_ns)
		return false;
	if (tcpmem_socket_get_past(snap, sock, &past) == 0 &&
	    past.age_us != TCPMEM_UNKNOWN)
		return past.age_us * NS_PER_US < state->options->min_age_ns;
	state->ageless++;
	return true;
}

/* A signal waits for a reader that takes no rows; another one does not. */
static int print_row(struct watch_state *state,
		     const struct tcpmem_snapshot *snap,
		     const struct tcpmem_socket *sock)
{
	int ret;

	sigprocmask(SIG_UNBLOCK, &state->ends, NULL);
	ret = is_table(state) ? print_text(state, snap, sock)
			      : row_output_row(&state->out, snap, sock);
	sigprocmask(SIG_BLOCK, &state->ends, NULL);
	return ret;
}

static int flush_rows(const struct watch_state *state)
{
	int ret;

	sigprocmask(SIG_UNBLOCK, &state->ends, NULL);
	ret = stdout_flush();
	sigprocmask(SIG_BLOCK, &state->ends, NULL);
	return ret;
}

static int on_socket(const struct tcpmem_snapshot *snap,
		     const struct tcpmem_socket *sock, void *user)
{
	struct watch_state *state = user;

	if (is_enough(state) || is_too_young(state, snap, sock) ||
	    holds_back(state))
		return 0;
	state->printed++;
	state->in_second++;
	return print_row(state, snap, sock);
}

static bool is_interrupted(const struct watch_state *state)
{
	return ended ||
	       sigtimedwait(&state->ends, NULL, &(struct timespec){ 0 }) > 0;
}

static int slice(const struct watch_state *state, int64_t begin)
{
	int64_t left = begin + state->options->for_ns - now_ns();

	if (!state->options->for_ns || left > SLICE_MS * INT64_C(1000000))
		return SLICE_MS;
	return left > 0 ? (int)(left / 1000000) + 1 : 0;
}

/*
 * Where no hooks tell who closes what, looks tell who held it: for a twentieth
 * of the time, once a second at most
 */
static int look(struct watch_state *state, struct tcpmem_sampler *sampler)
{
	int64_t begin = now_ns(), pause;
	struct tcpmem_snapshot *snap;
	int ret;

	if (!state->options->past || !state->counts.hooks_error ||
	    begin < state->next_look)
		return 0;
	ret = tcpmem_sampler_next(sampler, &snap);
	if (ret)
		return ret;
	tcpmem_snapshot_free(snap);
	pause = (now_ns() - begin) * LOOK_SHARE;
	state->next_look = begin + (pause > NS_PER_S ? pause : NS_PER_S);
	return 0;
}

/* Later on those that began meanwhile may be all that are heard. */
static bool is_deaf(const struct watch_state *state)
{
	return !state->hears && state->counts.deaf &&
	       state->counts.deaf == state->counts.namespaces;
}

/* One wait. Return: 0 or -errno. */
static int take(struct watch_state *state, struct tcpmem_sampler *sampler,
		int timeout_ms)
{
	const struct tcpmem_dump_ops ops = {
		.size = sizeof(ops),
		.socket = on_socket,
	};
	int ret = tcpmem_sampler_wait(sampler, timeout_ms, &ops, state,
				      &state->counts);

	if (ret == 0 && is_deaf(state))
		ret = -EPERM;
	state->hears |= ret == 0;
	tell(state, "lost", "more ended, and there was no room for them",
	     state->counts.lost, &state->told_lost);
	return ret ? ret : flush_rows(state);
}

/* What has ended by now; where more end all the time, not for ever. */
static int drain(struct watch_state *state, struct tcpmem_sampler *sampler)
{
	int64_t until = now_ns() + NS_PER_S;
	uint64_t before;
	int ret;

	do {
		before = state->counts.ended;
		ret = take(state, sampler, 0);
	} while (ret == 0 && state->counts.ended != before &&
		 !is_enough(state) && now_ns() < until);
	return ret;
}

static int watch_until(struct watch_state *state,
		       struct tcpmem_sampler *sampler)
{
	int64_t begin = now_ns();
	int wait = 0;
	int ret;

	do {
		ret = look(state, sampler);
		if (ret == 0)
			ret = take(state, sampler, wait);
	} while (ret == 0 && !is_enough(state) && !is_interrupted(state) &&
		 (wait = slice(state, begin)));
	if (ret == 0 && !is_enough(state))
		ret = drain(state, sampler);
	tell_held_back(state);
	return ret;
}

/* Whether rows that were asked for are missing */
static bool lacks_some(const struct watch_state *state)
{
	const struct tcpmem_events *counts = &state->counts;

	return counts->deaf || counts->undecided || counts->malformed ||
	       counts->lost || state->ageless;
}

static void print_summary(const struct watch_state *state)
{
	const struct tcpmem_events *counts = &state->counts;
	struct json json;

	if (!is_json(state))
		return;
	json_init(&json, stdout, 0);
	json_open_object(&json, NULL);
	json_text(&json, "schema", "tcpmem.watch/1");
	json_bool(&json, "complete", !lacks_some(state));
	json_integer(&json, "ended", (int64_t)counts->ended);
	json_integer(&json, "lost_total", (int64_t)counts->lost);
	json_integer(&json, "held_back_total", (int64_t)state->held_back);
	json_integer(&json, "undecided", (int64_t)counts->undecided);
	json_integer(&json, "ageless", (int64_t)state->ageless);
	json_bool(&json, "hooks", state->wants_owners && !counts->hooks_error);
	json_integer(&json, "namespaces", (int64_t)counts->namespaces);
	json_integer(&json, "deaf", (int64_t)counts->deaf);
	json_close_object(&json);
	json_end(&json);
}

static const char *explain_hooks(int error)
{
	switch (error) {
	case -EPERM:
		return "CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN are needed";
	case -ENOENT:
		return "no cgroup2 is mounted";
	case -EOPNOTSUPP:
		return "this is not built with BPF, or its pids are not the "
		       "kernel's";
	default:
		return strerror(-error);
	}
}

/* Return: whether an owner, or an age, that was asked for may be missing. */
static bool warn_of_owners(const struct watch_state *state)
{
	bool asks_proc = state->options->holders == TCPMEM_HOLDER_SOURCE_PROC;
	int error = state->counts.hooks_error;

	if (state->ageless)
		message("%" PRIu64
			" sockets are left out: how old they are is not known"
			"%s%s",
			state->ageless,
			error ? ": "
			      : ", as of those that were opened before this "
				"began",
			!error	    ? ""
			: asks_proc ? "--holders=proc has no hooks"
				    : explain_hooks(error));
	if (!error || !state->wants_owners || asks_proc)
		return state->ageless;
	message("who made and who closed them is not known%s: %s",
		state->options->past ? " but by looks" : "",
		explain_hooks(error));
	return true;
}

/* Return: whether something that was asked for is missing. */
static bool warn(const struct watch_state *state)
{
	const struct tcpmem_events *counts = &state->counts;

	if (counts->deaf)
		message("%zu of %zu network namespaces may not be entered, "
			"have no NETLINK_SOCK_DIAG, could not be looked for, "
			"or began meanwhile: what ended there may be missing",
			counts->deaf, counts->namespaces);
	if (counts->undecided)
		message("%" PRIu64
			" sockets may match the filter: too little is "
			"known of them, and they are left out",
			counts->undecided);
	if (counts->malformed)
		message("%" PRIu64 " messages of the kernel make no sense",
			counts->malformed);
	return warn_of_owners(state) || lacks_some(state);
}

static int watch_session(struct watch_state *state, struct session *session)
{
	const struct sigaction end = {
		.sa_handler = on_end,
		.sa_flags = SA_RESTART | (int)SA_RESETHAND,
	};
	struct tcpmem_sampler *sampler;
	sigset_t before;
	int ret = tcpmem_sampler_new(session->ctx, session->query, &sampler);

	if (ret < 0)
		return ret;
	sigemptyset(&state->ends);
	sigaddset(&state->ends, SIGINT);
	sigaddset(&state->ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &state->ends, &before);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	if (is_table(state))
		print_headings(state);
	else
		row_output_open(&state->out);
	ret = watch_until(state, sampler);
	if (ret == 0)
		print_summary(state);
	sigprocmask(SIG_SETMASK, &before, NULL);
	tcpmem_sampler_free(sampler);
	return ret ? ret : stdout_flush();
}

static int run(const struct options *options, char **args)
{
	struct options lines = *options;
	struct watch_state state = {
		.options = options,
		.out = { .options = &lines, .columns = &state.columns },
		.counts = { .size = sizeof(state.counts) },
	};
	struct session session;
	uint32_t needs;
	int ret;

	(void)args;
	ret = row_output_columns(options, &ended_columns,
				 "time,age,local,remote,bytes_received,"
				 "bytes_acked,total_retrans,netns,source,"
				 "closer,creator,cgroup",
				 &state.columns);
	if (ret)
		return ret;
	if (is_json(&state))
		lines.format = FORMAT_JSONL;
	needs = columns_need(&state.columns);
	if (options->min_age_ns)
		needs |= TCPMEM_NEED_PAST;
	state.wants_owners = needs & TCPMEM_NEED_PAST;
	ret = session_open(&session, options, needs);
	if (ret == 0)
		ret = watch_session(&state, &session);
	if (ret == -EPERM && is_deaf(&state)) {
		warn(&state);
		ret = EXIT_FAILED;
	} else if (ret < 0) {
		ret = session_failed(&session, ret);
	} else if (warn(&state) && options->strict) {
		ret = EXIT_INCOMPLETE;
	}
	session_close(&session);
	return ret;
}

const struct command cmd_watch = {
	.name = "watch",
	.filter = true,
	.text = "a line for each socket that ends",
	.about =
		"Prints a line for each TCP socket that ends, those too that lived "
		"a millisecond:\nwhen the kernel frees it, which is when it enters "
		"TIME_WAIT. Until Ctrl-C, or as\nlong as --for and --count say. "
		"What the kernel had no room to tell of is counted\nand told. "
		"--json prints a JSON object a line, and one about all at the "
		"end.\n",
	.examples = "  tcpmem watch --for 10s 'sport = :443'\n"
		    "  tcpmem watch -J | jq -c 'select(.total_retrans > 0)'\n",
	.columns = &ended_columns,
	.options = OPTIONS(OPTIONS_FILTER, OPTION_NETNS, OPTION_OUTPUT,
			   OPTION_LIST_COLUMNS, OPTION_NOHEADINGS, OPTION_BYTES,
			   OPTION_RAW, OPTION_JSON, OPTION_CSV, OPTION_FOR,
			   OPTION_ROWS, OPTION_MAX_RATE, OPTION_MIN_AGE,
			   OPTION_PAST, OPTION_HOLDERS, OPTION_STRICT),
	.run = run,
};
