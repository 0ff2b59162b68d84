/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table.h - keys, groups and rows of a table */
#ifndef TM_ANALYSIS_TABLE_H
#define TM_ANALYSIS_TABLE_H

#include "base/hash.h"
#include "model/accounting.h"
#include "model/snapshot.h"
#include "tcpmem/table.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* ---- by what rows are sorted: words with commas between ---- */

/*
 * struct tm_order_words - what rows of one kind can be sorted by, beside "key"
 * @find: the number, from 0 on, that a word stands for; or -EINVAL
 * @value: what a row has there; %TCPMEM_UNKNOWN: that row stands last
 */
struct tm_order_words {
	int (*find)(const char *word, int *by);
	int64_t (*value)(const void *row, int by);
};

/*
 * tm_rows_sort() - sorts by "WORD,-WORD"; a "-" puts the largest first
 * @rows: each begins with its subject, by which equal rows are sorted
 *
 * Return: 0, or -EINVAL and nothing is sorted.
 */
int tm_rows_sort(void *rows, size_t count, size_t size, const char *text,
		 const struct tm_order_words *words);

/* tm_metric_from_name() - the metric of that name. Return: 0 or -EINVAL. */
int tm_metric_from_name(const char *name, enum tcpmem_metric *metric);

/* ---- what sockets can be grouped by: one table of keys ---- */

#define TM_KEYS_MAX 4

/* A path or command line is the longest: rows that differ look different. */
#define TM_COMPONENT_SIZE (PATH_MAX + 1)

/* Ids of a key. Other ids are small numbers, or what @tm_key.id makes them. */
#define TM_KEY_ASK_HOLDER UINT64_MAX	      /* each holder gives its own */
#define TM_KEY_NOBODY	  (UINT64_C(1) << 63) /* | kind: nobody holds it */
#define TM_KEY_PAST	  (UINT64_C(1) << 61) /* | index of the past owner */
#define TM_KEY_NONE	  (UINT64_C(1) << 62) /* there is no such thing */
#define TM_KEY_UNREAD	  (TM_KEY_NONE | 1)   /* it could not be read */
#define TM_KEY_NOT_HERE	  (TM_KEY_NONE | 2)   /* it is not of this host */

/* The holder is not asked. */
#define TM_KEY_NO_PROCESS UINT32_MAX

/* The snapshot that ids refer to, and the store of new texts. */
struct tm_key_view {
	const struct tcpmem_snapshot *snap;
	struct tm_blobs blobs;
};

/*
 * struct tm_key - one way to group
 * @needs: bits of enum tcpmem_need without which every socket is in one group,
 *	and %TCPMEM_SUMS_SUFFICE if sockets that the kernel adds up share one
 * @id: the same for sockets of one group. Asked with a @sock and
 *	%TM_KEY_NO_PROCESS first; if that gives %TM_KEY_ASK_HOLDER, then
 *	without a @sock for each process that holds it. Returns 0 or -ENOMEM.
 * @format: the id as text, cut to @size
 */
struct tm_key {
	struct tcpmem_term term;
	uint32_t needs;
	int (*id)(struct tm_key_view *view, const struct tcpmem_socket *sock,
		  uint32_t process, uint64_t *id);
	void (*format)(const struct tm_key_view *view, uint64_t id, char *text,
		       size_t size);
};

#define TM_KEY(word, meaning, needed, get_id, get_format)                   \
	{                                                                   \
		.term = { .name = word, .text = meaning }, .needs = needed, \
		.id = get_id, .format = get_format                          \
	}

extern const struct tm_key tm_key_process;

/* tm_key_past_owner() - of @sock, which nobody holds; NULL: not known */
const struct tm_past_owner *tm_key_past_owner(const struct tm_key_view *view,
					      const struct tcpmem_socket *sock);

/*
 * tm_key_without_process() - the id of a key that asks a process, if there is
 * none; else, and if a past owner is among the holders of others, @process
 */
bool tm_key_without_process(const struct tm_key_view *view,
			    const struct tcpmem_socket *sock, uint32_t *process,
			    uint64_t *id);

/*
 * tm_key_format_absent() - the text where no process, cgroup ... stands
 *
 * Return: false, and nothing was written, if @id stands for something.
 */
bool tm_key_format_absent(uint64_t id, char *text, size_t size);

