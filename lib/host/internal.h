/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* internal.h - what the host says of itself: sysctls, slabs, BTF, cgroups */
#ifndef TM_HOST_INTERNAL_H
#define TM_HOST_INTERNAL_H

#include "base/ctx.h"
#include "model/accounting.h"
#include "model/metadata.h"
#include "model/snapshot.h"

#include <limits.h>

/* ---- the kernel's own accounting: tcp_mem, sockstat, limits ---- */

/*
 * tm_host_read() - what the host says about itself
 *
 * What could not be read or parsed is unknown. Return: 0, -EMFILE, -ENFILE or
 * -ENOMEM.
 */
int tm_host_read(const struct tcpmem_ctx *ctx, struct tm_host *host);

/*
 * tm_host_read_counters() - the two counters that cover all namespaces
 *
 * @counters says whether it is known. Return: 0, -EMFILE, -ENFILE or -ENOMEM.
 */
int tm_host_read_counters(const struct tcpmem_ctx *ctx,
			  struct tm_host_counters *counters);

/*
 * tm_host_may_bypass() - whether sockets may be left out of TCP's memory
 * counter (net.core.bypass_prot_mem)
 */
bool tm_host_may_bypass(const struct tcpmem_ctx *ctx);

/*
 * tm_host_lacks_mptcp() - whether there is surely no MPTCP socket on the host:
 * no slab of theirs
 *
 * False also if that cannot be read, or if one was there and left a slab.
 */
bool tm_host_lacks_mptcp(const struct tcpmem_ctx *ctx);

/* ---- what the kernel's slab objects cost on this machine ---- */

/* tm_objects_default() - what Linux 6.18 on x86-64 has */
void tm_objects_default(struct tm_objects *objects);

/*
 * tm_objects_read() - sizes from slabinfo, else protocols + BTF, else defaults
 *
 * A cache that was merged with others has no row in slabinfo: its link in
 * sysfs says the size. Each object says where its size was read.
 * @mptcp: MPTCP may be in use; else its subflows get the default, since only
 *	BTF has their size, and reading BTF takes a millisecond
 *
 * Return: 0, -EMFILE, -ENFILE or -ENOMEM.
 */
int tm_objects_read(const struct tcpmem_ctx *ctx, bool mptcp,
		    struct tm_objects *objects);

/* ---- what one object of a slab cache costs, its share of waste included ----
 */

/* How a cache was made, which says how its objects are padded. */
enum tm_slab_layout {
	TM_SLAB_PLAIN,	   /* to a word */
	TM_SLAB_LINES,	   /* to a cache line */
	TM_SLAB_RCU,	   /* a pointer behind the object, then to a word */
	TM_SLAB_RCU_LINES, /* a pointer behind the object, then to a line */
	TM_SLAB_KMALLOC,   /* the next size that kmalloc has */
};

/*
 * tm_slab_pad() - size of an object in its cache
 * @bytes: of the structure
 */
uint64_t tm_slab_pad(enum tm_slab_layout layout, uint32_t bytes);

/*
 * tm_slab_share() - bytes of slab per object, as SLUB would choose the slab
 * @bytes: of the padded object
 * @page: bytes of a page
 * @cpus: on more CPUs a slab has to hold more objects
 *
 * Return: the bytes, to the nearest; 0 if @bytes or @page is 0 or SLUB has no
 * slab for it.
 */
uint64_t tm_slab_share(uint64_t bytes, uint64_t page, uint32_t cpus);

/*
 * tm_slabinfo_find() - bytes of slab per object in the text of slabinfo
 * @cache: its name; one merged with another cache has no row
 * @page: bytes of a page
 *
 * Return: 0; -ENODATA if there is no such row; -EBADMSG if the row makes no
 * sense or the text is no slabinfo.
 */
int tm_slabinfo_find(const char *text, const char *cache, uint64_t page,
		     uint64_t *bytes);

/*
 * tm_slab_merged() - size of an object in the cache that @cache was merged
 * with: the link in sysfs that may be read by all names it
 *
 * Return: 0; -errno of reading the link, -EINVAL if the cache was not merged;
 * -EBADMSG if it leads elsewhere.
 */
int tm_slab_merged(const struct tcpmem_ctx *ctx, const char *cache,
		   uint64_t *bytes);

/* ---- sizes of kernel structures from the kernel's type information ---- */

/*
 * struct tm_btf_struct - a structure that is looked for
 * @bytes: its size; 0 if there is none of that name, or after an error
 */
struct tm_btf_struct {
	const char *name;
	uint32_t bytes;
};

/*
 * tm_btf_find() - looks structures up in BTF
 *
 * One pass, no tables; it ends with the last structure found. Of several
 * with one name the first counts.
 *
 * Return: 0; -EBADMSG if it is no BTF of this machine's byte order or a
 * length does not fit; -EOPNOTSUPP for a version or a kind of type that is
 * not known, behind which nothing can be found.
 */
int tm_btf_find(const void *btf, size_t len, struct tm_btf_struct *wanted,
		size_t count);

/*
 * tm_btf_read() - the same in the BTF of the running kernel
 *
 * Return: as tm_btf_find(), or -errno of reading.
 */
