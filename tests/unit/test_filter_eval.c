// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_filter_eval.c - what matches, what does not, and what nobody knows */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <string.h>

#include "expr.h"
#include "filter/filter.h"
#include "unit.h"

#define NO	       TM_FILTER_NO
#define YES	       TM_FILTER_YES
#define NOT_APPLICABLE TM_FILTER_NOT_APPLICABLE
#define UNKNOWN	       TM_FILTER_UNKNOWN

static struct tm_netns netns[] = {
	{ .name = (char *)"self",
	  .inode = 4026531840,
	  .facts = { .known = true, .port_low = 32768, .port_high = 60999 } },
	{ .name = (char *)"blue" },
};
static struct tcpmem_snapshot snapshot = { .netns = netns, .netns_count = 2 };
static const struct tcpmem_snapshot without_holders = { .netns = netns,
							.netns_count = 2 };
static struct tm_filter_facts facts;

/* Processes nginx (10) and php (11), who share inode 2. */
static void set_up(void)
{
	static const struct tcpmem_process process[] = {
		{ .pid = 10, .comm = "nginx" },
		{ .pid = 11, .comm = "php" },
	};
	uint32_t index;

	ck_assert_int_eq(tm_holders_new(false, &snapshot.holders), 0);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(tm_holders_process(snapshot.holders,
						    &process[i], &index),
				 0);
		ck_assert_int_eq(tm_holders_add(snapshot.holders, 2, index), 0);
	}
	ck_assert_int_eq(tm_holders_add(snapshot.holders, 1, 0), 0);
	ck_assert_int_eq(tm_holders_finish(snapshot.holders), 0);
	facts = (struct tm_filter_facts){ .snapshot = &snapshot,
					  .accounted = true,
					  .attributed = true };
}

static void tear_down(void)
{
	tm_holders_free(snapshot.holders);
	snapshot.holders = NULL;
}

/* An established IPv4 socket of nginx, whose counters are known. */
static struct tcpmem_socket make(void)
{
	struct tcpmem_socket sock = {
		.state = TCPMEM_STATE_ESTABLISHED,
		.kind = TCPMEM_KIND_PROCESS,
		.holder = tm_holders_find(snapshot.holders, 1),
		.inode = 1,
		.uid = 33,
		.cookie = 0x1234567890,
		.cgroup_id = 5,
		.flags = TM_SOCK_HAS_CGROUP | TM_SOCK_HAS_MARK,
		.mark = 0x11,
		.local_port = 80,
		.remote_port = 40000,
		.skmem_words = TM_SKMEM_WORDS,
		.skmem = { 4096, 131072, 0, 87040, 512, 8192, 0, 0, 3 },
		.object = 2000,
		.rqueue = 10,
		.wqueue = 20,
	};

	inet_pton(AF_INET, "10.1.2.3", sock.local);
	inet_pton(AF_INET, "192.0.2.9", sock.remote);
	return sock;
}

static struct tcpmem_socket make_ipv6(const char *local)
{
	struct tcpmem_socket sock = make();

	sock.flags |= TM_SOCK_IPV6;
	ck_assert_int_eq(inet_pton(AF_INET6, local, sock.local), 1);
	return sock;
}

static struct tcpmem_socket make_mini(void)
{
	return (struct tcpmem_socket){
		.state = TCPMEM_STATE_TIME_WAIT,
		.kind = TCPMEM_KIND_TIME_WAIT,
		.flags = TM_SOCK_MINI,
		.object = 256,
	};
}

static enum tm_filter_verdict eval(const char *text,
				   const struct tcpmem_socket *sock)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	enum tm_filter_verdict verdict;
	struct tcpmem_filter *filter;
	int ret = tm_filter_parse(text, &expr_names, &error, &filter);

	ck_assert_msg(ret == 0, "\"%s\": at %zu \"%s\"", text, error.offset,
		      error.found);
	facts.netns = sock->netns < snapshot.netns_count ? &netns[sock->netns]
							 : NULL;
	verdict = tm_filter_eval(filter, &facts, sock);
	tcpmem_filter_free(filter);
	return verdict;
}

/* @text says @verdict, and its opposite the opposite; unknown stays so. */
static void says(const char *text, const struct tcpmem_socket *sock,
		 enum tm_filter_verdict verdict)
{
	static const enum tm_filter_verdict opposite[] = {
		[NO] = YES,
		[NOT_APPLICABLE] = NOT_APPLICABLE,
		[UNKNOWN] = UNKNOWN,
		[YES] = NO
	};
	char not_text[512];

