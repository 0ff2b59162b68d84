// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * counts.c - what one network namespace tells: counts of its TCP sockets, and
 * ports and interfaces for filters
 *
 * net/protocols has the sockets of every TCP-like protocol, the IPv6 ones and
 * MPTCP included, and takes the kernel longer to write than all else here:
 * most namespaces of a host are empty, and two small files say so.
 */
#include "netns/internal.h"

#include "base/util.h"
#include "host/internal.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* net/protocols has a line for each protocol of each module: 8 KiB. */
#define FILE_LIMIT (1024 * 1024)

/* More bytes than a sockstat file has */
#define AT_ONCE 1024

/*
 * struct glance - net/sockstat
 * @used: sockets of all protocols, whether in a table or not; but for those
 *	that the kernel made for itself
 */
struct glance {
	uint64_t used;
	uint64_t inuse;
	uint64_t time_wait;
};

enum file {
	FILE_SOCKSTAT,
	FILE_SOCKSTAT6,
	FILE_PROTOCOLS,
	FILE_TLS,
};

static const char *const names[TM_NS_FILES] = {
	[FILE_SOCKSTAT] = "sockstat",
	[FILE_SOCKSTAT6] = "sockstat6",
	[FILE_PROTOCOLS] = "protocols",
	[FILE_TLS] = "tls_stat",
};

/* struct tm_ns_files - @fd: -1 if it is not there */
struct tm_ns_files {
	int fd[TM_NS_FILES];
};

/* struct source - @files: NULL: they are opened below @net */
struct source {
	const struct tcpmem_ctx *ctx;
	const char *net;
	const struct tm_ns_files *files;
};

/* The kernel writes it anew. */
static int read_from_start(int fd, char **text)
{
	size_t len;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return tm_read_all(fd, FILE_LIMIT, text, &len);
}

/* The kernel writes sockstat and sockstat6 at once, whatever the buffer. */
static int read_at_once(int fd, char **text)
{
	char *buf = malloc(AT_ONCE);
	ssize_t got = buf ? pread(fd, buf, AT_ONCE, 0) : 0;

	if (got > 0 && got < AT_ONCE) {
		buf[got] = '\0';
		*text = buf;
		return 0;
	}
	free(buf);
	return buf ? read_from_start(fd, text) : -ENOMEM;
}

static int read_net(const struct source *source, enum file file, char **text)
{
	int fd;

	if (!source->files)
		return tm_proc_net_read(source->ctx, source->net, names[file],
					text);
	fd = source->files->fd[file];
	if (fd < 0)
		return -ENOENT;
	return file == FILE_SOCKSTAT || file == FILE_SOCKSTAT6
		       ? read_at_once(fd, text)
		       : read_from_start(fd, text);
}

static int read_glance(const struct source *source, struct glance *glance)
{
	char *text;
	int ret = read_net(source, FILE_SOCKSTAT, &text);

	if (ret < 0)
		return ret;
	ret = tm_sockstat_parse(text, "TCP:", "tw", &glance->time_wait);
	if (ret == 0)
		ret = tm_sockstat_parse(text, "TCP:", "inuse", &glance->inuse);
	if (ret == 0 &&
	    tm_sockstat_parse(text, "sockets:", "used", &glance->used) < 0)
		glance->used = UINT64_MAX;
	free(text);
	return ret;
}

/* A kernel without IPv6 has no such file. */
static int read_inuse6(const struct source *source, uint64_t *inuse)
{
	char *text;
	int ret = read_net(source, FILE_SOCKSTAT6, &text);

	*inuse = 0;
	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	ret = tm_sockstat_parse(text, "TCP6:", "inuse", inuse);
	free(text);
	return ret;
}

static bool has_no_ipv6(const struct source *source)
{
	uint64_t inuse;

	return read_inuse6(source, &inuse) == 0 && !inuse;
}

static int read_protocols(const struct source *source,
			  struct tm_protocol row[TM_PROTOCOL_ROWS])
{
	char *text;
	int ret = read_net(source, FILE_PROTOCOLS, &text);

