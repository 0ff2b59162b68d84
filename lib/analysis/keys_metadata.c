// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * keys_metadata.c - keys that ask where a socket or its process lives
 *
 * A socket's own cgroup comes first: the kernel reports it to everyone. Where
 * that is the root, as on hosts whose processes live in v1 hierarchies, the
 * cgroup of each holder is asked.
 */
#include "analysis/table.h"

#include "model/metadata.h"
#include "tcpmem/query.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NAME_SIZE 256

/* Flag of a key's id: the cgroup's path is unknown, the rest is its id. */
#define NO_PATH (UINT64_C(1) << 61)

static const struct tm_process_metadata *
place_of(const struct tm_key_view *view, uint32_t process)
{
	static const struct tm_process_metadata none = TM_PROCESS_METADATA_NONE;
	const struct tm_metadata *metadata = &view->snap->metadata;

	return process < metadata->process_count ? &metadata->process[process]
						 : &none;
}

static uint64_t known_or_unread(uint32_t value)
{
	return value != TM_METADATA_UNKNOWN ? value : TM_KEY_UNREAD;
}

/* The id of a process that is @member of its metadata */
#define PROCESS_ID(name, member)                                            \
	static int name(struct tm_key_view *view,                           \
			const struct tcpmem_socket *sock, uint32_t process, \
			uint64_t *id)                                       \
	{                                                                   \
		if (!tm_key_without_process(view, sock, &process, id))      \
			*id = known_or_unread(                              \
				place_of(view, process)->member);           \
		return 0;                                                   \
	}

PROCESS_ID(cmdline_id, cmdline)
PROCESS_ID(ppid_id, parent)
PROCESS_ID(program_id, program)

/* Processes of one name, whatever they execute. */
static int comm_id(struct tm_key_view *view, const struct tcpmem_socket *sock,
		   uint32_t process, uint64_t *id)
{
	const struct tm_past_owner *owner = NULL;
	const char *comm;
	uint32_t number;

	if (process == TM_KEY_NO_PROCESS)
		owner = tm_key_past_owner(view, sock);
	if (owner)
		comm = owner->process.comm;
	else if (tm_key_without_process(view, sock, &process, id))
		return 0;
	else
		comm = tm_holders_get_process(view->snap->holders, process)
			       ->comm;
	if (tm_blobs_intern(&view->blobs, comm, strlen(comm), &number) < 0)
		return -ENOMEM;
	*id = number;
	return 0;
}

static void text_format(const struct tm_key_view *view, uint64_t id, char *text,
			size_t size)
{
	if (tm_key_format_absent(id, text, size))
		return;
	snprintf(text, size, "%s",
		 tm_blobs_get(&view->snap->metadata.texts, (uint32_t)id));
	tm_key_tell_apart(text, size);
}

/* The cgroup of a socket as the kernel reports it; false if it did not. */
static bool own_cgroup(const struct tm_key_view *view,
		       const struct tcpmem_socket *sock, uint64_t *id)
{
	const struct tm_cgroup *cgroup;

	if (!(sock->flags & TM_SOCK_HAS_CGROUP))
		return false;
	cgroup = tm_metadata_find(&view->snap->metadata, sock->cgroup_id);
	if (cgroup && cgroup->path != TM_METADATA_UNKNOWN)
		*id = cgroup->path;
	else
		*id = NO_PATH | sock->cgroup_id;
	return true;
}

static bool is_root(const struct tm_key_view *view, uint64_t id)
{
	return !(id & NO_PATH) &&
	       strcmp(tm_blobs_get(&view->snap->metadata.texts, (uint32_t)id),
		      "/") == 0;
}

static int cgroup_id(struct tm_key_view *view, const struct tcpmem_socket *sock,
		     uint32_t process, uint64_t *id)
{
	if (process != TM_KEY_NO_PROCESS) {
		*id = known_or_unread(place_of(view, process)->cgroup);
		return 0;
	}
	if (own_cgroup(view, sock, id) &&
	    (!is_root(view, *id) || (sock->holder == TM_HOLDER_NONE &&
				     sock->kind != TCPMEM_KIND_HIDDEN)))
		return 0;
	if (!tm_key_without_process(view, sock, &process, id))
		*id = known_or_unread(place_of(view, process)->cgroup);
	return 0;
}