	ck_assert_msg(eval(text, sock) == verdict, "\"%s\" is %d, not %d", text,
		      eval(text, sock), verdict);
	snprintf(not_text, sizeof(not_text), "not (%s)", text);
	ck_assert_msg(eval(not_text, sock) == opposite[verdict],
		      "\"%s\" is not the opposite", not_text);
}

START_TEST(compares_numbers)
{
	struct tcpmem_socket sock = make();

	says("rmem = 4k", &sock, YES);
	says("rmem > 4k", &sock, NO);
	says("rmem >= 4k", &sock, YES);
	says("rmem < 4097", &sock, YES);
	says("rmem <= 4095", &sock, NO);
	says("rmem != 4096", &sock, NO);
	says("drops > 0", &sock, YES);
	says("charged = 12800", &sock, YES);
	says("buffer = 12288", &sock, YES);
	says("object = 2000", &sock, YES);
	says("held = 14288", &sock, YES);
	says("sockets = 1", &sock, YES);
	says("rqueue = 10 and wqueue = 20", &sock, YES);
	says("inode = 1", &sock, YES);
	says("cookie = 0x1234567890", &sock, YES);
	sock.cookie = UINT64_MAX;
	says("cookie > 0x7fffffffffffffff", &sock, YES);
	sock.skmem[TCPMEM_METRIC_FWD_ALLOC] = (uint32_t)-512;
	says("fwd_alloc = -512", &sock, YES);
	says("fwd_alloc < 0", &sock, YES);
}
END_TEST

/* "A counter that the kernel did not report is unknown, never 0" */
START_TEST(unknown_counters_are_neither)
{
	struct tcpmem_socket sock = make();

	sock.skmem_words = 0;
	says("rmem = 0", &sock, UNKNOWN);
	says("held > 0", &sock, UNKNOWN);
	says("object > 0", &sock, YES);
	/* what decides the rest decides it */
	says("rmem = 0 or sport = 80", &sock, YES);
	says("rmem = 0 and sport = 81", &sock, NO);
	says("rmem = 0 and sport = 80", &sock, UNKNOWN);
	says("rmem = 0 or not rmem = 0", &sock, UNKNOWN);
}
END_TEST

/* "A mini-socket has no buffers: there its counters are 0 and not unknown" */
START_TEST(mini_sockets_have_no_buffers)
{
	struct tcpmem_socket sock = make_mini();

	says("rmem = 0", &sock, YES);
	says("drops > 0", &sock, NO);
	says("held = 256", &sock, YES);
	/* and are nobody's */
	says("user = 0", &sock, NO);
	says("pid = 10", &sock, NO);
	says("comm = nginx", &sock, NO);
	/* the kernel compares their cgroup with 0 */
	says("cgroup = /0", &sock, YES);
	says("cgroup = /5", &sock, NO);
}
END_TEST

START_TEST(finds_holders)
{
	struct tcpmem_socket sock = make();

	says("pid = 10", &sock, YES);
	says("pid = 11", &sock, NO);
	says("comm = nginx", &sock, YES);
	says("comm = ngin", &sock, NO);
	says("comm ~ ngin*", &sock, YES);
	says("comm ~ ngin?", &sock, YES);
	says("comm ~ [m-o]ginx", &sock, YES);
	says("comm ~ gin", &sock, NO);
	says("user = 33", &sock, YES);
	says("user = 0", &sock, NO);
	/* "One of its processes is enough; the opposite is that none is" */
	sock.holder = tm_holders_find(snapshot.holders, 2);
	says("comm = php", &sock, YES);
	says("comm = nginx", &sock, YES);
	says("pid = 10 and pid = 11", &sock, YES);
	says("comm != php", &sock, NO);
	says("comm !~ x*", &sock, YES);
	/* nobody */
	sock.holder = TM_HOLDER_NONE;
	sock.kind = TCPMEM_KIND_ORPHAN;
	says("comm = php", &sock, NO);
	says("kind = orphan", &sock, YES);
	says("kind = process", &sock, NO);
}
END_TEST

