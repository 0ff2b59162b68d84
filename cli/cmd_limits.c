// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_limits.c - tcpmem limits: what bounds TCP memory, and how near it is */
#include "ask.h"
#include "columns.h"
#include "notes.h"
#include "out.h"
#include "say.h"
#include "table.h"
#include "written.h"

#include <inttypes.h>

#define WRAP 2

static void get_name(const struct cell *cell, struct value *value)
{
	value_set_text(value, tcpmem_limit_get_name(cell->row));
}

static void get_scope(const struct cell *cell, struct value *value)
{
	value_set_text(value, tcpmem_limit_scope_name(
				      tcpmem_limit_get_scope(cell->row)));
}

static void get_unit(const struct cell *cell, struct value *value)
{
	value_set_text(value, tcpmem_limit_unit_name(
				      tcpmem_limit_get_unit(cell->row)));
}

static void set_quantity(struct value *value, const struct tcpmem_limit *limit,
			 int64_t quantity)
{
	value_set_integer(value, quantity);
	if (tcpmem_limit_get_unit(limit) == TCPMEM_LIMIT_UNIT_BYTES)
		value->type = VALUE_BYTES;
}

static void get_value(const struct cell *cell, struct value *value)
{
	int64_t limit;

	if (tcpmem_limit_get_value(cell->row, &limit) == 0)
		set_quantity(value, cell->row, limit);
}

static void get_used(const struct cell *cell, struct value *value)
{
	int64_t used;

	if (tcpmem_limit_get_used(cell->row, &used) == 0)
		set_quantity(value, cell->row, used);
}

static void get_percent(const struct cell *cell, struct value *value)
{
	int64_t limit;
	int64_t used;

	if (tcpmem_limit_get_value(cell->row, &limit) < 0 || limit <= 0 ||
	    tcpmem_limit_get_used(cell->row, &used) < 0)
		return;
	value->type = VALUE_PERCENT;
	value->ratio.part = used;
	value->ratio.whole = limit;
}

static void get_text(const struct cell *cell, struct value *value)
{
	const char *gone = tcpmem_limit_get_gone(cell->row);

	value_set_text(value, gone ? gone : tcpmem_limit_get_text(cell->row));
}

static void get_gone(const struct cell *cell, struct value *value)
{
	const char *gone = tcpmem_limit_get_gone(cell->row);

	if (gone)
		value_set_text(value, gone);
}

static void get_meaning(const struct cell *cell, struct value *value)
{
	value_set_text(value, tcpmem_limit_get_text(cell->row));
}

/* People read on one line what a program finds under two keys. */
static const struct column shown[] = {
	{ .name = "name", .type = VALUE_TEXT, .get = get_name },
	{ .name = "scope", .type = VALUE_TEXT, .get = get_scope },
	{ .name = "limit", .type = VALUE_INTEGER, .get = get_value },
	{ .name = "used", .type = VALUE_INTEGER, .get = get_used },
	{ .name = "use%", .type = VALUE_PERCENT, .get = get_percent },
	{ .name = "meaning",
	  .type = VALUE_TEXT,
	  .wrap = true,
	  .get = get_text },
};

static const struct column members[] = {
	{ .name = "name", .type = VALUE_TEXT, .get = get_name },
	{ .name = "scope", .type = VALUE_TEXT, .get = get_scope },
	{ .name = "unit", .type = VALUE_TEXT, .get = get_unit },
	{ .name = "value", .type = VALUE_INTEGER, .get = get_value },
	{ .name = "used", .type = VALUE_INTEGER, .get = get_used },
	{ .name = "used_percent", .type = VALUE_PERCENT, .get = get_percent },
	{ .name = "text", .type = VALUE_TEXT, .get = get_meaning },
	{ .name = "gone", .type = VALUE_TEXT, .get = get_gone },
};

static const struct {
	const char *key;
	enum tcpmem_worst which;
} worst_members[] = {
	{ "connections", TCPMEM_WORST_CONNECTIONS },
	{ "current_bytes", TCPMEM_WORST_CURRENT },
	{ "autotuned_bytes", TCPMEM_WORST_AUTOTUNED },
	{ "tcp_mem_high_bytes", TCPMEM_WORST_TCP_MEM },
	{ "ram_bytes", TCPMEM_WORST_RAM },
};

static void json_worst(struct json *json, const struct tcpmem_limits *limits)
{
	int64_t value;

	json_open_object(json, "worst_case");
	for (size_t i = 0; i < ARRAY_SIZE(worst_members); i++) {
		if (tcpmem_limits_get_worst(limits, worst_members[i].which,
					    &value) == 0)
			json_integer(json, worst_members[i].key, value);
		else
			json_null(json, worst_members[i].key);
	}
	json_close_object(json);
}