static void cgroup_format(const struct tm_key_view *view, uint64_t id,
			  char *text, size_t size)
{
	if (!(id & TM_KEY_NOBODY) && (id & NO_PATH))
		snprintf(text, size, "id %ju", (uintmax_t)(id & ~NO_PATH));
	else
		text_format(view, id, text, size);
}

/* What @name finds in the cgroup's path, kept in the table's own store. */
static int named_id(struct tm_key_view *view, const struct tcpmem_socket *sock,
		    uint32_t process, uint64_t *id,
		    int (*name)(const char *, char *, size_t))
{
	char found[NAME_SIZE];
	uint32_t number;
	uint64_t cgroup;
	int ret = cgroup_id(view, sock, process, &cgroup);

	if (ret < 0)
		return ret;
	*id = cgroup;
	if (cgroup == TM_KEY_ASK_HOLDER || (cgroup & TM_KEY_NOBODY))
		return 0;
	*id = cgroup & (TM_KEY_NONE | NO_PATH) ? TM_KEY_UNREAD : TM_KEY_NONE;
	if (*id == TM_KEY_UNREAD ||
	    name(tm_blobs_get(&view->snap->metadata.texts, (uint32_t)cgroup),
		 found, sizeof(found)) < 0)
		return 0;
	ret = tm_blobs_intern(&view->blobs, found, strlen(found), &number);
	if (ret == 0)
		*id = number;
	return ret;
}

static int unit_id(struct tm_key_view *view, const struct tcpmem_socket *sock,
		   uint32_t process, uint64_t *id)
{
	return named_id(view, sock, process, id, tm_cgroup_unit);
}

static int container_id(struct tm_key_view *view,
			const struct tcpmem_socket *sock, uint32_t process,
			uint64_t *id)
{
	return named_id(view, sock, process, id, tm_cgroup_container);
}

static int pod_id(struct tm_key_view *view, const struct tcpmem_socket *sock,
		  uint32_t process, uint64_t *id)
{
	return named_id(view, sock, process, id, tm_cgroup_pod);
}

void tm_key_format_text(const struct tm_key_view *view, uint64_t id, char *text,
			size_t size)
{
	if (tm_key_format_absent(id, text, size))
		return;
	snprintf(text, size, "%s", tm_blobs_get(&view->blobs, (uint32_t)id));
	tm_key_tell_apart(text, size);
}

/* The id is the group: two containers of one name are two rows. */
static void place_format(const struct tm_key_view *view, uint64_t id,
			 char *text, size_t size)
{
	if (tm_key_format_absent(id, text, size))
		return;
	tm_metadata_format_id(&view->snap->metadata,
			      tm_blobs_get(&view->blobs, (uint32_t)id), text,
			      size);
	tm_key_tell_apart(text, size);
}

#define OF_SUMS \
	(TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA | TCPMEM_SUMS_SUFFICE)

const struct tm_key tm_key_comm = TM_KEY(
	"comm", "name of who holds it",
	TCPMEM_NEED_HOLDERS | TCPMEM_SUMS_SUFFICE, comm_id, tm_key_format_text);
const struct tm_key tm_key_program = TM_KEY("program",
					    "executable of who holds it",
					    OF_SUMS, program_id, text_format);
const struct tm_key tm_key_cmdline = TM_KEY("cmdline",
					    "command line of who holds it",
					    OF_SUMS, cmdline_id, text_format);
const struct tm_key tm_key_ppid =
	TM_KEY("ppid", "parent of who holds it, by pid", OF_SUMS, ppid_id,
	       tm_key_format_number);
const struct tm_key tm_key_cgroup =
	TM_KEY("cgroup", "the socket's v2 cgroup, else its holder's", OF_SUMS,
	       cgroup_id, cgroup_format);
const struct tm_key tm_key_unit = TM_KEY("unit", "systemd service or scope",
					 OF_SUMS, unit_id, tm_key_format_text);
const struct tm_key tm_key_container =
	TM_KEY("container", "container or machine, by name where it is told",
	       OF_SUMS, container_id, place_format);
const struct tm_key tm_key_pod =
	TM_KEY("pod", "kubernetes pod", OF_SUMS, pod_id, place_format);
