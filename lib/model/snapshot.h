/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot.h - all that was seen at one moment; const once collected */
#ifndef TM_MODEL_SNAPSHOT_H
#define TM_MODEL_SNAPSHOT_H

#include "model/accounting.h"
#include "model/holders.h"
#include "model/metadata.h"
#include "model/socket.h"
#include "tcpmem/column.h"

#include <stdbool.h>

/* ---- warnings.c: what could not be seen, and why ---- */

struct tm_warning {
	enum tcpmem_warning_code code;
	char *text;
};

struct tm_warnings {
	struct tm_warning *warning;
	size_t count;
	size_t capacity;
};

/*
 * tm_warnings_add() - records a warning, its text printf-formatted
 *
 * Return: 0, or -ENOMEM.
 */
int tm_warnings_add(struct tm_warnings *warnings, enum tcpmem_warning_code code,
		    const char *format, ...)
	__attribute__((format(printf, 3, 4)));

bool tm_warnings_have(const struct tm_warnings *warnings,
		      enum tcpmem_warning_code code);

/* tm_warnings_clear() - frees all texts and the array */
void tm_warnings_clear(struct tm_warnings *warnings);

/* ---- past.c: the past owners of a snapshot's sockets ---- */

/* Sources of a past owner; a higher number is surer. */
enum tm_past_source {
	TM_PAST_UNKNOWN,
	TM_PAST_LISTENER, /* it alone listens at the socket's port */
	TM_PAST_MEMORY,	  /* an earlier look saw it hold the socket, alone */
	TM_PAST_EVENT,	  /* it made the socket, or its listener */
	TM_PAST_EXACT,	  /* it closed the socket */
};

/*
 * struct tm_past_owner - a process
 * @source: the least sure one of its sockets
 * @holder: its number among the snapshot's processes; UINT32_MAX: it holds
 *	nothing
 * @gone: it has ended
 */
struct tm_past_owner {
	struct tcpmem_process process;
	uint32_t holder;
	uint8_t source;
	bool gone;
};

/*
 * struct tm_past_ref - of the socket with the same index
 * @owner: number of the owner; with TM_PAST_UNKNOWN as @source there is none
 * @creator: number of who made it, or its listener, plus 1; 0: not known
 * @age_us: until it was closed, if it is @aged
 * @cgroup_id: of who closed it, or made it; 0: not known
 */
struct tm_past_ref {
	uint32_t owner;
	uint32_t creator;
	uint64_t age_us;
	uint64_t cgroup_id;
	uint8_t source;
	bool aged;
};

/* All zero: past owners were not asked for. */
struct tm_past {
	struct tm_past_owner *owner;
	size_t count, capacity;
	struct tm_past_ref *ref;
	size_t ref_count;
	struct tm_index index;
};

/* tm_past_init() - of @sockets sockets none is known. 0 or -ENOMEM. */
int tm_past_init(struct tm_past *past, size_t sockets);
void tm_past_deinit(struct tm_past *past);

/* tm_past_find_holders() - fills in the numbers of owners that hold sockets */
void tm_past_find_holders(struct tm_past *past,
			  const struct tm_holders *holders);

/* tm_past_set() - the past owner of socket number @i. 0 or -ENOMEM. */
int tm_past_set(struct tm_past *past, size_t i,
		const struct tcpmem_process *process,
		enum tm_past_source source);

/* tm_past_set_creator() - who made it, or its listener. 0 or -ENOMEM. */
int tm_past_set_creator(struct tm_past *past, size_t i,
			const struct tcpmem_process *creator);

/* tm_past_source_name() - "memory" ...; NULL if nothing tells */
const char *tm_past_source_name(enum tm_past_source source);

/* ---- a snapshot ---- */

/* An interface that a filter names; its index is 0 if there is none here. */
struct tm_iface {
	char name[16];
	uint32_t index;
};