int tm_btf_read(const struct tcpmem_ctx *ctx, struct tm_btf_struct *wanted,
		size_t count);

/* ---- numbers in files of /proc/sys ---- */

#define TM_SYSCTL_VALUES 3

/*
 * tm_sysctl_read() - all numbers of a file, as the calling thread sees it
 * @path: below the root of /proc
 * @count: how many numbers it has, %TM_SYSCTL_VALUES at most
 *
 * Return: 0; -errno of reading; -EBADMSG if it has another form.
 */
int tm_sysctl_read(const struct tcpmem_ctx *ctx, const char *path, size_t count,
		   uint64_t *value);

/*
 * tm_sysctl_limits() - the limits of that scope, as the calling thread sees
 * them
 *
 * What cannot be read is unknown. Return: 0, -EMFILE, -ENFILE or -ENOMEM.
 */
int tm_sysctl_limits(const struct tcpmem_ctx *ctx,
		     enum tcpmem_limit_scope scope, struct tm_limits *limits);

/*
 * tm_counters_read() - the counters, as the calling thread sees them
 *
 * What cannot be read is unknown. Return: 0, -EMFILE, -ENFILE or -ENOMEM.
 */
int tm_counters_read(const struct tcpmem_ctx *ctx, struct tm_limits *limits);

/* tm_sysctl_memory() - the machine's memory. 0, or -errno of reading it */
int tm_sysctl_memory(const struct tcpmem_ctx *ctx, int64_t *bytes);

/* ---- what a namespace's net directory in /proc says about TCP ---- */

/* A row of net/protocols. */
enum tm_protocol_row {
	TM_PROTOCOL_TCP,
	TM_PROTOCOL_TCPV6,
	TM_PROTOCOL_MPTCP,
	TM_PROTOCOL_MPTCPV6,
};
#define TM_PROTOCOL_ROWS (TM_PROTOCOL_MPTCPV6 + 1)

/*
 * struct tm_protocol - what the kernel says about a protocol
 * @known: the kernel has it; else the rest is 0
 * @size: bytes of its sock structure
 * @sockets: those of the namespace that the kernel's tables hold: neither
 *	bound-inactive nor unbound nor dark ones, nor mini-sockets
 */
struct tm_protocol {
	bool known;
	uint64_t size;
	uint64_t sockets;
};

/*
 * tm_proc_net_read() - reads a whole file of a net directory
 * @net: the directory, below the root of /proc; NULL is that of the calling
 *	thread, which may have left the namespace of its process
 *
 * Return: 0 and a buffer to free in @text; -errno of reading.
 */
int tm_proc_net_read(const struct tcpmem_ctx *ctx, const char *net,
		     const char *name, char **text);

/*
 * tm_protocols_read() - reads the TCP rows of net/protocols
 * @net: as above
 *
 * Return: 0; -errno of reading; -EBADMSG if there is no TCP or a row is not
 * as the kernel writes it.
 */
int tm_protocols_parse(const char *text,
		       struct tm_protocol row[static TM_PROTOCOL_ROWS]);
int tm_protocols_read(const struct tcpmem_ctx *ctx, const char *net,
		      struct tm_protocol row[static TM_PROTOCOL_ROWS]);

/*
 * tm_sockstat_parse() - finds a number in the text of net/sockstat{,6}
 * @line: the line it is in: "TCP:"
 * @word: the word before it: "inuse"
 *
 * Return: 0, or -EBADMSG if it is not there, is no number or was cut.
 */
int tm_sockstat_parse(const char *text, const char *line, const char *word,
		      uint64_t *value);

/* ---- cgroup ids -> paths, processes -> cgroups ---- */

/*
 * tm_cgroup_mount() - where a hierarchy is mounted
 * @v2: the unified one; else that of the v1 memory controller
 *
 * Return: 0; -ENOENT if it is not; -errno of reading the mounts.
 */
int tm_cgroup_mount(const struct tcpmem_ctx *ctx, bool v2, char *dir,
		    size_t size);

/*
 * tm_cgroup_is_root() - whether paths of /proc/PID/cgroup begin at this mount
 *
 * They begin at the root of the reader's cgroup namespace. A mount made in
 * another one, as unshare -C leaves it, begins above (mountinfo: "/..").
 */
bool tm_cgroup_is_root(const struct tcpmem_ctx *ctx, const char *dir);

/*
 * tm_cgroup_paths() - finds the paths of the cgroups in @metadata
 *
 * Walks the v2 hierarchy, where a directory's inode is the cgroup's id; it is
 * readable by everyone. What is not there (a cgroup that was removed, or one
 * outside of the caller's cgroup namespace) stays unknown.
 *
 * Return: 0, and in @unread whether unknown paths may be in directories that
 * could not be read; -EMFILE, -ENFILE or -ENOMEM.
 */
int tm_cgroup_paths(const struct tcpmem_ctx *ctx, struct tm_metadata *metadata,
		    bool *unread);

