// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_sockets.c - tcpmem sockets: one row for each socket */
#include "rows.h"

/* struct sockets_state - @table: sums for the total, @columns: of the total */
struct sockets_state {
	struct tcpmem_table *table;
	struct columns columns;
};

static int on_socket(const struct tcpmem_snapshot *snap,
		     const struct tcpmem_socket *sock, void *user)
{
	struct row_run *run = user;
	struct sockets_state *state = run->state;
	int ret = tcpmem_table_add(state->table, snap, sock);

	return ret ? ret : row_run_print(run, snap, sock);
}

/* The kernel's sockets are printed as they come, and none is kept. */
static int stream(struct row_run *run)
{
	/* no restart: a printed row cannot be taken back */
	const struct tcpmem_dump_ops ops = {
		.size = sizeof(ops),
		.socket = on_socket,
	};
	struct session *session = &run->session;

	return tcpmem_dump(session->ctx, session->query, &ops, run, &run->snap);
}

static int fetch_rows(struct row_run *run)
{
	struct sockets_state *state = run->state;
	int ret = session_fetch(&run->session, &run->snap);
	size_t count;

	if (ret == 0)
		count = tcpmem_snapshot_get_socket_count(run->snap);
	if (ret == 0)
		ret = row_run_alloc(run, count);
	for (size_t i = 0; ret == 0 && i < count; i++) {
		const struct tcpmem_socket *sock =
			tcpmem_snapshot_get_socket(run->snap, i);

		run->row[run->count++] = sock;
		ret = tcpmem_table_add(state->table, run->snap, sock);
	}
	return ret;
}

static int fetch(struct row_run *run)
{
	struct sockets_state *state = run->state;
	int ret = tcpmem_table_new("state", &state->table);

	run->streamed = !run->sort.columns.count &&
			!(columns_need(&run->columns) & TCPMEM_NEED_METADATA);
	run->out.total = &state->columns;
	if (ret == 0)
		ret = run->streamed && !run->options->from ? stream(run)
							   : fetch_rows(run);
	if (ret == 0)
		ret = tcpmem_table_finish(state->table);
	if (ret == 0)
		run->total = tcpmem_table_get_total(state->table);
	return ret;
}

static const struct row_command sockets = {
	.columns = &socket_columns,
	.schema = "tcpmem.sockets/1",
	.usual_columns = "state,local,remote,recv_q,send_q,buffer,held,holders",
	.past_columns = "+past,past_pid,past_source",
	.usual_order = "-held,cookie",
	.failure = EXIT_FAILED,
	.fetch = fetch,
};

static int run(const struct options *options, char **args)
{
	struct sockets_state state = { 0 };
	struct row_run run = {
		.command = &sockets,
		.options = options,
		.state = &state,
	};
	int code;

	(void)args;
	columns_all(&row_columns, &state.columns);
	code = row_run(&run);
	tcpmem_table_free(state.table);
	tcpmem_snapshot_free(run.snap);
	return code;
}

const struct command cmd_sockets = {
	.name = "sockets",
	.filter = true,
	.text = "one row for each socket",
	.about =
		"Lists the sockets, in a table those that hold the most first. "
		"--json, --jsonl,\n--csv and --raw print each as it comes and "
		"keep none, unless --sort or columns\nsuch as cmdline are "
		"given.\n",
	.examples =
		"  tcpmem sockets --limit 20\n"
		"  tcpmem sockets 'state close-wait and held > 64k' -o +uid\n"
		"  tcpmem sockets -o +rtt,cwnd,last_rcv --sort -total_retrans\n"
		"  tcpmem sockets --jsonl | jq -c 'select(.rmem_bytes > 1e6)'\n",
	.columns = &socket_columns,
	.options = OPTIONS(OPTIONS_ROWS, OPTION_PAST),
	.run = run,
};