/* "its holder may be one of the processes that could not be read" */
START_TEST(hidden_holders_are_neither)
{
	struct tcpmem_socket sock = make();

	sock.holder = TM_HOLDER_NONE;
	sock.kind = TCPMEM_KIND_HIDDEN;
	says("pid = 10", &sock, UNKNOWN);
	says("comm ~ *", &sock, UNKNOWN);
	says("kind = hidden", &sock, YES);
	sock.kind = TCPMEM_KIND_UNKNOWN;
	says("pid = 10", &sock, UNKNOWN);
}
END_TEST

/* "A no or a yes that is given before the holders are known stays" */
START_TEST(waits_for_facts)
{
	struct tcpmem_socket sock = make();

	facts.attributed = false;
	says("pid = 10", &sock, UNKNOWN);
	says("kind = process", &sock, UNKNOWN);
	says("pid = 10 and sport = 81", &sock, NO);
	says("pid = 10 or sport = 80", &sock, YES);
	facts.attributed = true;
	says("pid = 10 and sport = 81", &sock, NO);
	says("pid = 10 or sport = 80", &sock, YES);
	/* and for slab objects */
	facts.accounted = false;
	says("held > 0", &sock, UNKNOWN);
	says("object > 0", &sock, UNKNOWN);
	says("reach > 0", &sock, UNKNOWN);
	says("rmem > 0", &sock, YES);
	facts.snapshot = &without_holders;
	says("pid = 10", &sock, UNKNOWN);
}
END_TEST

START_TEST(knows_namespaces)
{
	struct tcpmem_socket sock = make();

	says("netns = self", &sock, YES);
	says("netns = 4026531840", &sock, YES);
	says("netns = blue", &sock, NO);
	sock.netns = 1;
	says("netns = blue", &sock, YES);
	says("netns ~ bl*", &sock, YES);
	says("netns = 0", &sock, NO); /* its inode is not known */
	sock.netns = 2;
	says("netns = blue", &sock, UNKNOWN);
}
END_TEST

/* The other operators, at both sides of what is compared */
START_TEST(compares_in_order)
{
	struct tcpmem_socket sock = make(), listener = make();

	says("sport < 80", &sock, NO);
	says("sport <= 80", &sock, YES);
	says("sport > 80", &sock, NO);
	says("sport >= 80", &sock, YES);
	says("dport = 40000", &sock, YES);
	says("sport = 40000", &sock, NO);
	says("rmem >= 4097", &sock, NO);
	says("rmem <= 4096", &sock, YES);
	says("rmem < 4096", &sock, NO);
	says("rqueue = 20", &sock, NO);
	says("wqueue = 10", &sock, NO);
	says("inode = 2", &sock, NO);
	says("inode > 0", &sock, YES);
	/* the limit of a listener's queue is in its counters' message alone */
	listener.state = TCPMEM_STATE_LISTENING;
	says("wqueue = 20", &listener, YES);
	listener.skmem_words = 0;
	says("wqueue = 20", &listener, UNKNOWN);
	says("rqueue = 10", &listener, YES);
	/* no cookie is no number */
	sock.cookie = 0;
	says("cookie = 0", &sock, UNKNOWN);
	sock.flags = 0;
	says("cgroup = /5", &sock, UNKNOWN);
	says("fwmark = 0x11", &sock, UNKNOWN);
}
END_TEST

/* Of an interface that is not there, or of which nobody knows the number */
START_TEST(knows_interfaces)
{
	struct tm_iface iface[] = { { "eth0", 2 }, { "gone", 0 } };
	struct tcpmem_socket sock = make();

	says("dev = 0", &sock, YES);
	says("dev = eth0", &sock, UNKNOWN);
	netns[0].facts.iface = iface;
	netns[0].facts.iface_count = 2;
	says("dev = eth0", &sock, NO);
	says("dev = gone", &sock, NO);
	says("dev = other", &sock, UNKNOWN);
	sock.ifindex = 2;
	says("dev = eth0", &sock, YES);
	says("dev = 2", &sock, YES);
	says("dev = 3", &sock, NO);
	says("dev = gone", &sock, NO);
	sock.netns = 2; /* of which nothing is known */
	says("dev = eth0", &sock, UNKNOWN);
	netns[0].facts.iface = NULL;
	netns[0].facts.iface_count = 0;
}
END_TEST

/* The pair of a connection of nginx and php, one that nobody has, and one of
 * which the other end is elsewhere */