/*
 * struct tm_net_facts - what a filter asks of a namespace
 * @known: it was looked at; what could not be read is unknown all the same
 * @port_low, @port_high: ip_local_port_range; 0 and 0 if unknown
 */
struct tm_net_facts {
	bool known;
	struct tm_iface *iface;
	size_t iface_count;
	uint16_t port_low;
	uint16_t port_high;
};

/*
 * tm_net_facts_find() - the index of an interface
 *
 * Return: 0, with @index 0 if there is no such interface; -ENODATA if it was
 * not looked up.
 */
int tm_net_facts_find(const struct tm_net_facts *facts, const char *name,
		      uint32_t *index);

/* tm_net_facts_name() - the name of interface @index; NULL if unknown */
const char *tm_net_facts_name(const struct tm_net_facts *facts, uint32_t index);

/*
 * struct tm_netns - one network namespace
 * @inode: in nsfs; 0 if it could not be read
 * @name: "self", an ip-netns name, or the inode's digits
 * @own: the caller's
 * @seen: it could be looked into; of a file that does not tell, one without
 *	sockets and counts was not
 * @time_wait: mini-sockets that count toward @time_wait_max, of which
 *	@fin_wait_2 are in FIN_WAIT_2; each may be %TCPMEM_UNKNOWN
 * @limits: its sysctls; NULL: not asked for, or not read
 */
struct tm_netns {
	uint64_t inode;
	char *name;
	bool own;
	bool seen;
	struct tm_net_facts facts;
	int64_t time_wait;
	int64_t time_wait_max;
	int64_t fin_wait_2;
	struct tm_limits *limits;
};

void tm_netns_deinit(struct tm_netns *netns);

/* Of what is larger nobody knows what it means; sums of a few fit 64 bits. */
#define TM_FACT_MAX (INT64_C(1) << 60)

struct tm_host {
	int64_t fact[TCPMEM_HOST_METRIC_COUNT];
	bool known[TCPMEM_HOST_METRIC_COUNT];
};

#define TM_BOOT_ID_SIZE 37 /* a UUID as text, NUL-terminated */

/* struct tm_clock - 0: unknown, for a file does not say */
struct tm_clock {
	int64_t wall_ns;
	int64_t boottime_ns;
	char boot_id[TM_BOOT_ID_SIZE]; /* empty if unknown */
};

/*
 * struct tm_socket_sums - sockets of which the sums alone are known
 * @like: for each sum a socket as all of them are; it has no counters
 */
struct tm_socket_sums {
	struct tm_socket_set like;
	struct tm_sums *sums;
	size_t count, capacity;
};

/*
 * struct tcpmem_snapshot - @states: that were asked for; 0: all
 * @lacks_states: those of them that its file was not asked for
 * @selected: some sockets, states or namespaces were asked for; the accounting
 *	may be of all the same, where it is not narrowed
 * @saved: it is of a capture: nothing that is read later is true of it
 * @elsewhere: of one that is not of this boot, and so perhaps of another host
 * @limits: of the host, of a capture that has them; else NULL
 */
struct tcpmem_snapshot {
	uint32_t states;
	uint32_t lacks_states;
	bool selected;
	bool saved;
	bool elsewhere;
	struct tm_limits *limits;
	struct tm_socket_set
		sockets; /* when streaming, the socket that is being emitted */
	struct tm_socket_sums summed; /* beside the sockets */
	struct tm_holders *holders;   /* NULL: not asked for */
	struct tm_netns *netns;
	size_t netns_count;
	struct tm_host host;
	struct tm_accounting accounting;
	struct tm_objects objects;
	struct tm_metadata metadata;	/* empty: not asked for */
	struct tm_charges charges;	/* of cgroups, likewise */
	struct tm_listeners *listeners; /* NULL: not asked for */
	struct tm_past past;		/* owners; empty: not asked for */
	struct tm_warnings warnings;
	struct tm_clock clock; /* when it began */
};

