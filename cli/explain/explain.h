/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* explain.h - tcpmem explain: processes, samples, text and JSON */
#ifndef CLI_EXPLAIN_EXPLAIN_H
#define CLI_EXPLAIN_EXPLAIN_H

#include "options.h"
#include "tcpmem.h"

#include <stdint.h>

/*
 * enum pprof_metric - what a Go program's runtime counts
 * @PPROF_TABLES: bytes of the runtime's own: spans, caches, profiles, garbage
 *	collection
 * @PPROF_KEPT: bytes that it has from the kernel: heap in use, idle and not
 *	released, stacks and tables. What of it was never touched is in no RSS.
 */
enum pprof_metric {
	PPROF_GOROUTINES,
	PPROF_HEAP_ALLOC,
	PPROF_HEAP_INUSE,
	PPROF_HEAP_IDLE,
	PPROF_HEAP_RELEASED,
	PPROF_STACK_INUSE,
	PPROF_TABLES,
	PPROF_KEPT,
};
#define PPROF_COUNT (PPROF_KEPT + 1)

/*
 * struct pprof_metric_term - @word: what stands before it in heap?debug=1;
 * NULL: it is made of others, or stands elsewhere
 */
struct pprof_metric_term {
	const char *name;
	const char *json;
	const char *word;
	const char *text;
};

extern const struct pprof_metric_term pprof_metrics[PPROF_COUNT];

struct pprof {
	int64_t value[PPROF_COUNT];
	bool known[PPROF_COUNT];
};

/* The metrics of a process under --every */
enum growth_metric {
	GROWTH_RSS,
	GROWTH_HELD,
	GROWTH_FDS,
};
#define GROWTH_COUNT (GROWTH_FDS + 1)

/* Of more samples every second one is forgotten. */
#define SERIES_MAX 1024

/*
 * struct series - a metric over time
 * @ns: since 1970
 * @stride: of so many samples one is kept; @skipped since the last one kept
 */
struct series {
	int64_t ns[SERIES_MAX];
	int64_t value[SERIES_MAX];
	size_t count;
	uint64_t stride;
	uint64_t skipped;
};

/* explain_add_to_series() - a sample; that of one before may be forgotten */
void explain_add_to_series(struct series *series, int64_t ns, int64_t value);

/*
 * struct growth - samples of a process under --every
 * @missed: samples that were asked for and not taken
 * @ended: the process has ended meanwhile
 * @incomplete: the first sample but the last that did not see all, or NULL
 * @born_ns: when the process of the samples began, since boot
 * @per_minute: growth from the first sample to the last; valid if @known
 * @series: those of which there is a verdict in @judged; that on held TCP
 *	memory is the trend's
 * @row: the trend of its TCP memory; NULL: it had no socket
 */
struct growth {
	uint64_t samples;
	int64_t missed;
	bool ended;
	struct tcpmem_snapshot *incomplete;
	int64_t born_ns;
	int64_t elapsed_ns;
	int64_t first[GROWTH_COUNT];
	int64_t last[GROWTH_COUNT];
	double per_minute[GROWTH_COUNT];
	bool known[GROWTH_COUNT];
	struct series series[GROWTH_COUNT];
	struct tcpmem_judgement judged[GROWTH_COUNT];
	struct tcpmem_trend *trend;
	const struct tcpmem_trend_row *row;
};

/*
 * struct explained - what an argument stands for, or one process of that
 * @name: the argument
 * @pids: @count of them; more than one are explained in sum
 * @part: of a sum that stands before it; only JSON has those
 * @is: NULL until it was read
 */
struct explained {
	const char *name;
	uint32_t *pids;
	size_t count;
	bool part;
	struct tcpmem_explanation *is;
};

/*
 * struct explain - the processes to be explained
 * @ctx: NULL: they are those of a capture
 * @item: @count of them, of which none has ended
 * @missing: an argument stands for nothing
 * @denied: the error is about sockets, not about a process
 * @pprof: the Go runtime's metrics of the one process; NULL: no --pprof
 * @growth: of the one process under --every; else without samples
 * @waits: data does in one of the processes: a chain may lead to it
 * @other: the last look at the queues that are in question, and if @waits at
 *	those that chains are made of; NULL: there was one look only
 * @blame: chains of the host, if data waits in one of the processes; NULL: it
 *	was not looked for
 */
