// SPDX-License-Identifier: LGPL-2.1-or-later
/* view.c - the views of tcpmem top, and the rows that a look has in each */
#include "top.h"

#include "blame/blame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct tcpmem_chain *chain_of(const struct cell *cell)
{
	return cell->row;
}

/* The names of members @from to @to, as one text that lives until the next */
static void set_names(struct value *value, const struct tcpmem_chain *chain,
		      size_t from, size_t to)
{
	static char text[2][512];
	char *line = text[from > 0];
	size_t len = 0;

	*line = '\0';
	for (size_t i = from; i < to && len < sizeof(text[0]); i++)
		len += (size_t)snprintf(line + len, sizeof(text[0]) - len,
					"%s%s", i > from ? ", " : "",
					chain->member[i].name);
	value_set_text(value, line);
}

static void get_culprits(const struct cell *cell, struct value *value)
{
	set_names(value, chain_of(cell), 0, chain_of(cell)->culprit_count);
}

static void get_waiting(const struct cell *cell, struct value *value)
{
	set_names(value, chain_of(cell), chain_of(cell)->culprit_count,
		  chain_of(cell)->member_count);
}

static void get_chain_bytes(const struct cell *cell, struct value *value)
{
	value_set_number(value, VALUE_BYTES, chain_of(cell)->bytes);
}

static void get_taken(const struct cell *cell, struct value *value)
{
	value_set_number(value, VALUE_SPEED,
			 chain_of(cell)->member->per_second);
}

static const struct column chains[] = {
	COLUMN("key", TEXT, "who does not read, at the end of a chain",
	       .wrap = true, .get = get_culprits),
	COLUMN("waiting", TEXT, "who waits for that", .wrap = true,
	       .get = get_waiting),
	COLUMN("bytes", BYTES, "what waits", .get = get_chain_bytes),
	COLUMN("per_second", SPEED, "what is taken of it", .get = get_taken),
};

static const struct column_table chain_columns = { chains, ARRAY_SIZE(chains) };

static const struct top_column of_groups[] = {
	{ "key", 20, 0 },   { "sockets", 7, 1 }, { "unread", 7, 3 },
	{ "unsent", 7, 4 }, { "object", 7, 7 },	 { "held", 7, 0 },
	{ "share%", 6, 5 }, { "delta", 8, 2 },	 { "trend", 8, 6 },
	{ NULL, 0, 0 },
};

static const struct top_column of_sockets[] = {
	{ "state", 11, 2 }, { "local", 18, 0 }, { "remote", 18, 1 },
	{ "recv_q", 7, 3 }, { "send_q", 7, 4 }, { "held", 7, 0 },
	{ "delta", 8, 5 },  { "trend", 8, 7 },	{ "holders", 16, 6 },
	{ NULL, 0, 0 },
};

static const struct top_column of_chains[] = {
	{ "key", 20, 0 },     { "bytes", 7, 0 }, { "per_second", 10, 1 },
	{ "waiting", 30, 2 }, { NULL, 0, 0 },
};

static const struct top_column of_limits[] = {
	{ "name", 20, 0 }, { "value", 10, 0 },
	{ "used", 10, 1 }, { "used_percent", 12, 2 },
	{ "netns", 8, 4 }, { "meaning", 20, 3 },
	{ NULL, 0, 0 },
};

#define GROUPS(key)                                               \
	{                                                         \
		key, TOP_GROUPS, &row_columns, of_groups, "-held" \
	}

/* In the order of Tab */
const struct top_view top_views[TOP_VIEWS] = {
	GROUPS("process"),
	GROUPS("program"),
	GROUPS("cgroup"),
	GROUPS("unit"),
	GROUPS("container"),
	GROUPS("peer"),
	GROUPS("local-port"),
	GROUPS("listener"),
	GROUPS("state"),
	GROUPS("netns"),
	{ "sockets", TOP_SOCKETS, &socket_columns, of_sockets, "-held" },
	{ "blame", TOP_BLAME, &chain_columns, of_chains, "-bytes" },
	{ "limits", TOP_LIMITS, &limit_columns, of_limits, "-used_percent" },
};

const struct top_view *top_view_find(const char *name)
{
	for (size_t i = 0; i < TOP_VIEWS; i++)
		if (strcmp(top_views[i].name, name) == 0)
			return &top_views[i];
	return NULL;
}