static int print_json(const struct tcpmem_snapshot *snap,
		      const struct tcpmem_limits *limits)
{
	const struct column_table table = { members, ARRAY_SIZE(members) };
	struct columns columns;
	struct json json;

	columns_all(&table, &columns);
	json_init(&json, stdout, WRAP);
	json_open_object(&json, NULL);
	json_text(&json, "schema", "tcpmem.limits/1");
	notes_json(&json, &(struct notes){ .snap = snap });
	json_open_array(&json, "limits");
	for (size_t i = 0; i < tcpmem_limits_get_count(limits); i++)
		out_json_row(&json, NULL, &columns, snap,
			     tcpmem_limits_get(limits, i));
	json_close_array(&json);
	json_worst(&json, limits);
	json_close_object(&json);
	json_end(&json);
	return written();
}

static void print_bytes(const struct options *options,
			const struct tcpmem_limits *limits,
			enum tcpmem_worst which)
{
	struct value value = { .type = VALUE_BYTES };

	if (tcpmem_limits_get_worst(limits, which, &value.integer) == 0)
		value_print(stdout, &value,
			    (struct style){ .bytes = options->bytes });
	else
		fputs("unknown", stdout);
}

static void print_worst(const struct options *options,
			const struct tcpmem_limits *limits)
{
	int64_t connections = 0;

	tcpmem_limits_get_worst(limits, TCPMEM_WORST_CONNECTIONS, &connections);
	printf("\nWorst case for %" PRId64 " connections: ", connections);
	print_bytes(options, limits, TCPMEM_WORST_CURRENT);
	fputs(" at their limits of now,\n  ", stdout);
	print_bytes(options, limits, TCPMEM_WORST_AUTOTUNED);
	fputs(" at the maxima of tcp_rmem and tcp_wmem; tcp_mem's end: ",
	      stdout);
	print_bytes(options, limits, TCPMEM_WORST_TCP_MEM);
	fputs(",\n  memory of the machine: ", stdout);
	print_bytes(options, limits, TCPMEM_WORST_RAM);
	putchar('\n');
}

static int print_text(const struct options *options,
		      const struct tcpmem_snapshot *snap,
		      const struct tcpmem_limits *limits)
{
	const struct column_table all = { shown, ARRAY_SIZE(shown) };
	struct columns columns;
	struct table *table;
	int ret;

	columns_all(&all, &columns);
	ret = table_new(options, &columns, NULL, NULL, &table);
	if (ret < 0)
		return ret;
	for (size_t i = 0; ret == 0 && i < tcpmem_limits_get_count(limits); i++)
		ret = table_add(table, snap, tcpmem_limits_get(limits, i),
				false);
	if (ret == 0)
		ret = table_print(table);
	table_free(table);
	if (ret < 0)
		return ret;
	print_worst(options, limits);
	notes_print(&(struct notes){ .snap = snap }, options);
	return written();
}

static int run(const struct options *options, char **args)
{
	const char *netns = options->netns_count ? options->netns[0] : NULL;
	struct tcpmem_limits *limits = NULL;
	struct tcpmem_snapshot *snap = NULL;
	struct ask ask;
	int code, ret;

	(void)args;
	if (options->netns_count > 1) {
		say("limits shows one network namespace: one --netns");
		return EXIT_USAGE;
	}
	ret = ask_open(&ask, options, false);
	if (ret == 0)
		ret = ask_take(&ask, &snap);
	if (ret == 0)
		ret = tcpmem_limits_read(ask.ctx, snap, netns, &limits);
	if (ret == 0)
		ret = options->format == FORMAT_JSON
			      ? print_json(snap, limits)
			      : print_text(options, snap, limits);
	code = ret < 0 ? ask_failed(&ask, ret) : ask_exit_code(options, snap);
	tcpmem_limits_free(limits);
	tcpmem_snapshot_free(snap);
	ask_close(&ask);
	return code;
}

const struct command cmd_limits = {
	.name = "limits",
	.text = "the sysctls that bound TCP memory, and their use",
	.about = "Shows each limit, what of it is in use, and how far today's "
		 "connections could\n"
		 "go. Of a limit for one socket, listener or destination, the "
		 "one that uses the\n"
		 "most is shown. Nothing is changed.\n",
	.examples =
		"  tcpmem limits                   of this network namespace\n"
		"  tcpmem limits --netns self      no other's sockets are counted\n"
		"  tcpmem limits -J | jq '.limits[] | select(.used_percent > "
		"80)'\n",
	.options = OPTION_BIT(OPTION_BYTES) | OPTION_BIT(OPTION_JSON) |
		   OPTION_BIT(OPTION_NETNS) | OPTION_BIT(OPTION_NOHEADINGS) |
		   OPTION_BIT(OPTION_COLOR) | OPTION_BIT(OPTION_STRICT) |
		   OPTION_BIT(OPTION_HELP),
	.run = run,
};
