// SPDX-License-Identifier: LGPL-2.1-or-later
/* ledger.c - who held what, by the kernel's identity of a connection */
#include "owners/internal.h"

#include "base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY UINT32_MAX

/* Between two passes that drop sockets not seen lately */
#define SWEEP_S 30

/*
 * struct entry - a connection, or an endpoint that is listened to
 * @key: cookie, or endpoint_key()
 * @process: who holds it alone; NOBODY: nobody was seen with it, or several
 * @first: the look that saw it, or its @process, first
 * @seen_s: when that was, seconds since boot
 * @shared: others were seen with it, or with its connections
 * @source: what tells of @process
 */
struct entry {
	uint64_t key;
	uint32_t process;
	uint32_t first;
	uint32_t seen_s;
	bool shared;
	uint8_t source;
};

/* struct entries - found by hash */
struct entries {
	struct entry *entry;
	size_t count, capacity;
	struct tm_index index;
};

/*
 * struct tm_ledger - @refusing: sockets of this look without room
 * @refused: of the last look that had any, until @refused_s is long ago
 */
struct tm_ledger {
	size_t max;
	uint64_t seed;
	char boot_id[TM_BOOT_ID_SIZE];
	uint32_t looks;
	uint32_t now_s, swept_s;
	uint32_t refused_s;
	uint64_t refusing, refused;
	struct entries sockets, listeners;
	struct tcpmem_process *process;
	size_t process_count, process_capacity;
	struct tm_index processes;
};

int tm_ledger_new(size_t max, struct tm_ledger **ledger)
{
	struct tm_ledger *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->max = max;
	l->seed = tm_random_seed();
	*ledger = l;
	return 0;
}

static void clear_entries(struct entries *entries)
{
	free(entries->entry);
	tm_index_deinit(&entries->index);
	*entries = (struct entries){ 0 };
}

static void clear(struct tm_ledger *ledger)
{
	clear_entries(&ledger->sockets);
	clear_entries(&ledger->listeners);
	free(ledger->process);
	ledger->process = NULL;
	ledger->process_count = ledger->process_capacity = 0;
	tm_index_deinit(&ledger->processes);
	ledger->processes = (struct tm_index){ 0 };
}

void tm_ledger_free(struct tm_ledger *ledger)
{
	if (!ledger)
		return;
	clear(ledger);
	free(ledger);
}

static uint32_t hash_of(const struct tm_ledger *ledger, uint64_t key)
{
	return tm_hash((uint32_t)ledger->seed, key);
}

static struct entry *find(const struct tm_ledger *ledger,
			  const struct entries *entries, uint64_t key)
{
	struct tm_index_walk walk = { .hash = hash_of(ledger, key) };

	while (tm_index_next(&entries->index, &walk))
		if (entries->entry[walk.number].key == key)
			return &entries->entry[walk.number];
	return NULL;
}

static int add(struct tm_ledger *ledger, struct entries *entries,
	       const struct entry *entry)
{
	uint32_t number = (uint32_t)entries->count;
	int ret = tm_append(entries->entry, entries->count, entries->capacity,
			    entry);

	return ret ? ret
		   : tm_index_add(&entries->index, hash_of(ledger, entry->key),
				  number);
}

/* The number of a process; the name is the one that it had last. */
static int intern(struct tm_ledger *ledger,
		  const struct tcpmem_process *process, uint32_t *number)
{
	struct tm_index_walk walk = {
		.hash = hash_of(ledger, process->start_time ^
						(uint64_t)process->pid << 40),
	};
	uint32_t hash = walk.hash;
	int ret;

	while (tm_index_next(&ledger->processes, &walk)) {
		if (!tm_process_is(&ledger->process[walk.number], process))
			continue;
		*number = walk.number;
		ledger->process[walk.number] = *process;
		return 0;
	}
	*number = (uint32_t)ledger->process_count;
	ret = tm_append(ledger->process, ledger->process_count,
			ledger->process_capacity, process);
	return ret ? ret : tm_index_add(&ledger->processes, hash, *number);
}

/* Copies the entries of sockets seen lately. */
static int keep(struct tm_ledger *from, const struct entries *entries,
		struct tm_ledger *to, struct entries *kept)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < entries->count; i++) {
		struct entry entry = entries->entry[i];

		if (from->now_s - entry.seen_s > TM_LEDGER_FORGET_S)
			continue;
		if (entry.process != NOBODY)
			ret = intern(to, &from->process[entry.process],
				     &entry.process);
		if (ret == 0)
			ret = add(to, kept, &entry);
	}
	return ret;
}