	if (ret < 0)
		return ret;
	ret = tm_protocols_parse(text, row);
	free(text);
	return ret;
}

static int count_protocols(const struct source *source,
			   struct tm_sockstat *stat)
{
	struct tm_protocol row[TM_PROTOCOL_ROWS] = { 0 };
	int ret = read_protocols(source, row);

	if (ret < 0)
		return ret;
	if (__builtin_add_overflow(row[TM_PROTOCOL_TCP].sockets,
				   row[TM_PROTOCOL_TCPV6].sockets,
				   &stat->inuse) ||
	    __builtin_add_overflow(row[TM_PROTOCOL_MPTCP].sockets,
				   row[TM_PROTOCOL_MPTCPV6].sockets,
				   &stat->mptcp))
		return -EBADMSG;
	stat->has_mptcp = row[TM_PROTOCOL_MPTCP].known ||
			  row[TM_PROTOCOL_MPTCPV6].known;
	return 0;
}

static int read_stat(const struct source *source, struct tm_sockstat *stat)
{
	struct tm_sockstat found = { 0 };
	struct glance glance = { 0 };
	int ret = read_glance(source, &glance);

	if (ret < 0)
		return ret;
	found.time_wait = glance.time_wait;
	if (glance.used || glance.inuse || !has_no_ipv6(source))
		ret = count_protocols(source, &found);
	if (ret == 0)
		*stat = found;
	return ret;
}

/* Return: 0; -ENODATA if there are none, or some in TIME_WAIT. */
static int read_tcp_alone(const struct source *source, struct tm_sockstat *stat)
{
	struct tm_sockstat found = { 0 };
	struct glance glance = { 0 };
	uint64_t inuse6;
	int ret = read_glance(source, &glance);

	if (ret == 0)
		ret = read_inuse6(source, &inuse6);
	if (ret < 0)
		return ret;
	if (__builtin_add_overflow(glance.inuse, inuse6, &found.inuse))
		return -EBADMSG;
	if (glance.time_wait || !found.inuse)
		return -ENODATA;
	*stat = found;
	return 0;
}

int tm_sockstat_read(const struct tcpmem_ctx *ctx, const char *net,
		     struct tm_sockstat *stat)
{
	const struct source source = { .ctx = ctx, .net = net };

	return read_stat(&source, stat);
}

bool tm_sockstat_is_empty(const struct tm_sockstat *stat)
{
	return !stat->inuse && !stat->time_wait && !stat->mptcp;
}

/* A line of names and one of numbers, both begin with "MPTcpExt: ". */
bool tm_sockstat_used_mptcp(const struct tcpmem_ctx *ctx, const char *net)
{
	static const char label[] = "MPTcpExt:";
	const char *line;
	bool used = false;
	char *text;

	if (tm_proc_net_read(ctx, net, "netstat", &text) < 0)
		return false;
	line = tm_find_line(text, label);
	if (line)
		line = tm_find_line(line, label);
	if (line)
		used = strcspn(line, "123456789") < strcspn(line, "\n");
	free(text);
	return used;
}

/* "TlsCurrTxSw                       2"; a kernel without TLS has no file. */
static bool has_tls(const struct source *source)
{
	static const char *const rows[] = { "TlsCurrTxSw", "TlsCurrRxSw" };
	bool found = false;
	char *text;

	if (read_net(source, FILE_TLS, &text) < 0)
		return false;
	for (size_t i = 0; i < TM_ARRAY_SIZE(rows); i++) {
		const char *line = tm_find_line(text, rows[i]);
		const char *end;
		uint64_t count;

		if (line &&
		    tm_parse_u64(line + strspn(line, " \t"), &end, &count) == 0)
			found |= count > 0;
	}
	free(text);
	return found;
}

bool tm_sockstat_has_tls(const struct tcpmem_ctx *ctx)
{
	const struct source source = { .ctx = ctx };

	return has_tls(&source);
}

