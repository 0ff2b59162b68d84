// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_explain.c - tcpmem explain: where a process's memory is */
#include "ask.h"
#include "columns.h"
#include "escape.h"
#include "notes.h"
#include "out.h"
#include "say.h"
#include "written.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WRAP 4

struct explain {
	const struct options *options;
	struct tcpmem_snapshot *snap;
	uint32_t *pids;
	size_t count;
	bool denied; /* it is the sockets that could not be listed */
	struct tcpmem_explanation **process;
};

static bool is_bytes(enum tcpmem_entry entry)
{
	return entry <= TCPMEM_ENTRY_STATM_RSS;
}

static void json_entries(struct json *json, const struct tcpmem_explanation *e)
{
	json_open_object(json, "memory");
	for (int i = 0; i < TCPMEM_ENTRY_COUNT; i++) {
		const char *key = tcpmem_entry_json((enum tcpmem_entry)i);
		int64_t value;

		if (tcpmem_explanation_get_entry(e, (enum tcpmem_entry)i,
						 &value) == 0)
			json_integer(json, key, value);
		else
			json_null(json, key);
	}
	json_close_object(json);
}

static void json_sources(struct json *json)
{
	json_open_object(json, "sources");
	for (int i = 0; i < TCPMEM_ENTRY_COUNT; i++)
		json_text(json, tcpmem_entry_json((enum tcpmem_entry)i),
			  tcpmem_entry_source((enum tcpmem_entry)i));
	json_close_object(json);
}

static void json_sums(struct json *json, const char *key,
		      const struct tcpmem_row *row)
{
	json_open_object(json, key);
	for (int i = 0; i < TCPMEM_NUMBER_COUNT; i++)
		json_integer(json, tcpmem_number_json((enum tcpmem_number)i),
			     tcpmem_row_get_number(row, (enum tcpmem_number)i));
	json_close_object(json);
}

static void json_total(struct json *json, const struct tcpmem_explanation *e)
{
	json_open_object(json, "tcp");
	for (int i = 0; i < TCPMEM_NUMBER_COUNT; i++) {
		enum tcpmem_number number = (enum tcpmem_number)i;
		const char *key = tcpmem_number_json(number);
		int64_t value;

		if (tcpmem_explanation_get_number(e, number, &value) == 0)
			json_integer(json, key, value);
		else
			json_null(json, key);
	}
	json_close_object(json);
}

static void json_tcp(struct json *json, const struct tcpmem_explanation *e)
{
	int64_t bytes, sockets = tcpmem_explanation_get_unaccepted(e, &bytes);

	json_total(json, e);
	json_open_object(json, "states");
	for (int i = 0; i <= TCPMEM_STATE_MAX; i++) {
		const struct tcpmem_row *row =
			tcpmem_explanation_get_state(e, (enum tcpmem_state)i);

		if (row)
			json_sums(json, tcpmem_state_name((enum tcpmem_state)i),
				  row);
	}
	json_close_object(json);
	json_open_object(json, "unaccepted");
	json_integer(json, "sockets", sockets);
	json_integer(json, "held_bytes", bytes);
	json_close_object(json);
}

static void json_findings(struct json *json, const struct tcpmem_explanation *e)
{
	json_open_array(json, "findings");
	for (size_t i = 0; i < tcpmem_explanation_get_finding_count(e); i++) {
		const struct tcpmem_finding *finding =
			tcpmem_explanation_get_finding(e, i);

		json_open_object(json, NULL);
		json_text(json, "code", tcpmem_finding_get_code(finding));
		json_integer(json, "held_bytes",
			     tcpmem_finding_get_bytes(finding));
		json_text(json, "text", tcpmem_finding_get_text(finding));
		json_text(json, "advice", tcpmem_finding_get_advice(finding));
		json_close_object(json);
	}
	json_close_array(json);
}