static int sweep(struct tm_ledger *ledger)
{
	struct tm_ledger new = *ledger;
	int ret;

	new.sockets = new.listeners = (struct entries){ 0 };
	new.process = NULL;
	new.process_count = new.process_capacity = 0;
	new.processes = (struct tm_index){ 0 };
	ret = keep(ledger, &ledger->sockets, &new, &new.sockets);
	if (ret == 0)
		ret = keep(ledger, &ledger->listeners, &new, &new.listeners);
	if (ret) {
		clear(&new);
		return ret;
	}
	clear(ledger);
	*ledger = new;
	ledger->swept_s = ledger->now_s;
	return 0;
}

/* @alone: the process that holds it; NULL: nobody does, or several do */
static int note(struct tm_ledger *ledger, struct entries *entries, uint64_t key,
		const struct tcpmem_process *alone, bool shared)
{
	struct entry *entry = find(ledger, entries, key);
	struct entry new = {
		.key = key,
		.process = NOBODY,
		.first = ledger->looks,
		.seen_s = ledger->now_s,
		.shared = shared,
		.source = TM_PAST_MEMORY,
	};
	int ret = alone ? intern(ledger, alone, &new.process) : 0;

	if (ret)
		return ret;
	if (!entry && entries->count >= ledger->max) {
		ledger->refusing++;
		return 0;
	}
	if (!entry)
		return add(ledger, entries, &new);
	entry->seen_s = ledger->now_s;
	if (entry->source != TM_PAST_MEMORY)
		return 0;
	if (shared) {
		entry->process = NOBODY;
	} else if (alone && entry->process != new.process) {
		entry->process = new.process;
		entry->first = ledger->looks;
	}
	return 0;
}

static const struct tcpmem_process *holder_alone(const struct tm_holders *all,
						 uint32_t holder)
{
	if (!all || holder == TM_HOLDER_NONE ||
	    tm_holder_count(all, holder) != 1)
		return NULL;
	return tm_holders_get_process(all, tm_holder_get(all, holder, 0));
}

static uint64_t endpoint_key(const struct tm_ledger *ledger,
			     const struct tcpmem_snapshot *snap,
			     const struct tm_endpoint *at)
{
	uint64_t half[2];
	uint64_t netns = at->netns < snap->netns_count
				 ? snap->netns[at->netns].inode
				 : at->netns;
	uint64_t high, low;

	memcpy(half, at->address, sizeof(half));
	high = tm_hash((uint32_t)ledger->seed, half[0] ^ netns);
	low = tm_hash((uint32_t)high, half[1]);
	low = tm_hash((uint32_t)low, (uint64_t)at->ifindex << 32 |
					     (uint64_t)at->port << 1 |
					     at->ipv6);
	return high << 32 | low;
}

/* Past owners are of sockets that have none now: closed, and not yet gone. */
static bool is_closed(const struct tcpmem_socket *sock)
{
	return sock->cookie && (sock->kind == TCPMEM_KIND_TIME_WAIT ||
				sock->kind == TCPMEM_KIND_ORPHAN);
}

/* A process other than the listener's was seen with one of its connections. */
static int note_passed(struct tm_ledger *ledger,
		       const struct tcpmem_snapshot *snap,
		       const struct tm_listeners *listeners,
		       const struct tcpmem_socket *sock)
{
	struct entry *entry;
	uint64_t key;
	size_t index;

	if (sock->kind != TCPMEM_KIND_PROCESS || !listeners ||
	    sock->state == TCPMEM_STATE_LISTENING ||
	    !tm_listeners_find(listeners, sock, &index) ||
	    tm_listeners_holder(listeners, index) == sock->holder)
		return 0;
	key = endpoint_key(ledger, snap, tm_listeners_get(listeners, index));
	entry = find(ledger, &ledger->listeners, key);
	if (entry)
		entry->shared = true;
	return entry ? 0 : note(ledger, &ledger->listeners, key, NULL, true);
}

static int note_socket(struct tm_ledger *ledger,
		       const struct tcpmem_snapshot *snap,
		       const struct tm_listeners *listeners,
		       const struct tcpmem_socket *sock)
{
	const struct tcpmem_process *alone;
	bool held = sock->kind == TCPMEM_KIND_PROCESS;
	int ret;

	if (!sock->cookie || sock->flags & TM_SOCK_MPTCP ||
	    (!held && !is_closed(sock)))
		return 0;
	alone = held ? holder_alone(snap->holders, sock->holder) : NULL;
	ret = note(ledger, &ledger->sockets, sock->cookie, alone,
		   held && !alone);
	return ret ? ret : note_passed(ledger, snap, listeners, sock);
}

