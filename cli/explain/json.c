// SPDX-License-Identifier: LGPL-2.1-or-later
/* json.c - tcpmem explain -J */
#include "output/json.h"
#include "blame/blame.h"
#include "explain.h"
#include "messages.h"
#include "output/output.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WRAP 4

/* A limit of TCPMEM_UNLIMITED is null, as an unknown one. */
static void member(struct json *json, const char *key, int ret, int64_t value)
{
	json_optional(json, key, value == TCPMEM_UNLIMITED ? -1 : ret, value);
}

static void json_process_metrics(struct json *json,
				 const struct tcpmem_explanation *e)
{
	const char *source[TCPMEM_PROCESS_METRIC_COUNT];
	int64_t value = 0;
	int ret;

	json_open_object(json, "memory");
	for (int i = 0; i < TCPMEM_PROCESS_METRIC_COUNT; i++) {
		enum tcpmem_process_metric metric =
			(enum tcpmem_process_metric)i;

		ret = tcpmem_explanation_get_metric(e, metric, &value,
						    &source[i]);
		member(json, tcpmem_process_metric_describe(metric)->json, ret,
		       value);
	}
	/* null may mean unlimited */
	ret = tcpmem_explanation_get_metric(
		e, TCPMEM_PROCESS_METRIC_CGROUP_LIMIT, &value, NULL);
	if (ret == 0)
		json_bool(json, "cgroup_limited", value != TCPMEM_UNLIMITED);
	else
		json_null(json, "cgroup_limited");
	json_close_object(json);
	json_open_object(json, "sources");
	for (int i = 0; i < TCPMEM_PROCESS_METRIC_COUNT; i++)
		json_text(json,
			  tcpmem_process_metric_describe(
				  (enum tcpmem_process_metric)i)
				  ->json,
			  source[i]);
	json_close_object(json);
}

/* The sums of @row: 0 without a row, or null if they are not @known */
static void json_sums(struct json *json, const char *key,
		      const struct tcpmem_row *row, bool known)
{
	json_open_object(json, key);
	for (int i = 0; i < TCPMEM_METRIC_COUNT; i++) {
		enum tcpmem_metric metric = (enum tcpmem_metric)i;

		json_known(json, tcpmem_metric_describe(metric)->json,
			   known ? row_metric(row, metric) : TCPMEM_UNKNOWN);
	}
	json_close_object(json);
}

static void json_tcp(struct json *json, const struct tcpmem_explanation *e)
{
	json_sums(json, "tcp", e->tcp, e->sockets_known);
	json_open_object(json, "states");
	for (int i = 0; i <= TCPMEM_STATE_MAX; i++) {
		enum tcpmem_state state = (enum tcpmem_state)i;
		const struct tcpmem_row *row =
			tcpmem_explanation_get_state(e, state);

		if (row)
			json_sums(json, tcpmem_state_describe(state)->name, row,
				  true);
	}
	json_close_object(json);
}

/* @ret: 0, or -ENODATA if the sockets of the process are not known */
static void json_heap(struct json *json, const char *key, int ret,
		      int64_t sockets, int64_t bytes)
{
	json_open_object(json, key);
	json_optional(json, "sockets", ret, sockets);
	json_known(json, "held_bytes", ret < 0 ? TCPMEM_UNKNOWN : bytes);
	json_close_object(json);
}

/* @limits: NULL: those of its namespace could not be read */
static int get_limit(const struct tcpmem_limits *limits, const char *name,
		     int64_t *value)
{
	for (size_t i = 0; limits && i < tcpmem_limits_get_count(limits); i++) {
		const struct tcpmem_limit *limit = tcpmem_limits_get(limits, i);

		if (strcmp(limit->name, name) == 0 && limit->known) {
			*value = limit->value;
			return 0;
		}
	}
	return -ENODATA;
}

/* Connections with SO_KEEPALIVE on and off, and the sysctls of its timers */
static void json_keepalive(struct json *json,
			   const struct tcpmem_explanation *e, int known)
{
	static const char *const names[] = { "tcp_keepalive_time",
					     "tcp_keepalive_intvl",
					     "tcp_keepalive_probes" };

	json_open_object(json, "keepalive");
	json_optional(json, "on", known, e->keepalive_on);
	json_optional(json, "off", known, e->keepalive_off);
	json_optional(json, "unknown", known, e->keepalive_unknown);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int64_t value = 0;
		int ret = get_limit(e->limits, names[i], &value);

		member(json, names[i], ret, value);
	}
	json_close_object(json);
}