START_TEST(knows_the_other_end)
{
	struct tcpmem_socket *sock;

	for (size_t i = 0; i < 4; i++) {
		struct tcpmem_socket one = make();

		one.local_port = (uint16_t)(i == 1 ? 90 : 80 + i);
		one.remote_port = (uint16_t)(i == 0 ? 90 : i == 1 ? 80 : 99);
		memcpy(one.remote, one.local, sizeof(one.remote));
		one.holder = tm_holders_find(snapshot.holders, i ? 2 : 1);
		if (i == 3)
			one.state = TCPMEM_STATE_LISTENING;
		ck_assert_int_eq(
			tm_socket_set_add(&snapshot.sockets, &one, NULL), 0);
	}
	sock = snapshot.sockets.sock;
	says("peer_pid = 11", &sock[0], UNKNOWN);
	ck_assert_int_eq(tm_peers_find(&snapshot.sockets), 0);
	says("peer_pid = 11", &sock[0], YES);
	says("peer_pid = 12", &sock[0], NO);
	says("peer_process = nginx", &sock[0], YES);
	says("peer_process = php", &sock[1], NO);
	says("peer_pid = 10", &sock[1], YES);
	says("peer_netns = self", &sock[0], YES);
	says("peer_netns = blue", &sock[0], NO);
	says("peer_pid = 10", &sock[2], NOT_APPLICABLE);
	says("peer_netns = self", &sock[2], NOT_APPLICABLE);
	says("peer_pid = 10", &sock[3], NOT_APPLICABLE);
	facts.attributed = false;
	says("peer_pid = 10", &sock[1], UNKNOWN);
	says("peer_netns = self", &sock[1], UNKNOWN);
	facts.attributed = true;
	snapshot.sockets.peer[1].kind = TCPMEM_KIND_HIDDEN;
	says("peer_pid = 10", &sock[1], UNKNOWN);
	says("peer_netns = self", &sock[1], YES);
	snapshot.sockets.peer[1].kind = TCPMEM_KIND_UNKNOWN;
	says("peer_process ~ *", &sock[1], UNKNOWN);
	snapshot.sockets.peer[1].kind = TCPMEM_KIND_PROCESS;
	snapshot.sockets.peer[1].netns = 1;
	says("peer_netns = blue", &sock[1], YES);
	tm_socket_set_deinit(&snapshot.sockets);
}
END_TEST

#define NGINX "/system.slice/nginx.service"
#define DOCKER                                                  \
	"/system.slice/docker-0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef.scope"

static uint32_t text(const char *path)
{
	uint32_t number;

	ck_assert_int_eq(tm_blobs_intern(&snapshot.metadata.texts, path,
					 strlen(path), &number),
			 0);
	return number;
}

static void put_cgroup(uint64_t id, const char *path)
{
	ck_assert_int_eq(tm_metadata_want(&snapshot.metadata, id), 0);
	if (path)
		tm_metadata_find(&snapshot.metadata, id)->path = text(path);
}

/* Process 10 is nginx in a unit, 11 php in a container. */
static void put_metadata(void)
{
	static struct tm_process_metadata process[2];

	process[0].program = text("/usr/sbin/nginx");
	process[0].cgroup = text(NGINX);
	process[0].cmdline = text("nginx: worker process");
	process[0].parent = 9;
	process[1].program = text("/usr/bin/php");
	process[1].cgroup = text(DOCKER);
	process[1].cmdline = TM_METADATA_UNKNOWN;
	process[1].parent = TM_METADATA_UNKNOWN;
	snapshot.metadata.process = process;
	snapshot.metadata.process_count = 2;
	put_cgroup(5, NGINX);
	put_cgroup(6, DOCKER);
	put_cgroup(7, "/");
	put_cgroup(8, NULL);
	facts.placed = true;
}

static void forget_metadata(void)
{
	snapshot.metadata.process = NULL;
	tm_metadata_deinit(&snapshot.metadata);
	memset(&snapshot.metadata, 0, sizeof(snapshot.metadata));
}

