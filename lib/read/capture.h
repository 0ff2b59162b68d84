/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * capture.h - facts -> a saved file -> facts
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
 *   accounting      what the kernel counted; for each: name, value
 *   warnings       for each: name, text
 *
 * An empty path is one that is not known. Names stand for numbers that may
 * change. A raw dump that "ss -D" made has
 * the messages alone.
 */
#ifndef TM_READ_CAPTURE_H
#define TM_READ_CAPTURE_H

#include "model/snapshot.h"
#include "read/capture_format.h"
#include "read/record.h"

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
int tm_capture_put_processes(struct tm_capture_writer *writer,
			     const struct tm_holders *holders,
			     const struct tm_metadata *metadata);
int tm_capture_put_holders(struct tm_capture_writer *writer,
			   const struct tm_holders *holders, bool complete,
			   bool nested);
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
 */
struct tm_capture {
	bool foreign;
	struct tm_clock clock;
	struct tm_capture_scope scope;
	struct tm_host host;
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
	struct tm_warnings warnings;
};

/*
 * struct tm_capture_sink - where messages go, in the order of the file
 * @message: 0 to go on, anything else ends the reading and is returned
 * @restart: all that came in role SOCKETS is void
 */
struct tm_capture_sink {
	int (*message)(const struct tm_capture_message *message,
		       const struct tm_capture *capture, void *user);
	int (*restart)(void *user);
	void *user;
};

/*
 * tm_capture_read() - reads a capture or a dump of "ss -D" to its end
 * @salvage: reads what is whole; a warning says what was not
 *
 * What is allocated stays in proportion to what was read.
 *
 * Return: 0; -EBADMSG if it is neither, or cut or corrupt; -ENOTSUP for the
 * other byte order or a later major version; -errno of read(2); -ENOMEM; or
 * what @sink returned. @error says where and what was found there. @capture
 * is to be cleared in any case.
 */
int tm_capture_read(int fd, bool salvage, const struct tm_capture_sink *sink,
		    struct tm_capture *capture, struct tm_capture_error *error);
void tm_capture_clear(struct tm_capture *capture);

#endif