/*
 * tm_cgroup_of_process() - the path in the text of a process's cgroup file
 *
 * That of the v1 memory controller, where there is one: it is the one that
 * counts socket memory; else that of the v2 hierarchy.
 *
 * Return: the path within @text and its length in @len; NULL if neither is
 * there.
 */
const char *tm_cgroup_of_process(const char *text, size_t *len);

/* ---- the kernel's own count of a cgroup's socket memory ---- */

/*
 * struct tm_charge_mount - where it is counted
 * @dir: the hierarchy's mount
 */
struct tm_charge_mount {
	enum tm_charges_source source;
	char dir[PATH_MAX];
};

/*
 * tm_charge_find_mount() - the hierarchy that has the memory controller
 *
 * Its source is TM_CHARGES_NONE if none has it, or none can be seen.
 *
 * Return: 0, or what kept it from being seen: -EXDEV if it is mounted from
 * another cgroup namespace.
 */
int tm_charge_find_mount(const struct tcpmem_ctx *ctx,
			 struct tm_charge_mount *mount);

/*
 * tm_charge_read() - what one cgroup is charged, with those below it
 * @dir: the cgroup's directory
 *
 * Return: 0; -ENODATA if the kernel does not count here; -errno of reading;
 * -EBADMSG if there is no number.
 */
int tm_charge_read(const char *dir, enum tm_charges_source source,
		   int64_t *bytes);

/* tm_charge_others() - bytes of UDP, which sock counts too; 0 if unknown */
int64_t tm_charge_others(const struct tcpmem_ctx *ctx);

/* ---- the container or unit that a process lives in ---- */

/* Names in a directory, each with a NUL behind it. */
struct tm_name_list {
	bool read;
	char *text;
	size_t len;
};

/*
 * What engines write down in files and in the arguments of their monitors: no
 * daemon is asked. All zero is empty; a list is read when it is first needed.
 */
struct tm_container_names {
	bool storage_read;
	char *storage; /* containers.json of podman and CRI-O, or NULL */
	struct tm_name_list logs, pods, tasks;
};

void tm_container_names_deinit(struct tm_container_names *names);

/*
 * tm_container_name() - what people call a container
 * @id: tm_cgroup_container() of it
 * @pid: a process in it, for its monitor's arguments and its UTS name; or 0
 *
 * Files are those of the root directory of the caller. A name has letters,
 * digits and ". _ - /" alone; one that has others is not taken.
 *
 * Return: 0, -ENOENT if nothing tells, -EMFILE, -ENFILE or -ENOMEM.
 */
int tm_container_name(const struct tcpmem_ctx *ctx,
		      struct tm_container_names *names, const char *id,
		      uint32_t pid, char *name, size_t size);

/* tm_pod_name() - "NAMESPACE/POD" of a pod's UID; as tm_container_name() */
int tm_pod_name(const struct tcpmem_ctx *ctx, struct tm_container_names *names,
		const char *uid, char *name, size_t size);

/*
 * one text out of a JSON document
 *
 * Values are places in a text that ends in a NUL; NULL is no value, and leads
 * to no value. Nothing is unescaped: a text with a backslash is refused.
 */

/* tm_json_member() - the value of @key in @object; NULL if it has none */
const char *tm_json_member(const char *object, const char *key);

/* tm_json_element() - the one after @before, which NULL makes the first */
const char *tm_json_element(const char *array, const char *before);

/* tm_json_text() - a string; false if it is none or does not fit */
bool tm_json_text(const char *value, char *text, size_t size);

/*
 * tm_cgroup_label() - the container or unit of a process, as rows show it
 * @size: room in @label, its NUL included
 *
 * The innermost container wins over the deepest unit: a unit inside a
 * container is the container's business.
 *
 * Return: 0, -ENOENT, or -errno of reading.
 */
int tm_cgroup_label(const struct tcpmem_ctx *ctx, uint32_t pid, char *label,
		    size_t size);

/* ---- what a process's cgroup says of its memory ---- */

/*
 * tm_cgroup_memory_read() - fills in the cgroup's entries and its path
 *
 * Never fails: what cannot be read or makes no sense is unknown.
 */
void tm_cgroup_memory_read(const struct tcpmem_ctx *ctx, uint32_t pid,
			   struct tm_process_counters *counters);

/*
 * tm_cgroup_room_read() - bytes of TCP memory that its cgroup's limit allows
 *	beyond what is used
 *
 * Return: false if there is no limit, or it is not known.
 */
bool tm_cgroup_room_read(const struct tcpmem_ctx *ctx, uint32_t pid,
			 int64_t *bytes);

/* ---- how many CPUs the kernel has per-CPU data for, and has seen ---- */

/*
 * tm_cpus_read() - counts the CPUs of a list in /sys/devices/system/cpu
 * @list: "possible", "present" ...
 *
 * Return: 0; -errno of reading; -EBADMSG if it is no list of CPUs.
 */
int tm_cpus_read(const struct tcpmem_ctx *ctx, const char *list,
		 uint32_t *count);

/* ---- when it is, and since when the kernel has been up ---- */

/* tm_clock_read() - never fails: a boot id that cannot be read is empty */
void tm_clock_read(const struct tcpmem_ctx *ctx, struct tm_clock *clock);

#endif