START_TEST(knows_metadata)
{
	struct tcpmem_socket sock = make();

	says("unit = nginx.service", &sock, UNKNOWN);
	put_metadata();
	says("unit = nginx.service", &sock, YES);
	says("unit ~ nginx*", &sock, YES);
	says("unit ~ php*", &sock, NO);
	says("container ~ *", &sock, NO);
	says("pod ~ *", &sock, NO);
	says("cgroup ~ /system.slice/*", &sock, YES);
	says("cgroup ~ /user.slice/*", &sock, NO);
	says("program = /usr/sbin/nginx", &sock, YES);
	says("program ~ */php", &sock, NO);
	says("cmdline ~ nginx:*", &sock, YES);
	says("cmdline = nginx", &sock, NO);
	says("ppid = 9", &sock, YES);
	says("ppid != 9", &sock, NO);
	sock.cgroup_id = 6;
	says("container = 0123456789ab", &sock, YES);
	/* gone by now: nobody knows */
	sock.cgroup_id = 8;
	says("unit ~ *", &sock, UNKNOWN);
	sock.cgroup_id = 99;
	says("unit ~ *", &sock, UNKNOWN);
	forget_metadata();
}
END_TEST

#define DOCKER_ID                          \
	"0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef"

/* "by name, by id, or as rows show it" */
START_TEST(containers_have_three_names)
{
	struct tcpmem_socket sock = make();

	put_metadata();
	sock.cgroup_id = 6;
	says("container = " DOCKER_ID, &sock, YES);
	says("container = 0123456789ab", &sock, YES);
	says("container = 0123456789a", &sock, NO);
	says("container = web", &sock, NO);
	says("container = \"web[0123456789ab]\"", &sock, NO);
	ck_assert_int_eq(
		tm_metadata_add_name(&snapshot.metadata, DOCKER_ID, "web"), 0);
	says("container = web", &sock, YES);
	says("container ~ w?b", &sock, YES);
	says("container = \"web[0123456789ab]\"", &sock, YES);
	says("container = 0123456789ab", &sock, YES);
	says("container = db", &sock, NO);
	says("container = \"db[0123456789ab]\"", &sock, NO);
	says("unit ~ docker*", &sock, YES);
	says("pod ~ *", &sock, NO);
	forget_metadata();
}
END_TEST

/* Whose socket it is decides where nothing else does. */
START_TEST(places_that_nobody_could_read)
{
	struct tcpmem_socket sock = make();

	put_metadata();
	/* without a cgroup of its own its holders' counts */
	sock.flags = 0;
	sock.cgroup_id = 6;
	says("unit = nginx.service", &sock, YES);
	sock.flags = TM_SOCK_HAS_CGROUP;
	says("unit = nginx.service", &sock, NO);
	/* in the root, and held by who could not be read */
	sock.cgroup_id = 7;
	sock.kind = TCPMEM_KIND_HIDDEN;
	sock.holder = TM_HOLDER_NONE;
	says("unit = nginx.service", &sock, UNKNOWN);
	sock.cgroup_id = 5;
	says("unit = nginx.service", &sock, YES);
	sock = make();
	facts.attributed = false;
	says("unit = nginx.service", &sock, UNKNOWN);
	facts.attributed = true;
	facts.placed = false;
	says("unit = nginx.service", &sock, UNKNOWN);
	says("program = /usr/sbin/nginx", &sock, UNKNOWN);
	facts.placed = true;
	/* a comm stands for a path that could not be read */
	snapshot.metadata.process[0].program = text("nginx");
	says("program = nginx", &sock, YES);
	says("program = /usr/sbin/nginx", &sock, UNKNOWN);
	snapshot.metadata.process[0].program = TM_METADATA_UNKNOWN;
	says("program = nginx", &sock, UNKNOWN);
	/* and of a process that came too late nothing was read */
	snapshot.metadata.process_count = 0;
	says("ppid = 9", &sock, UNKNOWN);
	snapshot.metadata.process_count = 1;
	says("ppid = 9", &sock, YES);
	forget_metadata();
}
END_TEST

static void says_of_a_file(const char *text, const struct tcpmem_socket *sock,
			   enum tm_filter_verdict verdict)
{
	struct tcpmem_filter *filter;

	ck_assert_int_eq(tcpmem_filter_parse_saved(text, NULL, &filter), 0);
	ck_assert_int_eq(tm_filter_eval(filter, &facts, sock), verdict);
	tcpmem_filter_free(filter);
}