static void print_json(const struct explain *explain)
{
	struct json json;

	json_init(&json, stdout, WRAP);
	json_open_object(&json, NULL);
	json_text(&json, "schema", "tcpmem.explain/1");
	notes_json(&json, &(struct notes){ .snap = explain->snap });
	json_sources(&json);
	json_open_array(&json, "processes");
	for (size_t i = 0; i < explain->count; i++) {
		const struct tcpmem_explanation *e = explain->process[i];

		json_open_object(&json, NULL);
		json_integer(&json, "pid", tcpmem_explanation_get_pid(e));
		json_text(&json, "comm", tcpmem_explanation_get_comm(e));
		json_entries(&json, e);
		json_tcp(&json, e);
		json_findings(&json, e);
		json_close_object(&json);
	}
	json_close_array(&json);
	json_close_object(&json);
	json_end(&json);
}

static void print_number(const struct options *options, const char *name,
			 enum value_type type, int64_t number)
{
	const struct value value = { .type = type, .integer = number };

	printf("  %-16s ", name);
	value_print(stdout, &value, (struct style){ .bytes = options->bytes });
}

static void print_entries(const struct options *options,
			  const struct tcpmem_explanation *e)
{
	for (int i = 0; i < TCPMEM_ENTRY_COUNT; i++) {
		enum tcpmem_entry entry = (enum tcpmem_entry)i;
		enum value_type type = is_bytes(entry) ? VALUE_BYTES
						       : VALUE_INTEGER;
		int64_t value = 0;

		if (tcpmem_explanation_get_entry(e, entry, &value) < 0)
			type = VALUE_UNKNOWN;
		print_number(options, tcpmem_entry_name(entry), type, value);
		printf("  %s (%s)\n", tcpmem_entry_text(entry),
		       tcpmem_entry_source(entry));
	}
}

static void print_sums(const struct options *options, const char *name,
		       const struct tcpmem_row *row)
{
	int64_t held = tcpmem_row_get_number(row, TCPMEM_NUMBER_HELD);

	print_number(options, name, VALUE_BYTES, held);
	printf("  %" PRId64 " sockets\n",
	       tcpmem_row_get_number(row, TCPMEM_NUMBER_SOCKETS));
}

static void print_tcp(const struct options *options,
		      const struct tcpmem_explanation *e)
{
	static const enum tcpmem_number parts[] = {
		TCPMEM_NUMBER_RMEM,	 TCPMEM_NUMBER_WMEM_QUEUED,
		TCPMEM_NUMBER_BUFFER,	 TCPMEM_NUMBER_OBJECT,
		TCPMEM_NUMBER_HELD,	 TCPMEM_NUMBER_REACH,
		TCPMEM_NUMBER_FWD_ALLOC,
	};
	const struct tcpmem_row *tcp = tcpmem_explanation_get_tcp(e);

	int64_t held;

	puts("TCP memory, in the kernel: beside RSS, not in it");
	if (!tcp) {
		puts(tcpmem_explanation_get_number(e, TCPMEM_NUMBER_HELD,
						   &held) == 0
			     ? "  none: it has no TCP socket"
			     : "  unknown: its files may not be looked at");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		print_number(options, tcpmem_number_name(parts[i]), VALUE_BYTES,
			     tcpmem_row_get_number(tcp, parts[i]));
		printf("  %s\n", tcpmem_number_text(parts[i]));
	}
	puts("Held by state");
	for (int i = 0; i <= TCPMEM_STATE_MAX; i++) {
		const struct tcpmem_row *row =
			tcpmem_explanation_get_state(e, (enum tcpmem_state)i);

		if (row)
			print_sums(options,
				   tcpmem_state_name((enum tcpmem_state)i),
				   row);
	}
}

static void print_findings(const struct tcpmem_explanation *e)
{
	size_t count = tcpmem_explanation_get_finding_count(e);

	puts(count ? "What stands out" : "Nothing stands out");
	for (size_t i = 0; i < count; i++) {
		const struct tcpmem_finding *finding =
			tcpmem_explanation_get_finding(e, i);

		notes_print_text(tcpmem_finding_get_text(finding));
		notes_print_text(tcpmem_finding_get_advice(finding));
	}
}

