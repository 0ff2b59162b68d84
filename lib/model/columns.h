/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* columns.h - whole columns of rows, and texts in one arena */
#ifndef TM_MODEL_COLUMNS_H
#define TM_MODEL_COLUMNS_H

#include "tcpmem/column.h"

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
