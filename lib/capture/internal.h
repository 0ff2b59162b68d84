/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* internal.h - captures: written, read, replaced as a whole */
#ifndef TM_CAPTURE_INTERNAL_H
#define TM_CAPTURE_INTERNAL_H

#include "capture/format.h"
#include "model/snapshot.h"

#include <limits.h>
#include <sys/stat.h>

/*
 * facts -> a saved file -> facts
 *
 * Sections in the order in which a capture is taken:
 *
 *   clock      wall ns, boot-time ns, boot id
 *   query      mask of states, holders asked for
 *   host       for each fact: name, value
 *   objects    for each: name, bytes, source
 *   netns      for each: number, inode in nsfs, name, whether it was the
 *              caller's
 *   messages   netns u32, protocol u32, inode u64, role u32, zero u32; then
 *              netlink messages as received
 *   restart    what came before in messages of role SOCKETS is void
 *   dark       for each socket that no dump showed: its fields, as read
 *   cgroups    for each that a socket was made in: id, path
 *   processes  for each: number, pid, uid, start time, comm, program, cgroup
 *   holders    whether every process could be read u32, whether there are
 *              others outside of the PID namespace u32; then for each inode:
 *              inode, count, numbers of processes
 *   closed     for each inode that nobody held, and that no socket had any more
 *              when all were dumped again: inode u32
 *   limits     for each limit and counter that was read: number of its
 *              namespace u32 or TM_CAPTURE_HOST, name, TM_SAVED_* u32, value,
 *              where a range begins, how much is used
 *   accounting      what the kernel counted; for each: name, value
 *   warnings       for each: name, text
 *
 * An empty path is one that is not known. Names stand for numbers that may
 * change. A raw dump that "ss -D" made has
 * the messages alone.
 */

/* What the messages of a section are for. */
enum tm_capture_role {
	TM_CAPTURE_SOCKETS,   /* the answer */
	TM_CAPTURE_LISTENERS, /* whose accept queues connections wait in */
};

/* What was asked for when the capture was taken. */
struct tm_capture_scope {
	uint32_t states;
	bool holders;
	bool info; /* tcp_info too */
};

/*
 * struct tm_capture_writer - saves what a collection hands it, as it comes
 */
struct tm_capture_writer {
	struct tm_frame_writer frames;
	struct tm_record record;
};

/* tm_capture_create() - begins a capture in @fd. 0 or -errno */
int tm_capture_create(int fd, struct tm_capture_writer *writer);

/*
 * tm_capture_put() - puts the record of @writer, which is ended here
 *
 * Return, as all that follow: 0, or -errno of write(2).
 */
int tm_capture_put(struct tm_capture_writer *writer, enum tm_section_type type);

int tm_capture_put_clock(struct tm_capture_writer *writer,
			 const struct tm_clock *clock);
int tm_capture_put_scope(struct tm_capture_writer *writer,
			 const struct tm_capture_scope *scope);
int tm_capture_put_host(struct tm_capture_writer *writer,
			const struct tm_host *host);
int tm_capture_put_objects(struct tm_capture_writer *writer,
			   const struct tm_objects *objects);
int tm_capture_put_netns(struct tm_capture_writer *writer, uint32_t number,
			 const struct tm_netns *netns);
int tm_capture_put_restart(struct tm_capture_writer *writer);
int tm_capture_put_dark(struct tm_capture_writer *writer,
			const struct tcpmem_socket *sock);
int tm_capture_put_cgroups(struct tm_capture_writer *writer,
			   const struct tm_metadata *metadata);
int tm_capture_put_names(struct tm_capture_writer *writer,
			 const struct tm_metadata *metadata);
int tm_capture_put_processes(struct tm_capture_writer *writer,
			     const struct tm_holders *holders,
			     const struct tm_metadata *metadata);
int tm_capture_put_holders(struct tm_capture_writer *writer,
			   const struct tm_holders *holders, bool complete,
			   bool nested);

/* tm_capture_put_closed() - an inode that no socket has any more */
int tm_capture_put_closed(struct tm_capture_writer *writer, uint32_t inode);

/* Limits of the host, not of a namespace. */
#define TM_CAPTURE_HOST UINT32_MAX

/*
 * Of so many namespaces limits are read: they take a hundred times as much
 * memory as the least that a file can say of them.
 */
#define TM_CAPTURE_LIMITS_NETNS 4096

/* So many warnings are read, and of each code the first; none says less. */
#define TM_CAPTURE_WARNINGS 256

/* tm_capture_put_limits() - those of a namespace, or of TM_CAPTURE_HOST */
int tm_capture_put_limits(struct tm_capture_writer *writer, uint32_t netns,
			  const struct tm_limits *limits);
