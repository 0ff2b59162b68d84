// SPDX-License-Identifier: LGPL-2.1-or-later
/* json.c - the summary as one JSON object */
#include "output/output.h"
#include "summary.h"

/* The members of the object and the rows have lines of their own. */
#define WRAP 2

static void json_host(struct json *json, const char *key,
		      const struct summary *summary,
		      enum tcpmem_host_metric metric)
{
	int64_t value = 0;
	int ret =
		tcpmem_snapshot_get_host_metric(summary->snap, metric, &value);

	json_optional(json, key, ret, value);
}

static void json_tcp_mem(struct json *json, const struct summary *summary)
{
	int64_t used = 0, high = 0, pressure;
	int ret = tcpmem_snapshot_get_host_metric(
		summary->snap, TCPMEM_HOST_METRIC_TCP_MEM_USED, &used);

	/* without a limit the percentage is null */
	if (ret == 0)
		tcpmem_snapshot_get_host_metric(
			summary->snap, TCPMEM_HOST_METRIC_TCP_MEM_HIGH, &high);
	json_open_object(json, "tcp_mem");
	json_text(json, "scope", "host");
	json_optional(json, "used_bytes", ret, used);
	json_host(json, "low_bytes", summary, TCPMEM_HOST_METRIC_TCP_MEM_LOW);
	json_host(json, "pressure_bytes", summary,
		  TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE);
	json_host(json, "high_bytes", summary, TCPMEM_HOST_METRIC_TCP_MEM_HIGH);
	json_percent(json, "used_percent", used, high);
	if (tcpmem_snapshot_get_host_metric(
		    summary->snap, TCPMEM_HOST_METRIC_PRESSURE, &pressure) == 0)
		json_bool(json, "under_pressure", pressure);
	else
		json_null(json, "under_pressure");
	json_close_object(json);
}

static void json_counts(struct json *json, const struct summary *summary)
{
	json_open_object(json, "orphans");
	json_text(json, "scope", "host");
	json_host(json, "count", summary, TCPMEM_HOST_METRIC_ORPHANS);
	json_host(json, "max", summary, TCPMEM_HOST_METRIC_ORPHANS_MAX);
	json_close_object(json);
	json_open_object(json, "time_wait");
	json_text(json, "scope", "netns");
	json_text(json, "netns", summary_time_wait_netns(summary));
	json_host(json, "count", summary, TCPMEM_HOST_METRIC_TIME_WAIT);
	json_host(json, "max", summary, TCPMEM_HOST_METRIC_TIME_WAIT_MAX);
	json_host(json, "fin_wait_2", summary, TCPMEM_HOST_METRIC_FIN_WAIT_2);
	json_host(json, "total", summary, TCPMEM_HOST_METRIC_TIME_WAIT_ALL);
	json_close_object(json);
}

static void json_causes(struct json *json,
			const struct tcpmem_reconciliation *reconciliation)
{
	enum tcpmem_cause cause;
	const char *text;

	json_open_array(json, "causes");
	for (size_t i = 0; (text = tcpmem_reconciliation_get_cause(
				    reconciliation, i, &cause));
	     i++) {
		json_open_object(json, NULL);
		json_text(json, "code", tcpmem_cause_describe(cause)->name);
		json_text(json, "text", text);
		json_close_object(json);
	}
	json_close_array(json);
}

static void json_reconcile(struct json *json, const struct summary *summary)
{
	const struct tcpmem_reconciliation *reconciliation =
		summary->reconciliation;

	json_open_object(json, "reconcile");
	json_text(json, "scope", "host");
	for (int i = 0; i < TCPMEM_RECONCILE_METRIC_COUNT; i++) {
		enum tcpmem_reconcile_metric which =
			(enum tcpmem_reconcile_metric)i;
		const char *key = tcpmem_reconcile_metric_describe(which)->json;
		int64_t value = 0;
		int ret = tcpmem_reconciliation_get_metric(reconciliation,
							   which, &value);

		json_optional(json, key, ret, value);
	}
	json_text(json, "verdict",
		  tcpmem_verdict_describe(
			  tcpmem_reconciliation_get_verdict(reconciliation))
			  ->name);
	json_text(json, "text", tcpmem_reconciliation_get_text(reconciliation));
	json_causes(json, reconciliation);
	json_close_object(json);
}

static void json_objects(struct json *json, const struct summary *summary)
{
	json_open_array(json, "objects");
	for (int i = 0; i < TCPMEM_OBJECT_COUNT; i++) {
		enum tcpmem_object object = (enum tcpmem_object)i;
		enum tcpmem_object_source source;

		json_open_object(json, NULL);
		json_text(json, "name", tcpmem_object_describe(object)->name);
		json_integer(json, "bytes",
			     tcpmem_snapshot_get_object(summary->snap, object,
							&source));
		json_text(json, "source",
			  tcpmem_object_source_describe(source)->name);
		json_close_object(json);
	}
	json_close_array(json);
}

static void json_states(struct json *json, const struct summary *summary)
{
	struct state_row rows[SUMMARY_STATES];
	struct columns columns = { 0 };

	summary_states(summary, rows);
	columns_all(&state_columns, &columns);
	json_open_array(json, "states");
	for (size_t i = 0; i < SUMMARY_STATES; i++)
		row_json(json, NULL, &columns, summary->snap, &rows[i]);
	json_close_array(json);
}

static void json_processes(struct json *json, const struct columns *columns,
			   const struct summary *summary)
{
	const struct tcpmem_table *table = summary->processes;

	if (!table) {
		json_null(json, "processes");
		return;
	}
	json_open_array(json, "processes");
	for (size_t i = 0; i < tcpmem_table_get_row_count(table); i++)
		row_json(json, NULL, columns, summary->snap,
			 tcpmem_table_get_row(table, i));
	json_close_array(json);
}

void summary_json(const struct summary *summary)
{
	struct columns columns = { 0 };
	struct json json;

	columns_all(&row_columns, &columns);
	json_init(&json, stdout, WRAP);
	json_open_object(&json, NULL);
	json_text(&json, "schema", "tcpmem.summary/1");
	footer_json(&json, &(struct footer){ .snap = summary->snap });
	json_states(&json, summary);
	row_json(&json, "total", &columns, summary->snap,
		 tcpmem_table_get_total(summary->states));
	json_tcp_mem(&json, summary);
	json_reconcile(&json, summary);
	json_counts(&json, summary);
	json_objects(&json, summary);
	json_processes(&json, &columns, summary);
	summary_cgroups_json(&json, summary);
	json_close_object(&json);
	json_end(&json);
}