/* "Of a capture its path is compared, whether this host has such a cgroup" */
START_TEST(a_cgroup_of_a_file_is_its_path)
{
	struct tcpmem_socket sock = make(), mini = make_mini();

	facts.saved = true;
	says_of_a_file("cgroup = " NGINX, &sock, UNKNOWN);
	put_metadata();
	says_of_a_file("cgroup = " NGINX, &sock, YES);
	says_of_a_file("cgroup = /sys/fs/cgroup" NGINX "/", &sock, YES);
	says_of_a_file("cgroup = /sys/fs/cgroup/unified" NGINX, &sock, YES);
	says_of_a_file("cgroup = /sys/fs/cgroups" NGINX, &sock, NO);
	says_of_a_file("cgroup != " NGINX, &sock, NO);
	says_of_a_file("cgroup = " NGINX "//", &sock, YES);
	says_of_a_file("cgroup = /" NGINX, &sock, YES);
	says_of_a_file("cgroup = " NGINX "x", &sock, NO);
	says_of_a_file("cgroup = /system.slice/nginx.servicf", &sock, NO);
	says_of_a_file("cgroup = /system.slice/nginx", &sock, NO);
	says_of_a_file("cgroup = " NGINX, &mini, NO);
	sock.cgroup_id = 7;
	says_of_a_file("cgroup = /", &sock, YES);
	says_of_a_file("cgroup = /sys/fs/cgroup", &sock, YES);
	says_of_a_file("cgroup = /sys/fs/cgroup/unified", &sock, YES);
	says_of_a_file("cgroup = /sys/fs/cgroup/", &sock, YES);
	sock.cgroup_id = 8;
	says_of_a_file("cgroup = " NGINX, &sock, UNKNOWN);
	forget_metadata();
}
END_TEST

/* "where that is the root, ... its holders' do" */
START_TEST(holders_metadata_stand_in_for_the_root)
{
	struct tcpmem_socket sock = make();

	put_metadata();
	sock.cgroup_id = 7;
	says("unit = nginx.service", &sock, YES);
	says("container ~ *", &sock, NO);
	/* held by both */
	sock.holder = tm_holders_find(snapshot.holders, 2);
	says("unit = nginx.service", &sock, YES);
	says("container = 0123456789ab", &sock, YES);
	says("program ~ */php", &sock, YES);
	says("ppid = 9", &sock, YES);
	says("ppid = 8", &sock, UNKNOWN);
	says("cmdline ~ php*", &sock, UNKNOWN);
	/* one of them is not known */
	snapshot.metadata.process[1].cgroup = TM_METADATA_UNKNOWN;
	says("unit = nginx.service", &sock, YES);
	says("container = 0123456789ab", &sock, UNKNOWN);
	/* nobody's, and in no cgroup but the root */
	sock.holder = TM_HOLDER_NONE;
	sock.kind = TCPMEM_KIND_ORPHAN;
	says("unit ~ *", &sock, NO);
	says("cgroup ~ /", &sock, YES);
	sock = make_mini();
	says("unit ~ *", &sock, NO);
	says("program ~ *", &sock, NO);
	forget_metadata();
}
END_TEST

/* "hostcond AF_INET on a v6 socket matches only v4-mapped" */
START_TEST(families_and_mapped_addresses)
{
	struct tcpmem_socket v4 = make();
	struct tcpmem_socket v6 = make_ipv6("2001:db8::1");
	struct tcpmem_socket mapped = make_ipv6("::ffff:10.1.2.3");

	says("src 10.1.2.3", &v4, YES);
	says("src 10.1.2.3", &mapped, YES);
	says("src 10.0.0.0/8", &mapped, YES);
	says("src [::ffff:10.1.2.3]", &mapped, YES);
	says("src [::ffff:10.1.2.3]", &v4, NO);
	says("src 0.0.0.0/0", &v4, YES);
	says("src 0.0.0.0/0", &mapped, YES);
	says("src 0.0.0.0/0", &v6, NO);
	says("src ::/0", &v4, NO);
	says("src ::/0", &mapped, YES);
	says("src ::/0", &v6, YES);
	says("src *", &v4, YES);
	says("src *", &v6, YES);
	says("family = ipv6", &mapped, YES);
	says("src inet:10.1.2.3", &v4, YES);
	/* an option of ss for the whole of it, denied or not */
	ck_assert_int_eq(eval("src inet:10.1.2.3", &mapped), NO);
	ck_assert_int_eq(eval("not src inet:10.1.2.3", &mapped), NO);
	ck_assert_int_eq(eval("not src inet:10.1.2.4", &v4), YES);
	ck_assert_int_eq(eval("sport 80 or src inet:10.1.2.3", &v6), NO);
	/* prefixes end within a byte */
	says("src 10.0.0.0/15", &v4, YES);
	says("src 10.0.0.0/16", &v4, NO);
	says("src [2001:db9::/31]", &v6, YES);
	says("src [2001:db9::/32]", &v6, NO);
	says("src [2001:db8::1]:80", &v6, YES);
	says("src [2001:db8::1]:81", &v6, NO);
}
END_TEST