/*
 * tm_key_tell_apart() - puts a name that anybody may choose in quotes, if it is
 * what tm_key_format_absent() writes, or "other" or "total"
 */
void tm_key_tell_apart(char *text, size_t size);

/* tm_key_format_text() - the text of @view->blobs that has the number @id */
void tm_key_format_text(const struct tm_key_view *view, uint64_t id, char *text,
			size_t size);

/* tm_key_format_number() - the id itself */
void tm_key_format_number(const struct tm_key_view *view, uint64_t id,
			  char *text, size_t size);

/* tm_key_find() - the key that @len bytes of @name name; NULL if none */
const struct tm_key *tm_key_find(const char *name, size_t len);

/* ---- keys that ask where a socket or its process lives ---- */

extern const struct tm_key tm_key_comm;
extern const struct tm_key tm_key_program;
extern const struct tm_key tm_key_cmdline;
extern const struct tm_key tm_key_ppid;
extern const struct tm_key tm_key_cgroup;
extern const struct tm_key tm_key_unit;
extern const struct tm_key tm_key_container;
extern const struct tm_key tm_key_pod;

/* ---- sums by group, found by hash, in the order of arrival ---- */

/* A group's key; unused ids are 0, so that keys compare by memcmp(3). */
struct tm_group_key {
	uint64_t id[TM_KEYS_MAX];
	uint64_t holder; /* see socket.h; 0 where no key asks for it */
};

struct tm_group {
	struct tm_group_key key;
	struct tm_sums sums;
	size_t reached_by; /* number of the last group shared out into it */
};

/* All zero is an empty set of groups. */
struct tm_groups {
	struct tm_group *group;
	size_t count, capacity;
	uint32_t seed; /* hash seed, since ids may collide on purpose; 0: not
			  drawn yet */
	struct tm_index index;
};

/*
 * tm_groups_get() - the group of @key, made if there is none
 *
 * Return: it, valid until the next call; NULL when out of memory.
 */
struct tm_group *tm_groups_get(struct tm_groups *groups,
			       const struct tm_group_key *key);

/* tm_groups_clear() - forgets all groups and frees their memory */
void tm_groups_clear(struct tm_groups *groups);

/*
 * tm_subject_copy() - @to becomes @from, with a key and parts of its own
 *
 * Its key is one block with its parts. Return: 0, or -ENOMEM.
 */
int tm_subject_copy(struct tcpmem_subject *to,
		    const struct tcpmem_subject *from);

/* ---- a table of rows: group makes it, sort and limit change it ---- */

/*
 * enum tm_row_class - whether a row stands for what its keys name
 *
 * A row that is absent has sockets that no process holds, or that are in none
 * of its keys' groups; the group of those in a row that is unread is unknown.
 */
enum tm_row_class {
	TM_ROW_GROUP,
	TM_ROW_ABSENT,
	TM_ROW_UNREAD,
};

struct tcpmem_row {
	struct tcpmem_subject subject; /* its key is the row's own */
	struct tm_sums sums;
	int64_t all_held; /* by all rows; 0 if not all of it is known */
	enum tm_row_class class;
};

/* struct tm_member - sockets of group number @group are in row number @row */
struct tm_member {
	uint32_t group;
	uint32_t row;
};

/*
 * struct tcpmem_table - @member: by group, those that tm_table_place() named;
 *	kept if @listed
 */
struct tcpmem_table {
	struct tm_key_view view;
	const struct tm_key *key[TM_KEYS_MAX];
	size_t key_count;
	uint32_t needs; /* of all its keys */
	bool single;	/* a key tells single sockets apart */
	bool finished;
	struct tm_groups groups;
	struct tcpmem_row *row;
	size_t row_count;
	struct tcpmem_row total;
	bool listed;
	struct tm_member *member;
	size_t member_count, member_capacity;
};

/*
 * tm_table_place() - tcpmem_table_add(), telling the number of its group
 *
 * Sockets of one group are in the same rows.
 */
int tm_table_place(struct tcpmem_table *table,
		   const struct tcpmem_snapshot *snapshot,
		   const struct tcpmem_socket *sock, uint32_t *group);

/* tm_table_finish() - tcpmem_table_finish(), but rows stay as numbered */
int tm_table_finish(struct tcpmem_table *table);

#endif
