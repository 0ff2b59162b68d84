/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netns.h - the network namespaces that the caller may see
 *
 * A namespace is known by its inode in nsfs and reached by ways: paths that
 * lead to it. No fd is kept open for them: a host may have thousands.
 */
#ifndef TM_READ_NETNS_H
#define TM_READ_NETNS_H

#include "ctx.h"
#include "model/snapshot.h"
#include "read/sockstat.h"

/* A process that was met first lives longest: a few ways are enough. */
#define TM_NS_WAYS 4

/* Who gave a namespace its name: the higher wins. */
enum tm_ns_rank {
	TM_NS_UNNAMED,
	TM_NS_FOREIGN_MOUNT, /* a file in somebody else's mount namespace */
	TM_NS_LABEL,	     /* the container or unit that lives there */
	TM_NS_SELF,
	TM_NS_IP_NETNS, /* a file in /run/netns, as the caller sees it */
};

/* What became of a namespace. */
enum tm_ns_outcome {
	TM_NS_PENDING,
	TM_NS_DEFERRED, /* it may be that it need not be walked */
	TM_NS_DUMPED,
	TM_NS_EMPTY,  /* nothing that was worth a walk */
	TM_NS_DENIED, /* it may not be entered */
	TM_NS_GONE,
};

/*
 * struct tm_ns - one namespace
 * @inode: in nsfs; 0 if it is the caller's and could not be looked up
 * @way: paths, below the root of /proc unless absolute
 * @fd: an open namespace that no path leads to; else -1
 * @pid: a process inside; 0 if none is known
 * @own: the caller's
 * @counted: @stat could be read
 * @tls: its sockets use software kTLS
 * @facts: what the filter asks of it
 */
struct tm_ns {
	uint64_t inode;
	char *way[TM_NS_WAYS];
	size_t way_count;
	int fd;
	uint32_t pid;
	bool own;
	enum tm_ns_rank rank;
	char *name;
	enum tm_ns_outcome outcome;
	bool counted;
	struct tm_sockstat stat;
	bool tls;
	struct tm_net_facts facts;
};

/*
 * struct tm_ns_unreadable - a namespace that may not be looked up
 * @net_inode: of its net/sockstat in /proc, which tells such namespaces apart
 * @pid: a process inside
 */
struct tm_ns_unreadable {
	uint64_t net_inode;
	uint32_t pid;
};

/*
 * struct tm_ns_list - what was found
 * @unreadable: those that may not be looked up, once each
 * @own_inode: the caller's namespace; 0 if it could not be looked up
 * @unidentified: processes whose namespace could not be told at all
 * @unread_proc: tasks could not be looked at at all
 * @unread_threads: threads that were not looked at, for there were many
 */
struct tm_ns_list {
	struct tm_ns *ns;
	size_t count;
	size_t capacity;
	struct tm_ns_unreadable *unreadable;
	size_t unreadable_count;
	size_t unreadable_capacity;
	uint64_t own_inode;
	size_t unidentified;
	bool unread_proc;
	size_t unread_threads;
};

/*
 * tm_ns_list_init() - an empty list that knows which namespace is the caller's
 */
void tm_ns_list_init(const struct tcpmem_ctx *ctx, struct tm_ns_list *list);
void tm_ns_list_clear(struct tm_ns_list *list);

/* tm_ns_list_find() - index of the namespace; @list->count if it is not there
 */
size_t tm_ns_list_find(const struct tm_ns_list *list, uint64_t inode);

/*
 * tm_ns_list_add() - a namespace and a way to it; known ones get the way
 * @way: NULL if there is none
 * @pid: a process inside, or 0
 *
 * Return: 0; -E2BIG if sockets could not refer to so many; -ENOMEM.
 */
int tm_ns_list_add(struct tm_ns_list *list, uint64_t inode, const char *way,
		   uint32_t pid, size_t *index);

/*
 * tm_ns_list_add_fd() - a namespace that no path leads to
 *
 * @fd belongs to the list from now on, whatever is returned.
 *
 * Return: 0; -errno of fstat(2); -E2BIG; -ENOMEM.
 */
int tm_ns_list_add_fd(struct tm_ns_list *list, int fd, size_t *index);

/*
 * tm_ns_list_add_own() - the caller's namespace
 *
 * Return: 0, or -ENOMEM.
 */
int tm_ns_list_add_own(struct tm_ns_list *list, size_t *index);

/* tm_ns_rename() - names it if @rank is higher than its name's. 0, -ENOMEM. */
int tm_ns_rename(struct tm_ns *ns, enum tm_ns_rank rank, const char *name);

/*
 * tm_ns_name() - gives the namespace at @index its name for good
 *
 * Its ip-netns name, "self", the container or unit that lives there, or its
 * inode's digits. No two namespaces of a list get the same name.
 *
 * Return: 0, or -ENOMEM.
 */
int tm_ns_name(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
	       size_t index);

/*
 * tm_ns_read_link() - the inode that a link of that kind below @dirfd names
 *
 * Return: 0, -errno of readlinkat(2), or -EBADMSG.
 */
int tm_ns_read_link(int dirfd, const char *path, const char *kind,
		    uint64_t *inode);

#endif