int tm_capture_put_accounting(struct tm_capture_writer *writer,
			      const struct tm_accounting *accounting);
int tm_capture_put_warnings(struct tm_capture_writer *writer,
			    const struct tm_warnings *warnings);

/*
 * struct tm_capture_message - a netlink message as received
 * @netns: number of its namespace among those of the capture
 */
struct tm_capture_message {
	const void *data;
	size_t len;
	uint32_t netns;
	bool mptcp; /* it answers a request for MPTCP sockets */
	enum tm_capture_role role;
};

/* Besides, -EMSGSIZE if it is longer than any message of the kernel. */
int tm_capture_put_message(struct tm_capture_writer *writer,
			   const struct tm_capture_message *message,
			   uint64_t netns_inode);

/* tm_capture_finish() - the capture is whole. 0 or -errno */
int tm_capture_finish(struct tm_capture_writer *writer);
void tm_capture_close(struct tm_capture_writer *writer);

/*
 * struct tm_capture - what a capture says besides its messages
 * @foreign: made by "ss -D"; only the namespace is filled in, unnamed
 * @complete: every process could be read
 * @nested: there are others, outside of the PID namespace
 * @closed: inodes of sockets that were closed while it was taken; sorted
 * @limits: of the host; NULL: not wanted, or not there
 * @limits_netns: how many namespaces have theirs
 * @limits_left_out: there are more, which were not read
 * @warnings_left_out: how many were not read, of codes that others have, such
 *	as @code_left_out
 */
struct tm_capture {
	bool foreign;
	struct tm_clock clock;
	struct tm_capture_scope scope;
	struct tm_host host;
	struct tm_limits *limits;
	size_t limits_netns;
	bool limits_left_out;
	struct tm_objects objects;
	struct tm_accounting accounting; /* the kernel's side */
	struct tcpmem_socket *dark;
	size_t dark_count;
	size_t dark_capacity;
	struct tm_netns *netns;
	size_t netns_count;
	size_t netns_capacity;
	struct tm_holders *holders;
	struct tm_metadata metadata;
	bool complete;
	bool nested;
	uint32_t *closed;
	size_t closed_count, closed_capacity;
	struct tm_warnings warnings;
	size_t warnings_left_out;
	enum tcpmem_warning_code code_left_out;
};

/* tm_capture_has_closed() - whether that inode's socket was, of those read */
bool tm_capture_has_closed(const struct tm_capture *capture, uint32_t inode);

/*
 * struct tm_capture_sink - where messages go, in the order of the file
 * @message: 0 to go on, anything else ends the reading and is returned
 * @restart: all that came in role SOCKETS is void
 * @limits: they are wanted: they take more memory than room in the file
 */
struct tm_capture_sink {
	int (*message)(const struct tm_capture_message *message,
		       const struct tm_capture *capture, void *user);
	int (*restart)(void *user);
	bool limits;
	void *user;
};

/*
 * tm_capture_read() - reads a capture or a dump of "ss -D" to its end
 * @salvage: reads what is whole; a warning says what was not
 *
 * What is allocated stays in proportion to what was read.
 *
 * Return: 0; -EBADMSG if it is neither, or cut or corrupt; -ENOTSUP for a
 * later major version; -errno of read(2); -ENOMEM; or what @sink returned.
 * @error says where and what was found there. @capture
 * is to be cleared in any case.
 */
int tm_capture_read(int fd, bool salvage, const struct tm_capture_sink *sink,
		    struct tm_capture *capture, struct tm_capture_error *error);
void tm_capture_clear(struct tm_capture *capture);

/* ---- the sections of a capture -> facts and messages ---- */

/* The ascending numbers of a file, mapped to our indices. */
struct tm_numbers {
	uint32_t *number;
	size_t count;
	size_t capacity;
};

struct tm_capture_load {
	const struct tm_capture_sink *sink;
	struct tm_capture *capture;
	struct tm_numbers netns;
	struct tm_numbers processes;
	size_t metadata_capacity; /* of the processes' metadata */
	uint64_t *pair;		  /* inode << 32 | index of a process */
	size_t pair_count;
	size_t pair_capacity;
	uint8_t *swapped;   /* a message of the other byte order, copied */
	const char *reason; /* what is wrong with a record */
};

/* tm_numbers_find() - where @number stands; @numbers->count if it does not */
size_t tm_numbers_find(const struct tm_numbers *numbers, uint32_t number);

/* tm_load_number() - a new one. 0, -EBADMSG if it does not ascend, -ENOMEM */
int tm_load_number(struct tm_capture_load *load, struct tm_numbers *numbers,
		   uint32_t number);

