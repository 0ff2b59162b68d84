/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* internal.h - network namespaces: found, named, entered, counted */
#ifndef TM_NETNS_INTERNAL_H
#define TM_NETNS_INTERNAL_H

#include "base/ctx.h"
#include "model/snapshot.h"

/* ---- one network namespace's own count of its TCP sockets ---- */

/*
 * struct tm_sockstat - what the namespace counts
 * @inuse: TCP sockets, both families, that the kernel's tables hold: all but
 *	bound-inactive and unbound ones, which have no buffers, dark ones and
 *	mini-sockets
 * @time_wait: mini-sockets in TIME_WAIT, and of closed sockets in FIN_WAIT2
 * @mptcp: MPTCP connections; 6.1 counts none, however many there are
 * @has_mptcp: the kernel knows the protocol
 */
struct tm_sockstat {
	uint64_t inuse;
	uint64_t time_wait;
	uint64_t mptcp;
	bool has_mptcp;
};

/*
 * tm_sockstat_read() - reads the counts of one namespace
 * @net: its net directory, below the root of /proc; NULL is that of the
 *	calling thread
 *
 * Return: 0; -errno of reading; -EBADMSG if a count is not there.
 */
int tm_sockstat_read(const struct tcpmem_ctx *ctx, const char *net,
		     struct tm_sockstat *stat);

/*
 * tm_sockstat_is_empty() - nothing that a dump of the namespace would show,
 * but sockets that are bound and neither listen nor connect
 *
 * A request socket implies its listener, or ends within its timer when that
 * was closed.
 */
bool tm_sockstat_is_empty(const struct tm_sockstat *stat);

/*
 * tm_sockstat_used_mptcp() - whether the namespace ever sent or was sent an
 * MPTCP handshake: kernels that count no connections say this
 * @net: as for tm_sockstat_read()
 */
bool tm_sockstat_used_mptcp(const struct tcpmem_ctx *ctx, const char *net);

/* tm_sockstat_has_tls() - whether software kTLS is in use, as the thread sees
 */
bool tm_sockstat_has_tls(const struct tcpmem_ctx *ctx);

/*
 * struct tm_ns_files - files of a namespace's net directory, kept open: they
 * are read without entering it, and keep it alive
 */
struct tm_ns_files;

/*
 * tm_ns_files_open() - those of the namespace that the calling thread is in
 *
 * Return: NULL if they cannot be opened.
 */
struct tm_ns_files *tm_ns_files_open(const struct tcpmem_ctx *ctx);
void tm_ns_files_close(struct tm_ns_files *files);

/* How many files of a namespace are read */
#define TM_NS_FILES 4

/*
 * struct tm_ns_files_look - one count of many namespaces
 * @tcp_alone: of a namespace that has TCP sockets and none in TIME_WAIT, msks
 *	are not counted: net/protocols takes ten times as long as the others
 * @ipv6_known, @tls_known: the kernel has the module whose file that is
 */
struct tm_ns_files_look {
	bool tcp_alone;
	bool ipv6_known, tls_known;
};

/* tm_ns_files_begin() - before the first namespace of a look */
void tm_ns_files_begin(const struct tcpmem_ctx *ctx,
		       struct tm_ns_files_look *look);

/*
 * tm_ns_files_read() - tm_sockstat_read() and, unless there is no socket,
 * tm_sockstat_has_tls()
 *
 * Return: likewise; -ENOENT if one of the files has come since.
 */
int tm_ns_files_read(const struct tcpmem_ctx *ctx,
		     const struct tm_ns_files_look *look,
		     const struct tm_ns_files *files, struct tm_sockstat *stat,
		     bool *tls);

/*
 * the network namespaces that the caller may see
 *
 * A namespace is known by its inode in nsfs and reached by ways: paths that
 * lead to it. No fd is kept open for them: a host may have thousands.
 */

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

/*
 * struct tm_task - who is in a namespace
 * @pid: a process; 0 if none is known
 * @tid: the thread of it that is, and is not the first; 0: the first one is
 */