struct explain {
	const struct options *options;
	struct tcpmem_ctx *ctx;
	struct session *session; /* NULL: of a capture */
	struct tcpmem_snapshot *snap;
	struct explained *item;
	size_t count;
	size_t capacity;
	bool missing;
	bool denied;
	struct pprof *pprof;
	struct growth growth;
	bool waits;
	struct tcpmem_snapshot *other;
	struct tcpmem_blame *blame;
};

/*
 * explain_get_rest() - RSS less the memory of the Go runtime; negative if the
 * runtime has reserved pages that it has not touched
 *
 * Return: 0, or -ENODATA.
 */
int explain_get_rest(const struct tcpmem_explanation *e,
		     const struct pprof *pprof, int64_t *bytes);

/*
 * explain_advise() - what the Go runtime's numbers ask for
 *
 * Return: a sentence without its end; NULL if they ask for nothing.
 */
const char *explain_advise(const struct tcpmem_explanation *e,
			   const struct pprof *pprof);

/*
 * explain_sample() - samples the one process, prints a line each, and a verdict
 *
 * Return: 0, with the last sample in @explain, or -errno.
 */
int explain_sample(struct explain *explain, const struct tcpmem_query *query);

struct session;

/*
 * explain_add_info() - for a snapshot without any the tcp_info of the
 *processes' sockets, and of those that chains are made of if data waits in one
 *
 * Return: 0 or -errno.
 */
int explain_add_info(struct explain *explain, struct session *session);

/*
 * explain_look_again() - a second look, and a third one if that does not tell,
 *	where findings about the processes depend on it
 *
 * Only at the namespaces that they have sockets in.
 *
 * Return: 0 or -errno.
 */
int explain_look_again(struct explain *explain, struct session *session);

/* explain_is_in() - whether process @pid is one of @item's */
bool explain_is_in(const struct explained *item, uint32_t pid);

/* explain_has_chain() - whether one of @item is a member of @chain */
bool explain_has_chain(const struct explained *item,
		       const struct tcpmem_chain *chain);

/*
 * explain_worst() - the processes of @item with sockets, worst first: those
 *	with the most data waiting, then those that hold the most
 * @rows: to be freed with tcpmem_table_free() after the array @row
 *
 * Return: 0 or -errno.
 */
int explain_worst(const struct explain *explain, const struct explained *item,
		  struct tcpmem_table **rows, const struct tcpmem_row ***row,
		  size_t *count);

/* explain_print_worst() - a table of them. Return: 0 or -errno. */
int explain_print_worst(const struct explain *explain,
			const struct explained *item);

/*
 * explain_uncounted() - in which states @item has sockets without counters
 *
 * Return: a mask, of which bit 1 << state stands for a state.
 */
uint32_t explain_uncounted(const struct explain *explain,
			   const struct explained *item);

/* explain_is_measured() - whether counters of its sockets are known */
bool explain_is_measured(const struct tcpmem_explanation *e);

int explain_print_text(const struct explain *explain);
void explain_print_json(const struct explain *explain);

/*
 * pprof_parse() - understands what /debug/pprof serves
 * @heap: the text of heap?debug=1, @heap_len bytes
 * @goroutine: the text of goroutine?debug=1, @goroutine_len bytes; may be NULL
 * @pprof: to be freed with free(3)
 *
 * The texts are not kept, and whoever wrote them is not trusted.
 *
 * Return: 0; -EBADMSG if a text is not what it should be; -ENOMEM.
 */
int pprof_parse(const char *heap, size_t heap_len, const char *goroutine,
		size_t goroutine_len, struct pprof **pprof);

/*
 * pprof_fetch() - reads the profiles of a Go program
 * @url: http or https, of the server or of its /debug/pprof; redirections are
 *	not followed
 * @pid: the program; a loopback address means that of its network namespace
 *
 * Return: 0, or an exit code after a message.
 */
int pprof_fetch(const char *url, uint32_t pid, struct pprof **pprof);

#endif