/* tm_load_count() - a number that is 1 more; 0 is unknown */
int64_t tm_load_count(struct tm_cursor *record);

/* tm_load_malformed() - notes why. Return: -EBADMSG */
int tm_load_malformed(struct tm_capture_load *load, const char *reason);

/* One record of a section of that type. Return: as tm_capture_load_section().
 */
int tm_load_clock(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_scope(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_fact(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_object(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_dark(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_cgroup(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_name(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_process(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_inode(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_closed(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_limit(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_book(struct tm_capture_load *load, struct tm_cursor *record);
int tm_load_warning(struct tm_capture_load *load, struct tm_cursor *record);

/*
 * tm_capture_load_section() - takes in what a section says
 *
 * Return: 0; -EBADMSG if its records make no sense; -ENOMEM; or what the sink
 * returned.
 */
int tm_capture_load_section(struct tm_capture_load *load,
			    const struct tm_section *section,
			    struct tm_capture_error *error);

/*
 * tm_swap_message() - a message of the other byte order into this host's
 * @len: of a netlink message, as its head has it
 *
 * All that is read of a socket; what is not is left as it is.
 */
void tm_swap_message(uint8_t *message, size_t len, bool mptcp);

/* tm_capture_load_finish() - after the last section. 0 or -ENOMEM. */
int tm_capture_load_finish(struct tm_capture_load *load);
void tm_capture_load_clear(struct tm_capture_load *load);

/*
 * raw dumps that "ss -D" made
 *
 * Netlink messages as received and nothing else, one dump behind the other:
 * ss asks for IPv4, then for IPv6, and files may have been joined. Each dump
 * ends with NLMSG_DONE.
 */

/* tm_capture_is_ss() - whether a dump of sock_diag begins here */
bool tm_capture_is_ss(const uint8_t *data, size_t len);

/*
 * tm_capture_read_ss() - hands on the messages of all dumps in the file
 *
 * Return: as tm_capture_read().
 */
int tm_capture_read_ss(struct tm_input *input,
		       const struct tm_capture_sink *sink,
		       struct tm_capture *capture,
		       struct tm_capture_error *error);

/*
 * the directory and the name that a path to write to leads to
 *
 * Whoever may write to a directory may put a symbolic link there. A link is
 * followed if it belongs to the caller, to root, or to the directory's owner,
 * and if the kernel would follow it (fs.protected_symlinks). No component is
 * looked up twice, so none can be exchanged in between.
 */

/*
 * struct tm_target - what a path leads to
 * @dir: its directory, opened with O_PATH
 * @name: in @dir, and no symbolic link unless @magic
 * @magic: a link of /proc, which stands for what a process has open
 * @exists: there is such a file, and @st is what it is
 */
struct tm_target {
	int dir;
	char name[NAME_MAX + 1];
	bool magic;
	bool exists;
	struct stat st;
};

/*
 * tm_target_open() - where @path leads
 *
 * Return: 0; -EACCES if it leads over another user's link; -EISDIR if it has
 * no name behind the last slash; -ELOOP, -ENAMETOOLONG, or -errno of open(2).
 */
int tm_target_open(const char *path, struct tm_target *target);
void tm_target_close(struct tm_target *target);

/*
 * a file that is replaced as a whole
 *
 * Whoever looks, and whenever the writer dies, finds the old file or the new
 * one. A pipe or a device is written to as it is. What another user has put at
 * the path is not written to where a shell's ">" would not.
 */

/*
 * struct tm_capture_file - @fd: what is written; it has no name until it is
 * whole, if @replaces
 */
struct tm_capture_file {
	int fd;
	bool replaces;
	struct tm_target target;
};

/*
 * tm_capture_file_open() - begins to write what @path shall be
 *
 * Only its owner may read the new file: it tells of every user's sockets.
 *
 * Return: 0; -EACCES for another user's link, pipe, or file in a sticky
 * directory; -errno of open(2).
 */
int tm_capture_file_open(const char *path, struct tm_capture_file *file);

/*
 * tm_capture_file_commit() - puts the new file in the place of the old one
 *
 * It is on the disk before it gets the name, and the name before this returns.
 * A signal to the calling thread waits meanwhile. @file is closed whatever
 * happens.
 *
 * Return: 0, or -errno of write(2), fsync(2) or rename(2).
 */
int tm_capture_file_commit(struct tm_capture_file *file);

/* tm_capture_file_abort() - leaves the old file as it was */
void tm_capture_file_abort(struct tm_capture_file *file);

#endif
