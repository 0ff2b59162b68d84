/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table.h - sockets grouped */
#ifndef TCPMEM_TABLE_H
#define TCPMEM_TABLE_H

#include "snapshot.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tcpmem_table;
struct tcpmem_row;

/*
 * ---- table: sockets grouped; every grouping adds up to the total ----
 */

/**
 * tcpmem_key_describe() - what sockets can be grouped by, "process"
 *
 * Return: name and text of key number @index; a term without a name if there
 * are fewer.
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_term *tcpmem_key_describe(size_t index);

/**
 * tcpmem_keys_require() - what a query has to require to group by @keys
 * @keys: as for tcpmem_group()
 * @needs: receives the bits of enum tcpmem_need beside those it has;
 *	%TCPMEM_SUMS_SUFFICE is taken back if a key tells single sockets apart
 *
 * Return: 0, or -EINVAL if @keys names no grouping.
 * @since 0.1
 */
TCPMEM_API int tcpmem_keys_require(const char *keys, uint32_t *needs);

/**
 * tcpmem_group() - the snapshot's sockets grouped by @keys
 * @keys: "process", "state", or several, four at most, with commas between;
 *	"port" is "local-port"
 *
 * The table refers to the snapshot: free it first.
 *
 * Return: 0; -EINVAL if @keys names no grouping, or one that the snapshot's
 * sums do not tell apart; or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_group(const struct tcpmem_snapshot *snapshot,
			    const char *keys, struct tcpmem_table **table);

/**
 * tcpmem_table_new() - an empty table, filled by tcpmem_table_add()
 *
 * For sockets that tcpmem_dump() hands on.
 *
 * Return: 0, -EINVAL if @keys names no grouping, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_table_new(const char *keys, struct tcpmem_table **table);

/**
 * tcpmem_table_add() - counts one socket of @snapshot
 *
 * Return: 0, -ENOMEM, or -EBUSY after tcpmem_table_finish().
 * @since 0.1
 */
TCPMEM_API int tcpmem_table_add(struct tcpmem_table *table,
				const struct tcpmem_snapshot *snapshot,
				const struct tcpmem_socket *sock);

/** tcpmem_table_clear() - forgets all sockets counted so far @since 0.1 */
TCPMEM_API void tcpmem_table_clear(struct tcpmem_table *table);

/** tcpmem_table_free() - frees it and its rows @since 0.1 */
TCPMEM_API void tcpmem_table_free(struct tcpmem_table *table);

/**
 * tcpmem_table_finish() - splits shared sockets and makes the rows
 *
 * tcpmem_group() has done it; after tcpmem_table_add() call it once.
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_table_finish(struct tcpmem_table *table);

/**
 * tcpmem_table_sort() - sorts the rows
 * @order: numbers' names, "key" or "held_per_socket", with commas between, each
 *	after a "-" for largest first: "-held,sockets"
 *
 * Return: 0, or -EINVAL if @order names something else.
 * @since 0.1
 */
TCPMEM_API int tcpmem_table_sort(struct tcpmem_table *table, const char *order);

/**
 * tcpmem_table_limit() - keeps the first @rows, the rest in one row "other"
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_table_limit(struct tcpmem_table *table, size_t rows);

/** tcpmem_table_get_row_count() - how many rows it has @since 0.1 */
TCPMEM_API size_t tcpmem_table_get_row_count(const struct tcpmem_table *table);

/** tcpmem_table_get_row() - the row at @index, below the count @since 0.1 */
TCPMEM_API const struct tcpmem_row *
tcpmem_table_get_row(const struct tcpmem_table *table, size_t index);

/**
 * tcpmem_table_get_total() - the sum of all sockets, each counted once
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_row *
tcpmem_table_get_total(const struct tcpmem_table *table);

/** tcpmem_row_get_subject() - what it stands for @since 0.1 */
TCPMEM_API const struct tcpmem_subject *
tcpmem_row_get_subject(const struct tcpmem_row *row);

/**
 * tcpmem_row_get_metric() - one of its sums
 *
 * Return: 0, or -ENODATA if @metric is none, or is unknown because every full
 * socket of the row came without counters. If some did, it is a lower bound.
 * @since 0.1
 */
TCPMEM_API int tcpmem_row_get_metric(const struct tcpmem_row *row,
				     enum tcpmem_metric metric, int64_t *value);

/**
 * tcpmem_row_get_held_per_socket() - held bytes for each of its sockets
 *
 * Rounded down; no sum, and not to be added up.
 *
 * Return: 0, or -ENODATA if it has no socket of its own: where sockets are
 * shared, the remainder of what they hold; or if one came without counters.
 * @since 0.1
 */
TCPMEM_API int tcpmem_row_get_held_per_socket(const struct tcpmem_row *row,
					      int64_t *value);

/**
 * tcpmem_row_get_share() - how much of what all rows hold the row holds
 * @percent: 0 to 100; the shares of all rows add up to 100
 *
 * Return: 0, or -ENODATA if no row holds anything, or what they hold is not
 * known of all sockets: there is no part of a lower bound.
 * @since 0.1
 */
TCPMEM_API int tcpmem_row_get_share(const struct tcpmem_row *row,
				    double *percent);

/**
 * tcpmem_table_read_column() - one sum of every row, but the total
 * @column: %TCPMEM_COLUMN_METRIC
 * @which: enum tcpmem_metric
 * @values: @count of them, as many as rows
 *
 * Return: 0, or -EINVAL, see enum tcpmem_column.
 * @since 0.1
 */
TCPMEM_API int tcpmem_table_read_column(const struct tcpmem_table *table,
					enum tcpmem_column column,
					unsigned int which, int64_t *values,
					size_t count);

/**
 * tcpmem_table_get_subjects() - what every row stands for, but the total
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_table_get_subjects(const struct tcpmem_table *table,
					 struct tcpmem_subjects **subjects);

#ifdef __cplusplus
}
#endif

#endif