START_TEST(protocols)
{
	struct tcpmem_socket sock = make();

	says("protocol = tcp", &sock, YES);
	sock.flags |= TM_SOCK_SUBFLOW;
	says("protocol = subflow", &sock, YES);
	says("protocol = tcp", &sock, NO);
}
END_TEST

/* CAP_NET_ADMIN is needed to see them */
START_TEST(marks_may_be_hidden)
{
	struct tcpmem_socket sock = make();

	says("fwmark = 0x11", &sock, YES);
	says("fwmark = 0x1/0xf", &sock, YES);
	says("fwmark = 0x1", &sock, NO);
	sock.flags &= (uint8_t)~TM_SOCK_HAS_MARK;
	says("fwmark = 0x11", &sock, UNKNOWN);
	sock.flags &= (uint8_t)~TM_SOCK_HAS_CGROUP;
	says("cgroup = /5", &sock, UNKNOWN);
}
END_TEST

/*
 * "ss asks for both, and for neither where it looks for the opposite": what
 * it prints of such sockets
 */
START_TEST(autobound_as_ss_has_it)
{
	struct tcpmem_socket sock = make();

	sock.local_port = 40000; /* a client */
	says("autobound", &sock, YES);
	sock.local_port = 80; /* accepted */
	says("autobound", &sock, NOT_APPLICABLE);
	says("autobound or sport = 80", &sock, YES);
	says("autobound or sport = 81", &sock, NOT_APPLICABLE);
	sock.state = TCPMEM_STATE_LISTENING;
	says("autobound", &sock, NO);
	sock.local_port = 40000; /* bind() to port 0 */
	says("autobound", &sock, YES);
	/* the kernel has spoken: the range remains */
	sock.asked = true;
	says("autobound", &sock, YES);
	sock.local_port = 80;
	sock.state = TCPMEM_STATE_ESTABLISHED;
	says("autobound", &sock, NO);
	sock.asked = false;
	sock.state = TCPMEM_STATE_BOUND_INACTIVE;
	says("autobound", &sock, NO);
	sock.local_port = 32767; /* both ends of the range are in it */
	says("autobound", &sock, NO);
	sock.local_port = 32768;
	says("autobound", &sock, YES);
	sock.local_port = 60999;
	says("autobound", &sock, YES);
	sock.local_port = 61000;
	says("autobound", &sock, NO);
	sock.netns = 1; /* whose range is not known */
	says("autobound", &sock, UNKNOWN);
}
END_TEST

START_TEST(public_match)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_socket sock = make();
	struct tcpmem_filter *filter;
	bool match = false;

	ck_assert_int_eq(tcpmem_filter_parse("comm = nginx", &error, &filter),
			 0);
	ck_assert_int_eq(tcpmem_filter_match(filter, &snapshot, &sock, &match),
			 0);
	ck_assert(match);
	sock.holder = TM_HOLDER_NONE;
	sock.kind = TCPMEM_KIND_ORPHAN;
	ck_assert_int_eq(tcpmem_filter_match(filter, &snapshot, &sock, &match),
			 0);
	ck_assert(!match);
	/* "-ENODATA if that depends on something that is not known" */
	sock.kind = TCPMEM_KIND_HIDDEN;
	match = true;
	ck_assert_int_eq(tcpmem_filter_match(filter, &snapshot, &sock, &match),
			 -ENODATA);
	ck_assert(match);
	tcpmem_filter_free(filter);
	ck_assert_int_eq(tcpmem_filter_parse("held >= 0", &error, &filter), 0);
	match = false;
	ck_assert_int_eq(tcpmem_filter_match(filter, &snapshot, &sock, &match),
			 0);
	ck_assert(match);
	tcpmem_filter_free(filter);
	ck_assert_int_eq(
		tcpmem_filter_parse("unit = nginx.service", &error, &filter),
		0);
	ck_assert_int_eq(tcpmem_filter_match(filter, &snapshot, &sock, &match),
			 -ENODATA);
	put_metadata();
	match = false;
	ck_assert_int_eq(tcpmem_filter_match(filter, &snapshot, &sock, &match),
			 0);
	ck_assert(match);
	tcpmem_filter_free(filter);
	/* no cgroup of this host is called so: the path alone can tell */
	ck_assert_int_eq(
		tcpmem_filter_parse_saved("cgroup = " NGINX, &error, &filter),
		0);
	ck_assert_int_eq(tcpmem_filter_match(filter, &snapshot, &sock, &match),
			 0);
	ck_assert(!match);
	snapshot.saved = true;
	ck_assert_int_eq(tcpmem_filter_match(filter, &snapshot, &sock, &match),
			 0);
	ck_assert(match);
	snapshot.saved = false;
	forget_metadata();
	tcpmem_filter_free(filter);
	/* '"" matches every socket' */
	ck_assert_int_eq(eval("", &sock), YES);
}
END_TEST