static int note_listeners(struct tm_ledger *ledger,
			  const struct tcpmem_snapshot *snap,
			  const struct tm_listeners *listeners)
{
	size_t count = listeners ? tm_listeners_count(listeners) : 0;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < count; i++) {
		const struct tcpmem_process *alone = holder_alone(
			snap->holders, tm_listeners_holder(listeners, i));

		ret = note(ledger, &ledger->listeners,
			   endpoint_key(ledger, snap,
					tm_listeners_get(listeners, i)),
			   alone, !alone);
	}
	return ret;
}

/* Who held them is not known until they are gone. */
static void note_refused(struct tm_ledger *ledger)
{
	if (ledger->refusing) {
		ledger->refused = ledger->refusing;
		ledger->refused_s = ledger->now_s;
	} else if (ledger->now_s - ledger->refused_s > TM_LEDGER_FORGET_S) {
		ledger->refused = 0;
	}
}

int tm_ledger_learn(struct tm_ledger *ledger,
		    const struct tcpmem_snapshot *snap,
		    const struct tm_listeners *listeners)
{
	int ret = 0;

	if (strcmp(ledger->boot_id, snap->clock.boot_id) != 0)
		clear(ledger);
	memcpy(ledger->boot_id, snap->clock.boot_id, sizeof(ledger->boot_id));
	ledger->looks++;
	ledger->refusing = 0;
	ledger->now_s = (uint32_t)(snap->clock.boottime_ns / 1000000000);
	if (ledger->now_s - ledger->swept_s >= SWEEP_S)
		ret = sweep(ledger);
	if (ret == 0)
		ret = note_listeners(ledger, snap, listeners);
	for (size_t i = 0; ret == 0 && i < snap->sockets.count; i++)
		ret = note_socket(ledger, snap, listeners,
				  &snap->sockets.sock[i]);
	note_refused(ledger);
	return ret;
}

/*
 * The process that accepted it. It listened before the connection was there:
 * an earlier look saw the one and not the other. How old it is says nothing:
 * a socket to listen at may be made late, or come from another process.
 */
static const struct tcpmem_process *
find_listener(const struct tm_ledger *ledger,
	      const struct tcpmem_snapshot *snap,
	      const struct tm_listeners *listeners,
	      const struct tcpmem_socket *sock, const struct entry *known)
{
	const struct entry *entry;
	size_t index;

	if (!listeners || !known || known->shared ||
	    !tm_listeners_find(listeners, sock, &index))
		return NULL;
	entry = find(
		ledger, &ledger->listeners,
		endpoint_key(ledger, snap, tm_listeners_get(listeners, index)));
	if (!entry || entry->shared || entry->process == NOBODY ||
	    known->first <= entry->first)
		return NULL;
	return &ledger->process[entry->process];
}

enum tm_past_source tm_ledger_owner(const struct tm_ledger *ledger,
				    uint64_t cookie,
				    const struct tcpmem_process **process)
{
	const struct entry *known = find(ledger, &ledger->sockets, cookie);

	if (!known || known->process == NOBODY)
		return TM_PAST_UNKNOWN;
	*process = &ledger->process[known->process];
	return (enum tm_past_source)known->source;
}

int tm_ledger_tell(struct tm_ledger *ledger, uint64_t cookie,
		   const struct tcpmem_process *process,
		   enum tm_past_source source)
{
	struct entry *entry;
	int ret = note(ledger, &ledger->sockets, cookie, process, false);

	entry = find(ledger, &ledger->sockets, cookie);
	if (ret == 0 && entry)
		entry->source = (uint8_t)source;
	return ret;
}

static int name_one(const struct tm_ledger *ledger,
		    const struct tm_listeners *listeners,
		    struct tcpmem_snapshot *snap, size_t i)
{
	const struct tcpmem_socket *sock = &snap->sockets.sock[i];
	const struct tcpmem_process *process;
	enum tm_past_source source;

	if (!is_closed(sock))
		return 0;
	source = tm_ledger_owner(ledger, sock->cookie, &process);
	if (source != TM_PAST_UNKNOWN)
		return tm_past_set(&snap->past, i, process, source);
	process = find_listener(ledger, snap, listeners, sock,
				find(ledger, &ledger->sockets, sock->cookie));
	return process ? tm_past_set(&snap->past, i, process, TM_PAST_LISTENER)
		       : 0;
}

int tm_ledger_name(const struct tm_ledger *ledger,
		   const struct tm_listeners *listeners,
		   struct tcpmem_snapshot *snap)
{
	int ret = tm_past_init(&snap->past, snap->sockets.count);

	for (size_t i = 0; ret == 0 && i < snap->sockets.count; i++)
		ret = name_one(ledger, listeners, snap, i);
	return ret;
}

uint32_t tm_ledger_looks(const struct tm_ledger *ledger)
{
	return ledger->looks;
}

uint64_t tm_ledger_refused(const struct tm_ledger *ledger)
{
	return ledger->refused;
}