static int open_file(const struct tcpmem_ctx *ctx, enum file file)
{
	char path[64];

	snprintf(path, sizeof(path), "thread-self/net/%s", names[file]);
	return tm_open_below(ctx->proc, path);
}

struct tm_ns_files *tm_ns_files_open(const struct tcpmem_ctx *ctx)
{
	struct tm_ns_files *files = malloc(sizeof(*files));

	for (size_t i = 0; files && i < TM_NS_FILES; i++)
		files->fd[i] = open_file(ctx, (enum file)i);
	if (!files || files->fd[FILE_SOCKSTAT] >= 0)
		return files;
	tm_ns_files_close(files);
	return NULL;
}

void tm_ns_files_close(struct tm_ns_files *files)
{
	for (size_t i = 0; files && i < TM_NS_FILES; i++)
		if (files->fd[i] >= 0)
			close(files->fd[i]);
	free(files);
}

static bool is_there(const struct tcpmem_ctx *ctx, enum file file)
{
	int fd = open_file(ctx, file);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

void tm_ns_files_begin(const struct tcpmem_ctx *ctx,
		       struct tm_ns_files_look *look)
{
	look->ipv6_known = is_there(ctx, FILE_SOCKSTAT6);
	look->tls_known = is_there(ctx, FILE_TLS);
}

int tm_ns_files_read(const struct tcpmem_ctx *ctx,
		     const struct tm_ns_files_look *look,
		     const struct tm_ns_files *files, struct tm_sockstat *stat,
		     bool *tls)
{
	const struct source source = { .ctx = ctx, .files = files };
	int ret = -ENODATA;

	if ((look->ipv6_known && files->fd[FILE_SOCKSTAT6] < 0) ||
	    (look->tls_known && files->fd[FILE_TLS] < 0))
		return -ENOENT;
	if (look->tcp_alone)
		ret = read_tcp_alone(&source, stat);
	if (ret == -ENODATA)
		ret = read_stat(&source, stat);
	if (ret == 0 && !tm_sockstat_is_empty(stat))
		*tls = has_tls(&source);
	return ret;
}

/* Two numbers and a newline. */
#define RANGE_MAX 64

static bool read_port(const char **text, uint16_t *port)
{
	uint64_t value;

	*text += strspn(*text, " \t");
	if (tm_parse_u64(*text, text, &value) < 0 || value > UINT16_MAX)
		return false;
	*port = (uint16_t)value;
	return true;
}

void tm_net_facts_ports(const struct tcpmem_ctx *ctx,
			struct tm_net_facts *facts)
{
	uint16_t low, high;
	const char *at;
	char *text;
	size_t len;

	if (tm_read_file(ctx->proc, "sys/net/ipv4/ip_local_port_range",
			 RANGE_MAX, &text, &len) < 0)
		return;
	at = text;
	if (read_port(&at, &low) && read_port(&at, &high) && low <= high) {
		facts->port_low = low;
		facts->port_high = high;
	}
	free(text);
}

static void add_iface(struct tm_net_facts *facts, const struct tm_iface *iface)
{
	struct tm_iface *moved = reallocarray(
		facts->iface, facts->iface_count + 1, sizeof(*moved));

	if (!moved)
		return;
	facts->iface = moved;
	moved[facts->iface_count++] = *iface;
}

void tm_net_facts_ifindex(uint32_t index, struct tm_net_facts *facts)
{
	struct tm_iface iface = { .index = index };

	if (!if_indextoname(index, iface.name))
		snprintf(iface.name, sizeof(iface.name), "%u", index);
	add_iface(facts, &iface);
}

void tm_net_facts_iface(const char *name, struct tm_net_facts *facts)
{
	struct tm_iface iface = { .index = if_nametoindex(name) };
	uint32_t known;

	if (!iface.index && errno != ENODEV && errno != ENXIO)
		return;
	if (tm_net_facts_find(facts, name, &known) == 0)
		return;
	strncpy(iface.name, name, sizeof(iface.name) - 1);
	add_iface(facts, &iface);
}