/* What there is not yet, or never, is neither; what nobody asked is unknown. */
START_TEST(asks_tcp_info)
{
	struct tcp_info told = { .tcpi_rtt = 20000, .tcpi_snd_cwnd = 10 };
	struct tcpmem_socket sock = make();
	struct tm_info info = { .present = true };

	ck_assert_int_eq(eval("rtt > 10ms", &sock), UNKNOWN);
	ck_assert_int_eq(eval("timer = none", &sock), YES);
	memcpy(info.bytes, &told, offsetof(struct tcp_info, tcpi_rcv_rtt));
	info.len = offsetof(struct tcp_info, tcpi_rcv_rtt);
	snapshot.sockets = (struct tm_socket_set){
		.sock = &sock,
		.count = 1,
		.with_info = true,
		.info = &info,
	};
	ck_assert_int_eq(eval("rtt > 10ms", &sock), YES);
	ck_assert_int_eq(eval("rtt = 20000", &sock), YES);
	ck_assert_int_eq(eval("rtt >= 1s or cwnd != 10", &sock), NO);
	/* the kernel does not have it */
	ck_assert_int_eq(eval("rcv_rtt > 0", &sock), UNKNOWN);
	/* it is not measured */
	memset(info.bytes, 0, sizeof(info.bytes));
	ck_assert_int_eq(eval("rtt > 0", &sock), NOT_APPLICABLE);
	ck_assert_int_eq(eval("not rtt > 0", &sock), NOT_APPLICABLE);
	sock.state = TCPMEM_STATE_LISTENING;
	ck_assert_int_eq(eval("cwnd > 0 or rcv_rtt > 0", &sock),
			 NOT_APPLICABLE);
	facts.attributed = false;
	ck_assert_int_eq(eval("cwnd > 0", &sock), UNKNOWN);
	snapshot.sockets = (struct tm_socket_set){ 0 };
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("filter-eval");
	TCase *tc = tcase_create("eval");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, compares_numbers);
	tcase_add_test(tc, unknown_counters_are_neither);
	tcase_add_test(tc, mini_sockets_have_no_buffers);
	tcase_add_test(tc, finds_holders);
	tcase_add_test(tc, hidden_holders_are_neither);
	tcase_add_test(tc, waits_for_facts);
	tcase_add_test(tc, knows_namespaces);
	tcase_add_test(tc, compares_in_order);
	tcase_add_test(tc, knows_interfaces);
	tcase_add_test(tc, knows_the_other_end);
	tcase_add_test(tc, containers_have_three_names);
	tcase_add_test(tc, places_that_nobody_could_read);
	tcase_add_test(tc, knows_metadata);
	tcase_add_test(tc, a_cgroup_of_a_file_is_its_path);
	tcase_add_test(tc, holders_metadata_stand_in_for_the_root);
	tcase_add_test(tc, families_and_mapped_addresses);
	tcase_add_test(tc, protocols);
	tcase_add_test(tc, marks_may_be_hidden);
	tcase_add_test(tc, autobound_as_ss_has_it);
	tcase_add_test(tc, asks_tcp_info);
	tcase_add_test(tc, public_match);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