static void print_text(const struct explain *explain)
{
	for (size_t i = 0; i < explain->count; i++) {
		const struct tcpmem_explanation *e = explain->process[i];

		if (i)
			putchar('\n');
		escape_print(stdout, tcpmem_explanation_get_comm(e),
			     ESCAPE_TERMINAL);
		printf("[%" PRIu32 "]\n", tcpmem_explanation_get_pid(e));
		print_entries(explain->options, e);
		print_tcp(explain->options, e);
		print_findings(e);
	}
	notes_print(&(struct notes){ .snap = explain->snap }, explain->options);
}

/* Of several that have a name, one may end meanwhile: it is left out. */
static int read_all(struct explain *explain, struct tcpmem_ctx *ctx)
{
	size_t read = 0;
	int ret = -ENOENT;

	explain->process = calloc(explain->count, sizeof(*explain->process));
	if (!explain->process)
		return -ENOMEM;
	for (size_t i = 0; i < explain->count; i++) {
		ret = tcpmem_explain(ctx, explain->snap, explain->pids[i],
				     &explain->process[read]);
		if (ret == 0)
			read++;
		else if (ret != -ENOENT)
			break;
	}
	explain->count = read;
	return read && ret == -ENOENT ? 0 : ret;
}

static int explain_all(struct explain *explain, struct ask *ask,
		       const char *spec)
{
	int ret = tcpmem_find_processes(ask->ctx, spec, &explain->pids,
					&explain->count);

	if (ret == 0) {
		ret = ask_take(ask, &explain->snap);
		explain->denied = ret < 0;
	}
	if (ret == 0)
		ret = read_all(explain, ask->ctx);
	if (ret < 0)
		return ret;
	if (explain->options->format == FORMAT_JSON)
		print_json(explain);
	else
		print_text(explain);
	return written();
}

static void clear(struct explain *explain)
{
	for (size_t i = 0; explain->process && i < explain->count; i++)
		tcpmem_explanation_free(explain->process[i]);
	free(explain->process);
	free(explain->pids);
	tcpmem_snapshot_free(explain->snap);
}

static int run(const struct options *options, char **args)
{
	struct explain explain = { .options = options };
	struct ask ask;
	int code, ret;

	if (!args[0]) {
		say("explain needs a PROCESS: 'tcpmem explain 1', 'tcpmem "
		    "explain nginx'");
		return EXIT_USAGE;
	}
	ret = ask_open(&ask, options, true);
	if (ret == 0)
		ret = explain_all(&explain, &ask, args[0]);
	if (ret == -ENOENT && !explain.denied) {
		say("no process is called '%s'", args[0]);
		code = EXIT_FAILED;
	} else {
		code = ret < 0 ? ask_failed(&ask, ret)
			       : ask_exit_code(options, explain.snap);
	}
	clear(&explain);
	ask_close(&ask);
	return code;
}

const struct command cmd_explain = {
	.name = "explain",
	.args = "PID",
	.max_args = 1,
	.text = "where a process's memory is, TCP's beside it",
	.about = "Shows what the kernel says of the process PID, or of all "
		 "that have that name:\n"
		 "each figure with its source, the TCP memory beside it, and "
		 "what stands out.\n",
	.examples = "  tcpmem explain 1                 one process\n"
		    "  tcpmem explain 1 -J | jq '.processes[].findings'\n",
	.options = OPTIONS_FILTER | OPTION_BIT(OPTION_BYTES) |
		   OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_NETNS) |
		   OPTION_BIT(OPTION_HOLDERS) | OPTION_BIT(OPTION_COLOR) |
		   OPTION_BIT(OPTION_STRICT) | OPTION_BIT(OPTION_HELP),
	.run = run,
};
