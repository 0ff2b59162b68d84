/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot.h - all sockets of one moment, taken or from a file */
#ifndef TCPMEM_SNAPSHOT_H
#define TCPMEM_SNAPSHOT_H

#include "column.h"
#include "context.h"
#include "host.h"
#include "query.h"
#include "socket.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * ---- snapshot: what was seen at one moment; never changes ----
 */

/**
 * tcpmem_snapshot_take() - asks the kernel and keeps every socket
 *
 * Needs about 128 bytes a socket. Free it with tcpmem_snapshot_free().
 *
 * Where sock_diag cannot be used, sockets are from /proc/net/tcp, and a warning
 * says so.
 *
 * Return: 0; -EPROTONOSUPPORT if neither can be read; -ENODEV if the query's
 * filter names an interface that no namespace has; what
 * tcpmem_query_add_netns() says of namespaces that were asked for, and
 * tcpmem_query_set_holder_source() of BPF; -EAGAIN if no thread can be started;
 * -ENOMEM; -EMFILE.
 * @since 0.1
 */
TCPMEM_API int tcpmem_snapshot_take(struct tcpmem_ctx *ctx,
				    const struct tcpmem_query *query,
				    struct tcpmem_snapshot **snapshot);

/**
 * tcpmem_snapshot_save() - asks the kernel and saves its answer as it comes
 * @path: a file that is replaced as a whole when all is written, so whoever
 *	looks finds the old one or the new one; only its owner may read it. A
 *	pipe or a device is written to. A symbolic link is followed if it
 *	belongs to the caller, to root or to its directory's owner; another
 *	user's pipe, and in a sticky directory his file, are left alone.
 *
 * The file holds the kernel's messages as received, the holders and what was
 * read besides; tcpmem-capture(5) describes it. Memory grows with the inodes
 * of sockets only. @snapshot receives all but the sockets.
 *
 * Return: as tcpmem_snapshot_take(), or -errno of open(2), write(2),
 * fsync(2) or rename(2); -EACCES for what another user has put at @path. The
 * old file is untouched then. A writer that is killed leaves nothing, but for
 * a file named .tcpmem- and six letters if that happens while it is named.
 * @since 0.1
 */
TCPMEM_API int tcpmem_snapshot_save(struct tcpmem_ctx *ctx,
				    const struct tcpmem_query *query,
				    const char *path,
				    struct tcpmem_snapshot **snapshot);

/**
 * tcpmem_snapshot_save_fd() - the same to an open file or pipe
 *
 * @fd stays open and is not synchronised.
 *
 * Return: as tcpmem_snapshot_take(), or -errno of write(2).
 * @since 0.1
 */
TCPMEM_API int tcpmem_snapshot_save_fd(struct tcpmem_ctx *ctx,
				       const struct tcpmem_query *query, int fd,
				       struct tcpmem_snapshot **snapshot);

/**
 * struct tcpmem_capture_error - why a file cannot be loaded
 * @size: sizeof(struct tcpmem_capture_error), set by the caller
 * @offset: the byte of the file at which it stops making sense
 * @text: what was found there; "" if the file is not the cause
 */
struct tcpmem_capture_error {
	size_t size;
	uint64_t offset;
	char text[160];
};

/**
 * enum tcpmem_load_flag - mask bits
 * @TCPMEM_LOAD_SALVAGE: a damaged capture is read as far as it is whole; what
 *	is missing is a warning, not an error
 * @since 0.1
 */
enum tcpmem_load_flag {
	TCPMEM_LOAD_SALVAGE = 0x1,
};

/**
 * tcpmem_snapshot_load() - the snapshot that a file holds
 * @query: what of it is wanted; what it lacks of that is a warning
 * @path: what tcpmem_snapshot_save() wrote, or a raw dump made by "ss -D"
 * @flags: 0 or %TCPMEM_LOAD_SALVAGE
 * @error: written if the file is at fault; may be NULL
 *
 * Answers as the snapshot would have that was taken instead of saved. Needs
 * about 150 bytes a socket.
 *
 * Return: 0; -EBADMSG if it is no capture, or cut, or corrupt; -ENOTSUP if it
 * is of a later major version; -ENOENT if it lacks a network namespace that was
 * asked for, -ENODEV if the query's filter names an interface that none of them
 * has; -EINVAL for unknown @flags or if @error->size is too small; -ENOMEM;
 * -errno of open(2) or read(2).
 * @since 0.1
 */
