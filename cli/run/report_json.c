// SPDX-License-Identifier: LGPL-2.1-or-later
/* report_json.c - the report on a command as one JSON object */
#include "check/check.h"
#include "columns/columns.h"
#include "output/json.h"
#include "output/output.h"
#include "run.h"

#include <errno.h>
#include <string.h>

/* The members of the object and of those in it have lines of their own. */
#define WRAP 2

#define KEY_SIZE 40

/* Of what ended; whoever scans ports has a peer for each. */
#define ENDED_ROWS 100

static void print_command(struct json *json, const struct run *run)
{
	char text[12];

	json_open_array(json, "command");
	for (size_t i = 0; run->argv[i]; i++)
		json_text(json, NULL, run->argv[i]);
	json_close_array(json);
	json_integer(json, "exit_code", run->code);
	json_text(json, "signal",
		  run->signal ? run_signal_name(run->signal, text) : NULL);
	json_fraction(json, "elapsed_seconds", (double)run->elapsed_ns / 1e9);
	json_integer(json, "samples", run->samples);
	json_fraction(json, "longest_gap_seconds",
		      (double)run->longest_ns / 1e9);
	json_bool(json, "peaks_known", run_peaks_known(run));
	json_bool(json, "processes_live_on", run->others);
}

/* "close_wait", and the unit behind it if that is bytes */
static void metric_key(enum tcpmem_check_metric metric, const char *tail,
		       char key[KEY_SIZE])
{
	snprintf(key, KEY_SIZE, "%s%s",
		 tcpmem_check_metric_describe(metric)->name, tail);
	for (char *c = key; *c; c++)
		if (*c == '-')
			*c = '_';
}

static const char *unit_tail(enum tcpmem_check_metric metric)
{
	return metric == TCPMEM_CHECK_METRIC_HELD ? "_bytes" : "";
}

/* The @peaks of the metrics, or their values in the last sample */
static void print_metrics(struct json *json, const char *member,
			  const struct run *run, bool peaks)
{
	char key[KEY_SIZE];

	json_open_object(json, member);
	for (int i = 0; i <= TCPMEM_CHECK_METRIC_ORPHANS; i++) {
		enum tcpmem_check_metric metric = (enum tcpmem_check_metric)i;
		const struct tcpmem_tree_metric *seen =
			tcpmem_tree_get_metric(run->tree, metric);

		int64_t number;
		bool known;

		if (!seen)
			continue;
		metric_key(metric, unit_tail(metric), key);
		number = peaks ? seen->peak : seen->value;
		known = metric != TCPMEM_CHECK_METRIC_HELD ||
			run_held_known(run, peaks);
		json_optional(json, key, known ? 0 : -ENODATA, number);
		if (!peaks)
			continue;
		metric_key(metric, "_at_seconds", key);
		json_fraction(json, key, run_peak_seconds(run, seen->peak_ns));
	}
	json_close_object(json);
}

/* Without events nobody knows what was opened between two samples. */
static void print_opened(struct json *json, const struct run *run)
{
	const struct tcpmem_events *events = run->events;
	int unknown = events ? 0 : -ENODATA;
	const struct tcpmem_tree_metric *sockets =
		tcpmem_tree_get_metric(run->tree, TCPMEM_CHECK_METRIC_SOCKETS);

	json_optional(json, "opened", unknown, run_opened(run));
	json_optional(json, "closed", unknown, run->closed);
	json_bool(json, "opened_exactly", run->opened_exactly);
	json_bool(json, "closed_exactly", run->closed_exactly);
	json_integer(json, "peak_sockets", sockets->peak);
	json_optional(json, "unattributed", unknown, run->unattributed);
	json_text(json, "events_error",
		  run->silence ? strerror(-run->silence) : NULL);
	json_optional(json, "events_lost", unknown,
		      events ? (int64_t)events->lost : 0);
	json_text(json, "source", run_source(run));
}

static int print_residue(struct json *json, const struct run *run,
			 enum tcpmem_residue residue,
			 const struct columns *columns)
{
	struct tcpmem_table *table;
	int ret = run_residue(run, residue, &table);

	if (ret == 0 && residue >= TCPMEM_RESIDUE_CLOSED)
		ret = tcpmem_table_limit(table, ENDED_ROWS);
	json_open_object(json, tcpmem_residue_describe(residue)->name);
	json_text(json, "by", run_residue_keys(residue));
	json_open_array(json, "rows");
	for (size_t i = 0; ret == 0 && i < tcpmem_table_get_row_count(table);
	     i++)
		row_json(json, NULL, columns, run->snap,
			 tcpmem_table_get_row(table, i));
	json_close_array(json);
	if (ret == 0)
		row_json(json, "total", columns, run->snap,
			 tcpmem_table_get_total(table));
	json_close_object(json);
	tcpmem_table_free(table);
	return ret;
}

static int print_residues(struct json *json, const struct run *run,
			  const char *key, enum tcpmem_residue first,
			  enum tcpmem_residue last)
{
	struct columns columns = { 0 };
	int ret = 0;

	columns_all(&row_columns, &columns);
	json_open_object(json, key);
	for (int i = (int)first; ret == 0 && i <= (int)last; i++)
		ret = print_residue(json, run, (enum tcpmem_residue)i,
				    &columns);
	json_close_object(json);
	return ret;
}

int run_json(const struct run *run, FILE *out)
{
	const struct footer footer = { .snap = run->snap };
	struct json json;
	int ret;

	json_init(&json, out, WRAP);
	json_open_object(&json, NULL);
	json_text(&json, "schema", "tcpmem.run/1");
	footer_json(&json, &footer);
	print_command(&json, run);
	print_opened(&json, run);
	print_metrics(&json, "peak", run, true);
	print_metrics(&json, "end", run, false);
	json_text(&json, "level",
		  tcpmem_level_describe(tcpmem_check_get_level(run->check))
			  ->name);
	check_json_results(&json, run->check);
	ret = print_residues(&json, run, "left", TCPMEM_RESIDUE_OPEN,
			     TCPMEM_RESIDUE_UNCLAIMED);
	if (ret == 0 && run->events)
		ret = print_residues(&json, run, "ended", TCPMEM_RESIDUE_CLOSED,
				     TCPMEM_RESIDUE_UNATTRIBUTED);
	json_close_object(&json);
	json_end(&json);
	return ret;
}