/* tm_snapshot_is_part() - whether its sockets are less than all of the host */
static inline bool tm_snapshot_is_part(const struct tcpmem_snapshot *snapshot)
{
	return snapshot->selected || snapshot->accounting.narrowed;
}

/*
 * tm_snapshot_lacks_limit() - whether a namespace with sockets does not have it
 * @limit: its number; SIZE_MAX: its sysctls and counters as a whole
 */
bool tm_snapshot_lacks_limit(const struct tcpmem_snapshot *snapshot,
			     size_t limit);

/* tm_process_details() - what callers see of @place */
void tm_process_details(const struct tm_metadata *metadata,
			const struct tm_process_metadata *place,
			struct tcpmem_process_details *details);

/*
 * tm_snapshot_tolerance() - bytes that the kernel's memory counter may be off,
 * for each CPU keeps some back
 */
int64_t tm_snapshot_tolerance(const struct tcpmem_snapshot *snapshot);

/*
 * tm_snapshot_find_time_wait() - the namespace nearest to its limit
 *
 * Sets the host metrics about TIME_WAIT from the namespaces. A file that does
 * not say them of each has those of the namespace that was its writer's own.
 */
void tm_snapshot_find_time_wait(struct tcpmem_snapshot *snapshot);

/*
 * tm_host_per_cpu() - @count things of @size bytes for each CPU
 *
 * Return: %TM_FACT_MAX at most; 0 if the number of CPUs is unknown.
 */
int64_t tm_host_per_cpu(const struct tm_host *host, int64_t count,
			int64_t size);

/* ---- what a question selected, against what was seen ---- */

/*
 * enum tm_coverage - the parts of what was selected, bits
 *
 * Each warning hides one. An answer that rests on it is not known, one that
 * does not is.
 *
 * @TM_COVERAGE_SOCKETS: every socket is there
 * @TM_COVERAGE_COUNTERS: each has its memory counters
 * @TM_COVERAGE_HOLDERS: each that is there has its holders
 * @TM_COVERAGE_SHARES: no process that was not read shares one of them
 * @TM_COVERAGE_NETNS: every network namespace is there
 */
enum tm_coverage {
	TM_COVERAGE_SOCKETS = 0x1,
	TM_COVERAGE_COUNTERS = 0x2,
	TM_COVERAGE_HOLDERS = 0x4,
	TM_COVERAGE_SHARES = 0x8,
	TM_COVERAGE_NETNS = 0x10,
};

/*
 * tm_coverage_missing() - why @parts, bits, were not all seen
 *
 * Return: the text of the first warning that says so; NULL if they were.
 */
const char *tm_coverage_missing(const struct tcpmem_snapshot *snapshot,
				uint32_t parts);

/* ---- whole columns of rows, and texts in one arena ---- */

/*
 * struct tm_columns - the columns that rows of one kind have
 * @end: one more than the numbers that go with each; 0: there is no such column
 * @get: the value of row @i of @of. Return: 0, or below 0 if it is not known.
 */
struct tm_columns {
	unsigned int end[TCPMEM_COLUMN_COUNT];
	int (*get)(const void *of, size_t i, enum tcpmem_column column,
		   unsigned int which, int64_t *value);
};

/*
 * tm_columns_read() - writes the value of each of @rows
 *
 * Return: 0; -EINVAL if there is no such column, or @count is not @rows.
 */
int tm_columns_read(const struct tm_columns *columns, const void *of,
		    size_t rows, enum tcpmem_column column, unsigned int which,
		    int64_t *values, size_t count);

/* tm_subject_fn - the subject of row @i of @of */
typedef struct tcpmem_subject tm_subject_fn(const void *of, size_t i);

/* tm_subjects_make() - all @count subjects. Return: 0 or -ENOMEM. */
int tm_subjects_make(const void *of, size_t count, tm_subject_fn *get,
		     struct tcpmem_subjects **subjects);

#endif