TCPMEM_API int tcpmem_snapshot_load(struct tcpmem_ctx *ctx,
				    const struct tcpmem_query *query,
				    const char *path, unsigned int flags,
				    struct tcpmem_capture_error *error,
				    struct tcpmem_snapshot **snapshot);

/**
 * tcpmem_snapshot_load_fd() - the same from an open file or a pipe
 * @since 0.1
 */
TCPMEM_API int tcpmem_snapshot_load_fd(struct tcpmem_ctx *ctx,
				       const struct tcpmem_query *query, int fd,
				       unsigned int flags,
				       struct tcpmem_capture_error *error,
				       struct tcpmem_snapshot **snapshot);

/** tcpmem_snapshot_free() - frees it and all that it handed out @since 0.1 */
TCPMEM_API void tcpmem_snapshot_free(struct tcpmem_snapshot *snapshot);

/**
 * tcpmem_snapshot_get_time_ns() - wall clock when it began, ns since 1970
 *
 * Return: the time; %TCPMEM_UNKNOWN if a file does not say, as a dump of
 * "ss -D".
 * @since 0.1
 */
TCPMEM_API int64_t
tcpmem_snapshot_get_time_ns(const struct tcpmem_snapshot *snapshot);

/**
 * tcpmem_snapshot_get_boot() - names the run of the kernel
 * @ns: receives the ns since the kernel was started, at the moment of
 *	tcpmem_snapshot_get_time_ns(), by a clock that neither jumps nor stands
 *	still; %TCPMEM_UNKNOWN if a file does not say
 *
 * Cookies and processes of two snapshots are the same ones if the name is.
 *
 * Return: the name; "" if unknown.
 * @since 0.1
 */
TCPMEM_API const char *
tcpmem_snapshot_get_boot(const struct tcpmem_snapshot *snapshot, int64_t *ns);

/** tcpmem_snapshot_get_socket_count() - how many sockets it keeps @since 0.1 */
TCPMEM_API size_t
tcpmem_snapshot_get_socket_count(const struct tcpmem_snapshot *snapshot);

/**
 * tcpmem_snapshot_get_socket() - the socket at @index, below the count
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_socket *
tcpmem_snapshot_get_socket(const struct tcpmem_snapshot *snapshot,
			   size_t index);

/**
 * tcpmem_snapshot_get_holder_count() - how many processes hold @sock
 * @since 0.1
 */
TCPMEM_API size_t
tcpmem_snapshot_get_holder_count(const struct tcpmem_snapshot *snapshot,
				 const struct tcpmem_socket *sock);

/** tcpmem_snapshot_get_holder() - the holder of @sock at @index @since 0.1 */
TCPMEM_API const struct tcpmem_process *
tcpmem_snapshot_get_holder(const struct tcpmem_snapshot *snapshot,
			   const struct tcpmem_socket *sock, size_t index);

/**
 * tcpmem_snapshot_get_netns_count() - how many network namespaces it knows
 *
 * Those without a socket, and those that may not be entered, included.
 * @since 0.1
 */
TCPMEM_API size_t
tcpmem_snapshot_get_netns_count(const struct tcpmem_snapshot *snapshot);

/**
 * tcpmem_snapshot_get_netns() - the network namespace at @index, below the
 * count
 * @inode: receives its inode in nsfs; %TCPMEM_UNKNOWN if unknown; may be NULL
 *
 * Return: its name; never NULL, maybe a number.
 * @since 0.1
 */
TCPMEM_API const char *
tcpmem_snapshot_get_netns(const struct tcpmem_snapshot *snapshot, size_t index,
			  int64_t *inode);

/**
 * tcpmem_snapshot_get_host_metric() - what the host says about itself
 *
 * Return: 0, or -ENODATA if it could not be read.
 * @since 0.1
 */
TCPMEM_API int
tcpmem_snapshot_get_host_metric(const struct tcpmem_snapshot *snapshot,
				enum tcpmem_host_metric fact, int64_t *value);

