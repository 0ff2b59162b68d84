/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* columns.h - whole columns of rows, and texts in one arena */
#ifndef TM_MODEL_COLUMNS_H
#define TM_MODEL_COLUMNS_H

#include "tcpmem/column.h"

/*
 * struct tm_column - a value of every row of @of
 * @which: the number beside enum tcpmem_column
 * @get: the value in row @i. Return: 0, or below 0 if it is not known.
 */
struct tm_column {
	const void *of;
	unsigned int which;
	int (*get)(const struct tm_column *column, size_t i, int64_t *value);
};

/* tm_column_read() - writes all @count values. Return: 0. */
int tm_column_read(const struct tm_column *column, size_t count,
		   int64_t *values);

/* tm_subject_fn - the subject of row @i of @of */
typedef struct tcpmem_subject tm_subject_fn(const void *of, size_t i);

/* tm_subjects_make() - all @count subjects. Return: 0 or -ENOMEM. */
int tm_subjects_make(const void *of, size_t count, tm_subject_fn *get,
		     struct tcpmem_subjects **subjects);

#endif