static void json_finding(struct json *json,
			 const struct tcpmem_finding *finding)
{
	const struct tcpmem_finding_term *term =
		tcpmem_finding_code_describe(finding->code);

	json_open_object(json, NULL);
	json_text(json, "code", term->name);
	json_integer(json, "sockets", finding->sockets);
	json_known(json, "held_bytes", finding->bytes);
	json_seconds(json, "elapsed_seconds", finding->elapsed_ns, 1e9);
	json_known(json, "moved_bytes", finding->moved);
	json_seconds(json, "waited_seconds", finding->waited_ms, 1e3);
	json_text(json, "text", finding->text);
	json_text(json, "reason", term->reason);
	json_text(json, "setting", term->setting);
	json_text(json, "advice", term->advice);
	json_close_object(json);
}

static void json_findings(struct json *json, const struct tcpmem_explanation *e)
{
	const struct tcpmem_finding *finding;

	json_open_array(json, "findings");
	for (size_t i = 0; (finding = tcpmem_explanation_get_finding(e, i));
	     i++)
		json_finding(json, finding);
	json_close_array(json);
}

static void json_pprof(struct json *json, const struct tcpmem_explanation *e,
		       const struct pprof *pprof)
{
	int64_t value = 0;
	int ret;

	if (!pprof) {
		json_null(json, "go");
		return;
	}
	json_open_object(json, "go");
	for (int i = 0; i < PPROF_COUNT; i++)
		member(json, pprof_metrics[i].json,
		       pprof->known[i] ? 0 : -ENODATA, pprof->value[i]);
	ret = explain_get_rest(e, pprof, &value);
	json_optional(json, "rss_rest_bytes", ret, value);
	json_text(json, "advice", explain_advise(e, pprof));
	json_close_object(json);
}

/* Return: NULL: too few samples */
static const char *class_name(const struct growth *growth,
			      enum growth_metric metric)
{
	enum tcpmem_trend_class trend_class =
		growth->judged[metric].trend_class;

	return trend_class == TCPMEM_TREND_CLASS_UNKNOWN
		       ? NULL
		       : tcpmem_trend_class_describe(trend_class)->name;
}

static void json_growth(struct json *json, const struct growth *growth)
{
	static const char *const keys[] = {
		[GROWTH_RSS] = "rss_bytes_per_minute",
		[GROWTH_HELD] = "held_bytes_per_minute",
		[GROWTH_FDS] = "fds_per_minute",
	};

	if (!growth->samples) {
		json_null(json, "growth");
		return;
	}
	json_open_object(json, "growth");
	json_integer(json, "samples", (int64_t)growth->samples);
	json_integer(json, "samples_missed", growth->missed);
	json_bool(json, "ended", growth->ended);
	json_seconds(json, "elapsed_seconds", growth->elapsed_ns, 1e9);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		json_fraction(json, keys[i],
			      growth->known[i] && growth->elapsed_ns
				      ? growth->per_minute[i]
				      : NAN);
	json_text(json, "verdict",
		  growth->row ? class_name(growth, GROWTH_HELD) : NULL);
	json_text(json, "reason",
		  growth->row ? tcpmem_reason_describe(
					growth->judged[GROWTH_HELD].reason)
					->name
			      : NULL);
	json_text(json, "rss_verdict",
		  growth->known[GROWTH_RSS] ? class_name(growth, GROWTH_RSS)
					    : NULL);
	json_text(json, "fds_verdict",
		  growth->known[GROWTH_FDS] ? class_name(growth, GROWTH_FDS)
					    : NULL);
	json_close_object(json);
}

static void json_orphan(struct json *json, const struct tcpmem_row *row)
{
	json_open_object(json, NULL);
	json_text(json, "key", tcpmem_row_get_subject(row)->key);
	json_integer(json, "sockets", row_metric(row, TCPMEM_METRIC_SOCKETS));
	json_known(json, "held_bytes", row_metric(row, TCPMEM_METRIC_HELD));
	json_close_object(json);
}

