/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* query.h - which sockets are asked for, and what is read of them */
#ifndef TCPMEM_QUERY_H
#define TCPMEM_QUERY_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tcpmem_filter;
struct tcpmem_query;

/*
 * ---- filter: which sockets are asked for; see tcpmem-filter(7) ----
 */

/**
 * struct tcpmem_filter_error - where a filter is wrong
 * @size: sizeof(struct tcpmem_filter_error), set by the caller
 * @offset: byte of the text at which it is wrong
 * @length: bytes that are wrong; 0 where something is missing
 * @expected: what should stand there; static storage
 * @field: a field's name should; tcpmem_filter_field_describe() has them
 * @found: what stands there, cut if it is long; raw bytes
 */
struct tcpmem_filter_error {
	size_t size;
	size_t offset;
	size_t length;
	const char *expected;
	bool field;
	char found[64];
};

/**
 * tcpmem_filter_parse() - understands a filter
 * @text: as ss takes it, and more; "" matches every socket
 * @error: written if the filter is wrong; may be NULL
 *
 * The names in it are looked up now: services, users and cgroups on this
 * host, hosts with getaddrinfo(3), which may ask the network and take its
 * time. Free it with tcpmem_filter_free().
 *
 * Return: 0; -EINVAL if it is wrong or @error->size is too small; -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_filter_parse(const char *text,
				   struct tcpmem_filter_error *error,
				   struct tcpmem_filter **filter);

/**
 * tcpmem_filter_field_describe() - what a filter can ask about, "sport"
 *
 * Return: name and text of field number @index; a term without a name if
 * there are fewer.
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_term *tcpmem_filter_field_describe(size_t index);

/**
 * tcpmem_filter_parse_saved() - understands a filter for what files hold
 *
 * As tcpmem_filter_parse(), but a cgroup need not exist on this host: that of a
 * socket of a file is compared by its path.
 *
 * Return: as tcpmem_filter_parse().
 * @since 0.1
 */
TCPMEM_API int tcpmem_filter_parse_saved(const char *text,
					 struct tcpmem_filter_error *error,
					 struct tcpmem_filter **filter);

/**
 * tcpmem_filter_free() - frees a filter; queries have their own copy
 * @since 0.1
 */
TCPMEM_API void tcpmem_filter_free(struct tcpmem_filter *filter);

/**
 * tcpmem_filter_explain() - what was understood and who decides it
 *
 * Lines of "WORD: TEXT". "filter" is the filter with names resolved and all
 * parentheses, "states" those that are asked for, "kernel" what the kernel
 * decides of the rest, "here" what is decided when its answer has come. Free
 * the text with tcpmem_free(). Names in it are raw bytes.
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_filter_explain(const struct tcpmem_filter *filter,
				     char **text);

/**
 * tcpmem_filter_match() - whether a socket of a snapshot matches
 *
 * Return: 0 and @match, or -ENODATA if that depends on something that is not
 * known, such as the processes that hold it.
 * @since 0.1
 */
TCPMEM_API int tcpmem_filter_match(const struct tcpmem_filter *filter,
				   const struct tcpmem_snapshot *snapshot,
				   const struct tcpmem_socket *sock,
				   bool *match);

/*
 * ---- query: what is asked ----
 */

/**
 * tcpmem_query_new() - asks for all states, with holders
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_query_new(struct tcpmem_query **query);

/** tcpmem_query_free() - frees a query @since 0.1 */
TCPMEM_API void tcpmem_query_free(struct tcpmem_query *query);

/**
 * tcpmem_query_set_states() - asks for these states only
 * @mask: bits 1 << state
 *
 * Return: 0, or -EINVAL if @mask is 0 or has a bit that is no state.
 * @since 0.1
 */
TCPMEM_API int tcpmem_query_set_states(struct tcpmem_query *query,
				       uint32_t mask);