uint32_t top_view_needs(const struct top_view *view)
{
	uint32_t needs = TCPMEM_NEED_HOLDERS;

	switch (view->kind) {
	case TOP_GROUPS:
		needs |= TCPMEM_SUMS_SUFFICE;
		(void)tcpmem_keys_require(view->name, &needs);
		break;
	case TOP_SOCKETS:
		break;
	case TOP_BLAME:
		needs |= BLAME_NEEDS;
		break;
	case TOP_LIMITS:
		needs |= TCPMEM_NEED_LIMITS;
		break;
	}
	return needs;
}

bool top_needs_are_met(uint32_t needs, const struct top_look *look)
{
	return !(needs & ~look->needs & TCPMEM_NEEDS_ALL) &&
	       (needs & TCPMEM_SUMS_SUFFICE ||
		!(look->needs & TCPMEM_SUMS_SUFFICE));
}

const struct column *top_view_column(const struct top_view *view,
				     const char *name)
{
	const struct column_table *table = view->table;

	for (size_t i = 0; i < table->count; i++)
		if (strcmp(column_name(&table->column[i]), name) == 0)
			return &table->column[i];
	return NULL;
}

/* FNV-1a */
static uint64_t hash(uint64_t seed, const void *data, size_t size)
{
	const unsigned char *byte = data;

	for (size_t i = 0; i < size; i++)
		seed = (seed ^ byte[i]) * UINT64_C(0x100000001b3);
	return seed;
}

static uint64_t hash_text(const char *text)
{
	return hash(UINT64_C(0xcbf29ce484222325), text, strlen(text));
}

/* A pid is used again: the start of the process tells. */
static uint64_t subject_id(const struct tcpmem_subject *subject)
{
	uint64_t id = hash_text(subject->key);
	uint64_t start = subject_start(subject);

	return start ? hash(id, &start, sizeof(start)) : id;
}

/* Without a cookie, by its ends */
static uint64_t socket_id(const struct tcpmem_socket *sock)
{
	uint64_t id = tcpmem_socket_get_cookie(sock);
	uint8_t ends[2][16];
	int64_t field[3] = { 0 };

	if (id)
		return id;
	tcpmem_socket_get_addresses(sock, ends[0], ends[1]);
	for (int i = 0; i < 2; i++)
		(void)tcpmem_socket_get_field(
			sock,
			i ? TCPMEM_SOCKET_FIELD_REMOTE_PORT
			  : TCPMEM_SOCKET_FIELD_LOCAL_PORT,
			&field[i]);
	(void)tcpmem_socket_get_field(sock, TCPMEM_SOCKET_FIELD_NETNS,
				      &field[2]);
	id = hash(hash_text("socket"), ends, sizeof(ends));
	return hash(id, field, sizeof(field));
}

static int alloc(struct top_rows *rows, size_t count)
{
	rows->row = calloc(count + 1, sizeof(*rows->row));
	return rows->row ? 0 : -ENOMEM;
}

static int make_groups(const struct top_view *view, const struct top_look *look,
		       struct top_rows *rows)
{
	int ret = tcpmem_group(look->snap, view->name, &rows->table);

	if (ret == 0)
		ret = alloc(rows, tcpmem_table_get_row_count(rows->table));
	if (ret < 0)
		return ret;
	rows->count = tcpmem_table_get_row_count(rows->table);
	for (size_t i = 0; i < rows->count; i++) {
		const struct tcpmem_row *row =
			tcpmem_table_get_row(rows->table, i);

		rows->row[i].row = row;
		rows->row[i].id = subject_id(tcpmem_row_get_subject(row));
		rows->row[i].held = row_metric(row, TCPMEM_METRIC_HELD);
	}
	rows->total = tcpmem_table_get_total(rows->table);
	return 0;
}

/* Whether grouping the one socket makes the row: so no key is told apart. */
static int is_member(const struct top_zoom *zoom, struct tcpmem_table *table,
		     const struct tcpmem_snapshot *snap,
		     const struct tcpmem_socket *sock, bool *member)
{
	int ret;

	tcpmem_table_clear(table);
	ret = tcpmem_table_add(table, snap, sock);
	if (ret == 0)
		ret = tcpmem_table_finish(table);
	*member = false;
	for (size_t i = 0; ret == 0 && i < tcpmem_table_get_row_count(table);
	     i++)
		*member = *member ||
			  subject_id(tcpmem_row_get_subject(
				  tcpmem_table_get_row(table, i))) == zoom->id;
	return ret;
}

