// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_sockets.c - tcpmem sockets: one row for each socket */
#include "columns/columns.h"
#include "messages.h"
#include "output/out.h"
#include "rows.h"
#include "session.h"

#include <errno.h>
#include <stdlib.h>

#define USUAL_COLUMNS "state,local,remote,recv_q,send_q,buffer,held,holders"

/* A table is read from the top; a stream has no order but the kernel's. */
#define USUAL_ORDER "-held,cookie"

/*
 * struct job - one run of the command
 * @all: the columns of the total
 * @table: adds the total up
 * @rows: how many were printed
 * @opened: @out has been opened
 */
struct job {
	const struct options *options;
	struct columns columns;
	struct columns all;
	struct sort sort;
	struct out out;
	struct tcpmem_table *table;
	size_t rows;
	bool opened;
};

/*
 * In a stream nothing is printed before the first socket: the kernel may yet
 * refuse to list them.
 */
static int open_once(struct job *job, const struct tcpmem_snapshot *snap)
{
	if (job->opened)
		return 0;
	job->opened = true;
	return out_open(&job->out, snap);
}

static int print_socket(struct job *job, const struct tcpmem_snapshot *snap,
			const struct tcpmem_socket *sock)
{
	if (job->options->limited && job->rows >= job->options->limit)
		return 0;
	job->rows++;
	return out_row(&job->out, snap, sock);
}

static int close_rows(struct job *job, const struct tcpmem_snapshot *snap)
{
	int ret = open_once(job, NULL);

	if (ret == 0)
		ret = tcpmem_table_finish(job->table);
	if (ret == 0)
		ret = out_close(&job->out, snap,
				tcpmem_table_get_total(job->table));
	return ret;
}

static int on_socket(const struct tcpmem_snapshot *snap,
		     const struct tcpmem_socket *sock, void *user)
{
	struct job *job = user;
	int ret = open_once(job, NULL);

	if (ret == 0)
		ret = tcpmem_table_add(job->table, snap, sock);
	return ret ? ret : print_socket(job, snap, sock);
}

/* A file's sockets are printed as they would have been live. */
static int stream_loaded(struct job *job, struct session *session,
			 struct tcpmem_snapshot **snap)
{
	int ret = session_fetch(session, snap);
	size_t count;

	if (ret)
		return ret;
	count = tcpmem_snapshot_get_socket_count(*snap);
	for (size_t i = 0; ret == 0 && i < count; i++)
		ret = on_socket(*snap, tcpmem_snapshot_get_socket(*snap, i),
				job);
	return ret ? ret : close_rows(job, *snap);
}

static int stream(struct job *job, struct session *session,
		  struct tcpmem_snapshot **snap)
{
	/* what was printed cannot be taken back: no restart */
	const struct tcpmem_dump_ops ops = {
		.size = sizeof(ops),
		.socket = on_socket,
	};
	int ret;

	if (session->options->from)
		return stream_loaded(job, session, snap);
	ret = tcpmem_dump(session->ctx, session->query, &ops, job, snap);
	return ret ? ret : close_rows(job, *snap);
}

static int print_sorted(struct job *job, const struct tcpmem_snapshot *snap,
			const void **sock, size_t count)
{
	int ret = open_once(job, snap);

	for (size_t i = 0; i < count; i++)
		sock[i] = tcpmem_snapshot_get_socket(snap, i);
	rows_sort(&job->sort, snap, sock, count);
	for (size_t i = 0; ret == 0 && i < count; i++)
		ret = tcpmem_table_add(job->table, snap, sock[i]);
	for (size_t i = 0; ret == 0 && i < count; i++)
		ret = print_socket(job, snap, sock[i]);
	return ret ? ret : close_rows(job, snap);
}

static int keep(struct job *job, struct session *session,
		struct tcpmem_snapshot **snap)
{
	int ret = session_fetch(session, snap);
	const void **sock;
	size_t count;

	if (ret < 0)
		return ret;
	count = tcpmem_snapshot_get_socket_count(*snap);
	sock = calloc(count + 1, sizeof(*sock));
	if (!sock)
		return -ENOMEM;
	ret = print_sorted(job, *snap, sock, count);
	free(sock);
	return ret;
}

static int execute(struct job *job)
{
	struct tcpmem_snapshot *snap = NULL;
	struct session session;
	int ret = session_open(&session, job->options,
			       columns_need(&job->columns) |
				       columns_need(&job->sort.columns));
	int code;

	if (ret == 0)
		ret = tcpmem_table_new("state", &job->table);
	if (ret == 0 && job->sort.columns.count)
		ret = keep(job, &session, &snap);
	else if (ret == 0)
		ret = stream(job, &session, &snap);
	code = ret < 0 ? session_failed(&session, ret)
		       : session_exit_code(job->options, snap);
	out_free(&job->out);
	tcpmem_table_free(job->table);
	tcpmem_snapshot_free(snap);
	session_close(&session);
	return code;
}

static int run(const struct options *options, char **args)
{
	struct job job = { .options = options };
	const char *order = options->sort;
	int ret;

	(void)args;
	if (!order && options->format == FORMAT_TABLE)
		order = USUAL_ORDER;
	ret = out_columns(options, &socket_columns, USUAL_COLUMNS,
			  &job.columns);
	if (ret == 0 && order)
		ret = sort_parse(&socket_columns, order, &job.sort);
	if (ret)
		return ret;
	columns_all(&row_columns, &job.all);
	job.out.options = options;
	job.out.schema = "tcpmem.sockets/1";
	job.out.columns = &job.columns;
	job.out.total = &job.all;
	return execute(&job);
}

const struct command cmd_sockets = {
	.name = "sockets",
	.filter = true,
	.text = "one row for each socket",
	.about =
		"Lists the sockets, in a table those that hold the most first. "
		"--json, --jsonl,\n--csv and --raw print each as it comes and "
		"keep none, unless --sort is given.\n",
	.examples =
		"  tcpmem sockets --limit 20\n"
		"  tcpmem sockets 'state close-wait and held > 64k' -o +uid\n"
		"  tcpmem sockets -o +rtt,cwnd,last_rcv --sort -total_retrans\n"
		"  tcpmem sockets --jsonl | jq -c 'select(.rmem_bytes > 1e6)'\n",
	.columns = &socket_columns,
	.options = OPTIONS_ROWS,
	.run = run,
};