/**
 * tcpmem_query_add_netns() - asks for the sockets of this network namespace
 * @spec: "self", an ip-netns name, a pid, an absolute path, or the name of a
 *	container or unit, or the inode, that a snapshot calls it by
 *
 * May be called again for more. Without it, all namespaces that can be found
 * are asked, and what may not be entered is a warning. What it names is looked
 * up when a snapshot is taken, which then fails with -ENOENT if it does not
 * exist, -EINVAL if a path is no network namespace, -EACCES or -EPERM. Dark
 * sockets are looked for in all namespaces or in none.
 *
 * Return: 0, -EINVAL if @spec cannot name a namespace, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_query_add_netns(struct tcpmem_query *query,
				      const char *spec);

/**
 * enum tcpmem_need - what is read besides the sockets themselves; mask bits
 * @TCPMEM_NEED_HOLDERS: the processes that hold them. Without it no fd is
 *	looked at, dark sockets are not found, and every kind that only a
 *	process could tell is %TCPMEM_KIND_UNKNOWN.
 * @TCPMEM_NEED_METADATA: cgroup paths, executables and listeners; snapshots
 *	only, not tcpmem_dump()
 * @TCPMEM_NEED_INFO: tcp_info: the kernel takes each socket's lock for it, and
 *	a snapshot needs 256 bytes more for each. Saving keeps it in the file.
 *	Of a file that has none, what is missing is a warning.
 * @TCPMEM_NEED_CHARGES: what the kernel charged to cgroups, for
 *	tcpmem_cgroup_accounting_new(): holders, metadata, and a file of each
 *	cgroup. Snapshots only; a capture does not have it.
 * @TCPMEM_NEED_LIMITS: the sysctls and counters of each network namespace, for
 *	tcpmem_limits_read(), and with %TCPMEM_NEED_METADATA how many files each
 *	process may open, which a capture does not have. Saving keeps the rest
 *	in the file, required or not.
 * @TCPMEM_NEED_PEERS: the other ends of connections, and holders. The kernel
 *	is asked for all sockets, and they are kept, whatever the filter and the
 *	states.
 * @TCPMEM_SUMS_SUFFICE: not a need: the caller makes tables alone, by keys for
 *	which tcpmem_keys_require() leaves it set. The kernel may add up
 *	sockets then: a snapshot of a sampler has their sums for its tables,
 *	and not the sockets. Tables and host metrics are the same.
 * @TCPMEM_NEED_PAST: who held what nobody holds any more, and holders. A
 *	sampler remembers who held what in its last samples, and hooks who makes
 *	and who closes sockets in the cgroup (v2) that is mounted, if it may use
 *	BPF and the holder source allows it; one snapshot alone knows but what
 *	tcpmem_sampler_serve() tells. All sockets are asked for, as above. A
 *	capture does not have it.
 * @since 0.1
 */
enum tcpmem_need {
	TCPMEM_NEED_HOLDERS = 0x1,
	TCPMEM_NEED_METADATA = 0x2,
	TCPMEM_NEED_INFO = 0x4,
	TCPMEM_NEED_CHARGES = 0x8,
	TCPMEM_NEED_LIMITS = 0x10,
	TCPMEM_NEED_PEERS = 0x20,
	TCPMEM_NEED_PAST = 0x40,
	TCPMEM_NEEDS_ALL = 0x7f,
	TCPMEM_SUMS_SUFFICE = 0x100,
};

/**
 * tcpmem_query_require() - what is read besides the sockets themselves
 * @needs: bits of enum tcpmem_need, or 0; replaces those of an earlier call
 *
 * tcpmem_keys_require() and tcpmem_check_require() tell what an answer needs.
 *
 * Return: 0, or -EINVAL if @needs has a bit that is no need.
 * @since 0.1
 */
TCPMEM_API int tcpmem_query_require(struct tcpmem_query *query, uint32_t needs);

/**
 * tcpmem_query_set_filter() - asks only for sockets that match
 * @filter: copied; NULL asks for all again
 *
 * In addition to tcpmem_query_set_states(). What the kernel can decide it is
 * asked to, the rest is decided when its answer comes. What the filter needs is
 * read in addition to what tcpmem_query_require() was given. Sockets of which
 * too little is known are left out, and a warning says how many. Sockets that
 * no dump shows are looked for unless the filter lets the kernel leave out
 * others. Saving takes no notice: a file has all sockets.
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_query_set_filter(struct tcpmem_query *query,
				       const struct tcpmem_filter *filter);

/**
 * enum tcpmem_holder_source - how processes are asked for their sockets
 * @TCPMEM_HOLDER_SOURCE_AUTO: what is faster and allowed; both answer alike
 * @TCPMEM_HOLDER_SOURCE_PROC: the links in /proc/PID/fd
 * @TCPMEM_HOLDER_SOURCE_BPF: the kernel's task_file iterator (Linux 6.1, BTF,
 *	CAP_BPF and CAP_PERFMON). It sees processes that /proc hides.
 * @since 0.1
 */
enum tcpmem_holder_source {
	TCPMEM_HOLDER_SOURCE_AUTO = 0,
	TCPMEM_HOLDER_SOURCE_PROC = 1,
	TCPMEM_HOLDER_SOURCE_BPF = 2,
};

/** tcpmem_holder_source_describe() - "auto", "proc" or "bpf" @since 0.1 */
TCPMEM_API const struct tcpmem_term *
tcpmem_holder_source_describe(enum tcpmem_holder_source value);

/**
 * tcpmem_query_set_holder_source() - how processes are asked
 *
 * With %TCPMEM_HOLDER_SOURCE_BPF, taking a snapshot fails where the iterator
 * cannot be used: -EPERM without the capabilities, -EOPNOTSUPP if the library
 * was built without it or runs in a PID or time namespace of its own, -ENOSYS
 * if the kernel does not know what is asked of it (Linux 6.1 does), -ENODATA if
 * it has no type information (BTF), or another -errno of bpf(2).
 *
 * Return: 0, or -EINVAL if @source is none of these.
 * @since 0.1
 */
TCPMEM_API int tcpmem_query_set_holder_source(struct tcpmem_query *query,
					      enum tcpmem_holder_source source);

#ifdef __cplusplus
}
#endif

#endif