struct tm_task {
	uint32_t pid, tid;
};

#define TM_NO_TASK ((struct tm_task){ 0 })

/* Room for "PID/task/TID/net/sockstat". */
#define TM_TASK_PATH 64

/* tm_task_path() - of a task, and what is below, "" or "/net"; in /proc */
void tm_task_path(struct tm_task task, const char *below,
		  char path[TM_TASK_PATH]);

/*
 * struct tm_ns - one namespace
 * @inode: in nsfs; 0 if it is the caller's and could not be looked up
 * @way: paths, below the root of /proc unless absolute
 * @fd: an open namespace that no path leads to; else -1
 * @files: to be counted by; NULL: it has to be entered
 * @task: is inside; a process rather than a thread of one that is elsewhere
 * @own: the caller's
 * @label_read: of @task, whether it gave a name or not
 */
struct tm_ns {
	uint64_t inode;
	char *way[TM_NS_WAYS];
	size_t way_count;
	int fd;
	struct tm_ns_files *files;
	struct tm_task task;
	bool own, label_read;
	enum tm_ns_rank rank;
	char *name;
};

/*
 * struct tm_ns_unreadable - a namespace that may not be looked up
 * @net_inode: of its net/sockstat in /proc, which tells such namespaces apart
 */
struct tm_ns_unreadable {
	uint64_t net_inode;
	struct tm_task task;
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
 *
 * Return: 0; as tm_ns_read_link() if it could not be looked up. The list can
 * be used then, but for one namespace only: another might be the caller's too.
 */
int tm_ns_list_init(const struct tcpmem_ctx *ctx, struct tm_ns_list *list);
void tm_ns_list_clear(struct tm_ns_list *list);

/* tm_ns_list_find() - index of the namespace; @list->count if it is not there
 */
size_t tm_ns_list_find(const struct tm_ns_list *list, uint64_t inode);

/*
 * tm_ns_list_add() - a namespace and a way to it; known ones get the way
 * @way: NULL if there is none
 * @task: is inside; only a process takes the place of a thread
 *
 * Return: 0; -E2BIG if sockets could not refer to so many; -ENOMEM.
 */
int tm_ns_list_add(struct tm_ns_list *list, uint64_t inode, const char *way,
		   struct tm_task task, size_t *index);

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
 * @label: the container or unit that lives there is looked up
 *
 * Its ip-netns name, "self", the container or unit that lives there, or its
 * inode's digits. No two namespaces of a list get the same name.
 *
 * Return: 0, or -ENOMEM.
 */
int tm_ns_name(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
	       size_t index, bool label);

/*
 * tm_ns_read_link() - the inode that a link of that kind below @dirfd names
 *
 * Return: 0, -errno of readlinkat(2), or -EBADMSG.
 */
int tm_ns_read_link(int dirfd, const char *path, const char *kind,
		    uint64_t *inode);

/* ---- going into a namespace ---- */

/*
 * tm_ns_enter() - moves the calling thread into @ns
 *
 * For helper threads alone: nothing moves them back, they end.
 *
 * Return: 0; -EACCES or -EPERM if the caller may not; -ENOENT if the
 * namespace is gone, or what the ways lead to is another one by now; -EMFILE,
 * -ENFILE, -ENOMEM.
 */
int tm_ns_enter(const struct tcpmem_ctx *ctx, const struct tm_ns *ns);

/*
 * tm_ns_probe() - the inode of the network namespace that a path leads to
 * @path: below the root of /proc unless absolute
 *
 * Return: 0; -EINVAL if it is no network namespace; -errno of open(2).
 */
int tm_ns_probe(const struct tcpmem_ctx *ctx, const char *path,
		uint64_t *inode);

/* ---- namespaces that the kernel lists: listns(2), Linux 6.19 ---- */

/*
 * struct tm_ns_lister - the kernel, or a test in its place
 * @list: up to @count ids of network namespaces behind @after; how many, or
 *	-errno
 * @open: an fd of the namespace with that id, or -errno
 */
struct tm_ns_lister {
	int (*list)(uint64_t after, uint64_t *ids, size_t count);
	int (*open)(uint64_t id);
};

extern const struct tm_ns_lister tm_ns_lister_kernel;

/*
 * tm_ns_find_listed() - adds those that are not in @list yet
 *
 * Does nothing where the kernel has no such list, and leaves out what may not
 * be opened.
 *
 * Return: 0; -ENOMEM; -EMFILE; -ENFILE.
 */
int tm_ns_find_listed(const struct tm_ns_lister *lister,
		      struct tm_ns_list *list);

/* ---- namespaces that are mounted as files ---- */

/*
 * tm_ns_parse_mount() - a network namespace in a line of mountinfo
 * @line: without its newline; it is written to
 *
 * Return: the namespace's inode, and where it is mounted in @path (inside
 * @line, octal escapes undone); 0 if the line is about something else.
 */
uint64_t tm_ns_parse_mount(char *line, const char **path);

/*
 * tm_ns_find_mounts() - adds what is mounted in one mount namespace
 * @task: who sees the mounts: a pid, or "thread-self" for the caller
 *
 * Return: 0; -errno of reading mountinfo; -ENOMEM.
 */
int tm_ns_find_mounts(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
		      const char *task);

/* ---- which namespaces a question is about ---- */

/*
 * tm_ns_select() - adds the namespaces that were asked for, once each
 * @specs: "self", an ip-netns name, a pid, an absolute path, or what
 *	tm_ns_name() calls it: a container, a unit, the inode's digits
 *
 * All processes are looked through only for what cannot be found directly.
 *
 * Return: 0; -ENOENT if there is no such namespace or process; -EINVAL if a
 * path is no network namespace; -EACCES if it may not be looked up; -ENOMEM.
 * @wrong is the index of the one it is about.
 */
int tm_ns_select(const struct tcpmem_ctx *ctx, char *const *specs, size_t count,
		 struct tm_ns_list *list, size_t *wrong);

/* ---- namespaces that tasks live in, and their mounts ---- */

/*
 * TM_NS_FEW_THREADS - threads that are always looked at one by one
 *
 * A look costs 4 us, and a thread elsewhere than its leader is rare: where
 * there are more, they wait until the kernel's accounting say that something is
 * missing.
 */
#define TM_NS_FEW_THREADS 256

/*
 * tm_ns_find_tasks() - adds the namespaces of all tasks and of all mounts
 * @threads: processes with more than so many are read by their leader only,
 *	the rest counts in @list->unread_threads
 *
 * A namespace that may not be looked up is one of @list->unreadable, once each.
 * A task that vanishes meanwhile is no error. May be called again with
 * a larger @threads; what is known stays.
 *
 * Return: 0; -EMFILE, -ENFILE or -ENOMEM; -errno if /proc itself cannot be
 * read.
 */
int tm_ns_find_tasks(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
		     size_t threads);

/*
 * tm_ns_visit_processes() - the namespaces of processes, whatever their threads
 * are in; those that may not be looked up are left out
 *
 * Return: 0; -errno of reading /proc.
 */
int tm_ns_visit_processes(const struct tcpmem_ctx *ctx,
			  void (*visit)(uint32_t pid, uint64_t netns,
					void *user),
			  void *user);

/*
 * what a namespace says that filters ask for
 *
 * Read from inside: by a thread that is in the namespace.
 */

/*
 * tm_net_facts_ports() - reads which ports the kernel chooses from
 *
 * Where that cannot be read it stays unknown.
 */
void tm_net_facts_ports(const struct tcpmem_ctx *ctx,
			struct tm_net_facts *facts);

/*
 * tm_net_facts_iface() - looks up the number of an interface
 *
 * Where that cannot be done it stays unknown. Once for each name is enough.
 */
void tm_net_facts_iface(const char *name, struct tm_net_facts *facts);

/*
 * tm_net_facts_ifindex() - looks up the name of interface @index
 *
 * That of one which is gone is its number.
 */
void tm_net_facts_ifindex(uint32_t index, struct tm_net_facts *facts);

#endif