/* null: it is not known in which namespaces it has sockets */
static void json_orphans(struct json *json, const struct tcpmem_explanation *e)
{
	size_t count = tcpmem_table_get_row_count(e->orphans);

	if (!e->sockets_known) {
		json_null(json, "orphans");
		return;
	}
	json_open_array(json, "orphans");
	for (size_t i = 0; i < count; i++)
		json_orphan(json, tcpmem_table_get_row(e->orphans, i));
	json_close_array(json);
}

/* null: they were not looked for; a filter leaves sockets out */
static void json_chains(struct json *json, const struct explain *explain,
			const struct explained *item)
{
	const struct tcpmem_blame *blame = explain->blame;

	if (!explain->ctx || explain->options->filter ||
	    explain->options->every_ns || !explain_is_measured(item->is)) {
		json_null(json, "chains");
		return;
	}
	json_open_array(json, "chains");
	for (size_t i = 0; blame && i < blame->count; i++)
		if (explain_has_chain(item, &blame->chain[i]))
			blame_json_chain(json, &blame->chain[i]);
	json_close_array(json);
}

static void json_who(struct json *json, const struct tcpmem_explanation *e)
{
	const struct tcpmem_process_details *who = &e->who;

	json_integer(json, "pid", e->pid);
	json_text(json, "comm", e->comm);
	json_text(json, "cmdline", who->cmdline);
	json_text(json, "program", who->program);
	json_text(json, "user", e->user);
	json_text(json, "unit", e->unit);
	json_text(json, "container", e->container);
	footer_json_time(json, "started", e->start_ns);
	json_known(json, "ppid", who->parent);
	json_text(json, "parent", e->parent);
}

static void json_pids(struct json *json, const struct explain *explain,
		      const struct explained *item)
{
	const struct tcpmem_row **row;
	struct tcpmem_table *rows;
	size_t count;
	int ret = explain_worst(explain, item, &rows, &row, &count);

	json_text(json, "name", item->name);
	json_integer(json, "process_count", (int64_t)item->is->pid_count);
	json_open_array(json, "worst");
	if (ret < 0) {
		stdout_lost(-ret);
	} else {
		for (size_t i = 0; i < count; i++)
			json_integer(json, NULL,
				     tcpmem_process_get_pid(
					     tcpmem_row_get_subject(row[i])
						     ->process));
		free(row);
		tcpmem_table_free(rows);
	}
	json_close_array(json);
}

/* @item: one process, or several in sum */
static void json_item(struct json *json, const struct explain *explain,
		      const struct explained *item)
{
	const struct tcpmem_explanation *e = item->is;
	int known = e->sockets_known ? 0 : -ENODATA;

	json_open_object(json, NULL);
	if (item->count > 1)
		json_pids(json, explain, item);
	else
		json_who(json, e);
	json_text(json, "cgroup", e->cgroup);
	json_process_metrics(json, e);
	json_tcp(json, e);
	json_heap(json, "shared", known, e->shared_sockets, e->shared_bytes);
	json_heap(json, "unaccepted", known, e->unaccepted_sockets,
		  e->unaccepted_bytes);
	json_keepalive(json, e, known);
	if (item->count == 1) {
		json_pprof(json, e, explain->pprof);
		json_growth(json, &explain->growth);
	}
	json_findings(json, e);
	json_optional(json, "undecided_sockets",
		      explain_is_measured(e) ? known : -ENODATA, e->undecided);
	json_chains(json, explain, item);
	json_orphans(json, e);
	json_close_object(json);
}

static void json_items(struct json *json, const struct explain *explain,
		       const char *key, bool sums)
{
	json_open_array(json, key);
	for (size_t i = 0; i < explain->count; i++)
		if ((explain->item[i].count > 1) == sums)
			json_item(json, explain, &explain->item[i]);
	json_close_array(json);
}

void explain_print_json(const struct explain *explain)
{
	struct json json;

	json_init(&json, stdout, WRAP);
	json_open_object(&json, NULL);
	json_text(&json, "schema", "tcpmem.explain/1");
	footer_json(&json,
		    &(struct footer){ .snap = explain->snap,
				      .before = explain->growth.incomplete });
	json_items(&json, explain, "processes", false);
	json_items(&json, explain, "groups", true);
	json_close_object(&json);
	json_end(&json);
}
