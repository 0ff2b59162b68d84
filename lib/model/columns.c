// SPDX-License-Identifier: LGPL-2.1-or-later
/* columns.c - whole columns: of sockets, and texts in one arena */

#include "model/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tm_columns_read(const struct tm_columns *columns, const void *of,
		    size_t rows, enum tcpmem_column column, unsigned int which,
		    int64_t *values, size_t count)
{
	if ((size_t)column >= TCPMEM_COLUMN_COUNT ||
	    which >= columns->end[column] || count != rows)
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (columns->get(of, i, column, which, &values[i]) < 0)
			values[i] = TCPMEM_UNKNOWN;
	return 0;
}

static uint64_t add_bytes(char *text, size_t *used, const char *added,
			  size_t len)
{
	uint64_t at = *used;

	if (text && len)
		memcpy(text + at, added, len);
	*used += len;
	return at;
}

static uint64_t add_text(char *text, size_t *used, const char *added)
{
	return add_bytes(text, used, added, strlen(added) + 1);
}

static size_t parts_size(const struct tcpmem_subject *subject)
{
	const char *end = subject->parts;

	for (size_t i = 0; i < subject->part_count; i++)
		end += strlen(end) + 1;
	return (size_t)(end - subject->parts);
}

/* struct arrays - the members of struct tcpmem_subjects, to be written */
struct arrays {
	char *text;
	uint64_t *key, *kind, *comm, *parts, *part_count;
	int64_t *pid, *start_time;
};

/* Measures with @arrays NULL, else writes. Return: bytes of text. */
static size_t fill(const void *of, size_t count, tm_subject_fn *get,
		   const struct arrays *arrays)
{
	char *text = arrays ? arrays->text : NULL;
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		struct tcpmem_subject s = get(of, i);
		uint64_t key = add_text(text, &used, s.key);
		uint64_t kind = add_text(text, &used, s.kind);
		uint64_t comm =
			add_text(text, &used, s.process ? s.process->comm : "");
		uint64_t parts =
			add_bytes(text, &used, s.parts, parts_size(&s));

		if (!arrays)
			continue;
		arrays->key[i] = key;
		arrays->kind[i] = kind;
		arrays->comm[i] = comm;
		arrays->parts[i] = parts;
		arrays->part_count[i] = s.part_count;
		arrays->pid[i] = s.process ? s.process->pid : TCPMEM_UNKNOWN;
		arrays->start_time[i] = s.process
						? (int64_t)s.process->start_time
						: TCPMEM_UNKNOWN;
	}
	return used;
}

int tm_subjects_make(const void *of, size_t count, tm_subject_fn *get,
		     struct tcpmem_subjects **subjects)
{
	size_t text_size = fill(of, count, get, NULL);
	struct tcpmem_subjects *s = calloc(
		1, sizeof(*s) + 7 * count * sizeof(uint64_t) + text_size);
	uint64_t *numbers = (uint64_t *)(s + 1);
	struct arrays arrays;

	if (!s)
		return -ENOMEM;
	arrays = (struct arrays){
		.key = numbers,
		.kind = numbers + count,
		.comm = numbers + 2 * count,
		.pid = (int64_t *)numbers + 3 * count,
		.start_time = (int64_t *)numbers + 4 * count,
		.parts = numbers + 5 * count,
		.part_count = numbers + 6 * count,
		.text = (char *)(numbers + 7 * count),
	};
	(void)fill(of, count, get, &arrays);
	*s = (struct tcpmem_subjects){
		.size = sizeof(*s),
		.count = count,
		.text = arrays.text,
		.text_size = text_size,
		.key = arrays.key,
		.kind = arrays.kind,
		.comm = arrays.comm,
		.pid = arrays.pid,
		.start_time = arrays.start_time,
		.parts = arrays.parts,
		.part_count = arrays.part_count,
	};
	*subjects = s;
	return 0;
}

static struct tcpmem_subject get_process(const void *of, size_t i)
{
	const struct tcpmem_process *process =
		tm_holders_get_process(of, (uint32_t)i);

	return (struct tcpmem_subject){
		.key = process->comm,
		.kind = tcpmem_kind_describe(TCPMEM_KIND_PROCESS)->name,
		.process = process,
	};
}

int tcpmem_snapshot_get_processes(const struct tcpmem_snapshot *snapshot,
				  struct tcpmem_subjects **processes)
{
	size_t count = snapshot->holders
			       ? tm_holders_process_count(snapshot->holders)
			       : 0;

	return tm_subjects_make(snapshot->holders, count, get_process,
				processes);
}

static int get_value(const void *of, size_t i, enum tcpmem_column column,
		     unsigned int which, int64_t *value)
{
	const struct tcpmem_snapshot *snap = of;
	const struct tcpmem_socket *sock = &snap->sockets.sock[i];

	if (column == TCPMEM_COLUMN_METRIC)
		return tcpmem_socket_get_metric(sock, (enum tcpmem_metric)which,
						value);
	if (column == TCPMEM_COLUMN_INFO)
		return tcpmem_socket_get_info(snap, sock,
					      (enum tcpmem_info)which, value);
	return tcpmem_socket_get_field(sock, (enum tcpmem_socket_field)which,
				       value);
}

int tcpmem_snapshot_read_column(const struct tcpmem_snapshot *snapshot,
				enum tcpmem_column column, unsigned int which,
				int64_t *values, size_t count)
{
	static const struct tm_columns columns = {
		.end = { [TCPMEM_COLUMN_METRIC] = TCPMEM_METRIC_COUNT,
			 [TCPMEM_COLUMN_INFO] = TCPMEM_INFO_COUNT,
			 [TCPMEM_COLUMN_FIELD] = TCPMEM_SOCKET_FIELD_COUNT },
		.get = get_value,
	};

	return tm_columns_read(&columns, snapshot, snapshot->sockets.count,
			       column, which, values, count);
}

int tcpmem_snapshot_read_addresses(const struct tcpmem_snapshot *snapshot,
				   uint8_t (*local)[16], uint8_t (*remote)[16],
				   size_t count)
{
	if (count != snapshot->sockets.count)
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		tcpmem_socket_get_addresses(&snapshot->sockets.sock[i],
					    local[i], remote[i]);
	return 0;
}

int tcpmem_snapshot_read_holders(const struct tcpmem_snapshot *snapshot,
				 uint64_t *offset, size_t count,
				 uint32_t *process, size_t capacity)
{
	const struct tcpmem_socket *sock = snapshot->sockets.sock;

	if (count != snapshot->sockets.count)
		return -EINVAL;
	offset[0] = 0;
	for (size_t i = 0; i < count; i++)
		offset[i + 1] = offset[i] + tcpmem_snapshot_get_holder_count(
						    snapshot, &sock[i]);
	if (!process)
		return 0;
	if (capacity < offset[count])
		return -ENOSPC;
	for (size_t i = 0; i < count; i++)
		for (size_t h = 0; h < offset[i + 1] - offset[i]; h++)
			process[offset[i] + h] = tm_holder_get(
				snapshot->holders, sock[i].holder, h);
	return 0;
}