static int make_sockets(const struct top_zoom *zoom,
			const struct top_look *look, struct top_rows *rows)
{
	size_t count = tcpmem_snapshot_get_socket_count(look->snap);
	struct tcpmem_table *table = NULL;
	int ret = alloc(rows, count);

	if (ret == 0 && zoom->view)
		ret = tcpmem_table_new(zoom->view->name, &table);
	for (size_t i = 0; ret == 0 && i < count; i++) {
		const struct tcpmem_socket *sock =
			tcpmem_snapshot_get_socket(look->snap, i);
		struct top_row *row = &rows->row[rows->count];
		bool member = true;

		if (table)
			ret = is_member(zoom, table, look->snap, sock, &member);
		if (!member)
			continue;
		row->row = sock;
		row->id = socket_id(sock);
		if (tcpmem_socket_get_metric(sock, TCPMEM_METRIC_HELD,
					     &row->held) < 0)
			row->held = TCPMEM_UNKNOWN;
		rows->count++;
	}
	tcpmem_table_free(table);
	return ret;
}

static int make_chains(const struct top_look *look, struct top_rows *rows)
{
	size_t count = look->blame ? look->blame->count : 0;
	int ret = alloc(rows, count);

	for (size_t i = 0; ret == 0 && i < count; i++) {
		const struct tcpmem_chain *chain = &look->blame->chain[i];

		rows->row[i].row = chain;
		rows->row[i].id = hash_text(chain->member->name);
		rows->row[i].held = TCPMEM_UNKNOWN;
		rows->count++;
	}
	return ret;
}

static int make_limits(const struct top_look *look, struct top_rows *rows)
{
	size_t count = look->limits ? tcpmem_limits_get_count(look->limits) : 0;
	int ret = alloc(rows, count);

	for (size_t i = 0; ret == 0 && i < count; i++) {
		const struct tcpmem_limit *limit =
			tcpmem_limits_get(look->limits, i);

		rows->row[i].row = limit;
		rows->row[i].id = hash_text(limit->name);
		rows->row[i].held = TCPMEM_UNKNOWN;
		rows->count++;
	}
	return ret;
}

int top_rows_make(const struct top_view *view, const struct top_zoom *zoom,
		  const struct top_look *look, struct top_rows *rows)
{
	*rows = (struct top_rows){ 0 };
	switch (view->kind) {
	case TOP_GROUPS:
		return make_groups(view, look, rows);
	case TOP_SOCKETS:
		return make_sockets(zoom, look, rows);
	case TOP_BLAME:
		return make_chains(look, rows);
	case TOP_LIMITS:
		break;
	}
	return make_limits(look, rows);
}

static bool is_zero(const struct top_view *view, const struct top_look *look,
		    const struct top_row *row)
{
	const struct column *used = top_view_column(view, "used");
	struct value value;

	if (view->kind != TOP_LIMITS)
		return row->held == 0;
	column_get(used, look->snap, row->row, &value);
	return value.type == VALUE_UNKNOWN || !value.integer;
}

void top_rows_hide(const struct top_view *view, const struct top_look *look,
		   struct top_rows *rows)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows->count; i++)
		if (!is_zero(view, look, &rows->row[i]))
			rows->row[kept++] = rows->row[i];
	rows->count = kept;
}

void top_rows_free(struct top_rows *rows)
{
	free(rows->row);
	tcpmem_table_free(rows->table);
	*rows = (struct top_rows){ 0 };
}

void top_row_name(const struct top_view *view, const struct top_look *look,
		  const struct top_row *row, char *text, size_t size)
{
	const struct column *column =
		top_view_column(view, view->column[0].name);
	const struct style style = { .escape = ESCAPE_TERMINAL };
	FILE *out = fmemopen(text, size, "w");
	struct value value;

	*text = '\0';
	if (!out)
		return;
	column_get(column, look->snap, row->row, &value);
	value_print(out, &value, style);
	fclose(out);
	text[size - 1] = '\0';
}