/**
 * tcpmem_snapshot_get_object() - slab bytes of one such object
 * @source: receives where that size was read; may be NULL
 * @since 0.1
 */
TCPMEM_API uint32_t tcpmem_snapshot_get_object(
	const struct tcpmem_snapshot *snapshot, enum tcpmem_object object,
	enum tcpmem_object_source *source);

/**
 * tcpmem_snapshot_get_states() - of which states it has sockets, if there are
 * any
 *
 * Those that the query selected, and its filter allows; of a capture without
 * those that it was not asked for. None where the filter excludes all of them.
 *
 * Return: a mask, of which bit 1 << state stands for a state.
 * @since 0.1
 */
TCPMEM_API uint32_t
tcpmem_snapshot_get_states(const struct tcpmem_snapshot *snapshot);

/**
 * tcpmem_snapshot_is_complete() - false if a warning hides something
 * @since 0.1
 */
TCPMEM_API bool
tcpmem_snapshot_is_complete(const struct tcpmem_snapshot *snapshot);

/**
 * tcpmem_snapshot_get_unseen() - what the query selected and was not seen
 * @needs: %TCPMEM_NEED_HOLDERS if the answer rests on who holds the sockets,
 *	%TCPMEM_NEED_INFO if on their counters, or 0
 *
 * A namespace or a process that the query did not select hides nothing of it.
 *
 * Return: the text of the warning that says why; NULL if all was seen.
 * @since 0.1
 */
TCPMEM_API const char *
tcpmem_snapshot_get_unseen(const struct tcpmem_snapshot *snapshot,
			   uint32_t needs);

/**
 * tcpmem_snapshot_get_warning() - what it hides, in a sentence
 * @code: receives what kind of warning it is; may be NULL
 *
 * Return: the text of the warning at @index; NULL if there are fewer.
 * @since 0.1
 */
TCPMEM_API const char *
tcpmem_snapshot_get_warning(const struct tcpmem_snapshot *snapshot,
			    size_t index, enum tcpmem_warning_code *code);

/*
 * ---- all sockets at once ----
 */

/**
 * tcpmem_snapshot_read_column() - one value of every socket
 * @column: %TCPMEM_COLUMN_METRIC, INFO or FIELD
 * @which: the number that goes with it
 * @values: @count of them, as many as sockets
 *
 * Return: 0, or -EINVAL, see enum tcpmem_column.
 * @since 0.1
 */
TCPMEM_API int
tcpmem_snapshot_read_column(const struct tcpmem_snapshot *snapshot,
			    enum tcpmem_column column, unsigned int which,
			    int64_t *values, size_t count);

/**
 * tcpmem_snapshot_read_addresses() - the addresses of every socket
 * @local: 16 bytes for each, as tcpmem_socket_get_addresses() writes them
 * @remote: likewise
 * @count: as many as sockets
 *
 * Return: 0, or -EINVAL if there are not @count sockets.
 * @since 0.1
 */
TCPMEM_API int
tcpmem_snapshot_read_addresses(const struct tcpmem_snapshot *snapshot,
			       uint8_t (*local)[16], uint8_t (*remote)[16],
			       size_t count);

/**
 * tcpmem_snapshot_read_holders() - the processes that hold every socket
 * @offset: @count + 1 of them, @count as many as sockets: the holders of socket
 *	i are @process[@offset[i]] up to, and without, @process[@offset[i + 1]]
 * @process: indices into what tcpmem_snapshot_get_processes() gives; NULL asks
 *	for the offsets alone, the last of which is the capacity that is needed
 * @capacity: how many @process can take
 *
 * Return: 0; -EINVAL if there are not @count sockets; -ENOSPC if @capacity is
 * too small, and then the offsets are written.
 * @since 0.1
 */
TCPMEM_API int
tcpmem_snapshot_read_holders(const struct tcpmem_snapshot *snapshot,
			     uint64_t *offset, size_t count, uint32_t *process,
			     size_t capacity);

/**
 * tcpmem_snapshot_get_processes() - all processes that hold sockets
 * @processes: key and comm are their names
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int
tcpmem_snapshot_get_processes(const struct tcpmem_snapshot *snapshot,
			      struct tcpmem_subjects **processes);

#ifdef __cplusplus
}
#endif

#endif
