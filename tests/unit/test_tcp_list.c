// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_tcp_list.c - sockets from /proc/net/tcp: well formed, hostile, cut */
#include "netlink/internal.h"
#include "tcpmem/snapshot.h"
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEAD                                                                  \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when " \
	"retrnsmt   uid  timeout inode                          \n"

#define LISTENER                                                              \
	"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 " \
	"00000000  1000        0 31337 1 0000000000000000 100 0 0 10 0"

/* 127.0.0.1 and ::1, as the words of this CPU are printed */
static void words(char *to, bool ipv6)
{
	uint32_t word[4] = { 0 };

	if (!ipv6) {
		sprintf(to, "%08X", htonl(INADDR_LOOPBACK));
		return;
	}
	word[3] = htonl(1);
	sprintf(to, "%08X%08X%08X%08X", word[0], word[1], word[2], word[3]);
}

static void line(char *to, bool ipv6, const char *behind)
{
	char address[33];

	words(address, ipv6);
	sprintf(to, "   7: %s:1F90 %s:0050 %s", address, address, behind);
}

static int parse(const char *text, bool ipv6, struct tcpmem_socket *sock)
{
	struct tm_tcp_record record;
	int ret = tm_tcp_list_parse(text, ipv6, &record);

	return ret ? ret
		   : tm_parse_socket(&record, sizeof(record), false, sock);
}

START_TEST(a_line_is_a_socket)
{
	struct tcpmem_socket sock;
	char text[256];
	int64_t held;

	line(text, false,
	     "01 00000010:00000020 01:00000019 00000003  1000        0 31337 "
	     "2 0000000000000000 20 4 30 10 -1");
	ck_assert_int_eq(parse(text, false, &sock), 0);
	ck_assert_int_eq(sock.state, TCPMEM_STATE_ESTABLISHED);
	ck_assert_mem_eq(sock.local, ((uint8_t[]){ 127, 0, 0, 1 }), 4);
	ck_assert_uint_eq(sock.local_port, 8080);
	ck_assert_uint_eq(sock.remote_port, 80);
	ck_assert_uint_eq(sock.wqueue, 16);
	ck_assert_uint_eq(sock.rqueue, 32);
	ck_assert_uint_eq(sock.timer, TCPMEM_TIMER_RETRANSMIT);
	ck_assert_uint_eq(sock.retrans, 3);
	ck_assert_uint_eq(sock.uid, 1000);
	ck_assert_uint_eq(sock.inode, 31337);
	ck_assert_uint_eq(sock.cookie, 0);
	/* "a counter that the kernel did not report is unknown, never 0" */
	ck_assert_int_eq(
		tcpmem_socket_get_metric(&sock, TCPMEM_METRIC_HELD, &held),
		-ENODATA);
	line(text, true,
	     "06 00000000:00000000 03:00000BB8 00000000     0        0 0 3 0");
	ck_assert_int_eq(parse(text, true, &sock), 0);
	ck_assert_int_eq(sock.state, TCPMEM_STATE_TIME_WAIT);
	ck_assert_uint_eq(sock.remote[15], 1);
	ck_assert(sock.flags & TM_SOCK_IPV6);
	ck_assert(sock.flags & TM_SOCK_MINI);
}
END_TEST

/* A closed socket in FIN_WAIT_2 is a mini-socket, an open one is not. */
START_TEST(the_timer_tells_a_mini_socket)
{
	struct tcpmem_socket sock;
	char text[256];

	line(text, false,
	     "05 00000000:00000000 03:00000BB8 00000000     0        0 0 3 0");
	ck_assert_int_eq(parse(text, false, &sock), 0);
	ck_assert(sock.flags & TM_SOCK_MINI);
	line(text, false,
	     "05 00000000:00000000 00:00000000 00000000  1000        0 31337 "
	     "1 0000000000000000 20 4 30 10 -1");
	ck_assert_int_eq(parse(text, false, &sock), 0);
	ck_assert(!(sock.flags & TM_SOCK_MINI));
}
END_TEST

/* "hostile until its length is checked": a line that is cut anywhere */
START_TEST(a_cut_line_is_none)
{
	static const char whole[] = LISTENER;
	size_t least = (size_t)(strstr(whole, " 31337") - whole) + 2;
	struct tcpmem_socket sock;

	for (size_t len = 0; len < sizeof(whole); len++) {
		char *text = strndup(whole, len);
		int ret = parse(text, false, &sock);

		if (len < least)
			ck_assert_int_eq(ret, -EBADMSG);
		free(text);
	}
	ck_assert_int_eq(parse(whole, false, &sock), 0);
	ck_assert_int_eq(parse(whole, true, &sock), -EBADMSG);
}
END_TEST

/* One wrong byte at a time: each is refused, or means another number. */
START_TEST(what_makes_no_sense_is_none)
{
	static const char *const wrong[] = {
		"0 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1",
		"0: 0100007G:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1",
		"0: 0100007F:1F900 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1",
		"0: 0100007F 1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1",
		"0: 0100007F:1F90 00000000:0000 0A 0000000:00000000 00:00000000 00000000 0 0 1",
		"0: 0100007F:1F90 00000000:0000 FFF 00000000:00000000 00:00000000 00000000 0 0 1",
		"0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000000000000 00000000 0 0 1",
		"0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 -1 0 1",
		"0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 4294967296 0 1",
		"0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4294967296",
		"0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1x",
		"99999999999999999999: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1",
	};
	struct tcpmem_socket sock;

	ck_assert_int_eq(parse("0: 0100007F:1F90 00000000:0000 0A "
			       "00000000:00000000 00:00000000 00000000 0 0 1",
			       false, &sock),
			 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		ck_assert_msg(parse(wrong[i], false, &sock) == -EBADMSG, "%s",
			      wrong[i]);
	/* of a state that no kernel has the record is malformed */
	ck_assert_int_eq(parse("0: 0100007F:1F90 00000000:0000 EE "
			       "00000000:00000000 00:00000000 00000000 0 0 1",
			       false, &sock),
			 -ERANGE);
}
END_TEST

#define PLAIN                                                              \
	"0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 " \
	"00000000 0 0 1"

/* Each separator, and how many digits stand before it, of a line's hex part */
START_TEST(each_column_has_its_width)
{
	static const char whole[] = PLAIN;
	size_t when = (size_t)(strstr(whole, " 00:") - whole) + 4;
	size_t end = sizeof(whole) - sizeof(" 0 0 1");
	struct tcpmem_socket sock;
	char text[sizeof(whole) + 1];

	for (size_t i = 1; i <= end; i++) {
		strcpy(text, whole);
		if (strchr(": ", whole[i])) {
			text[i] = '.';
			ck_assert_msg(parse(text, false, &sock) == -EBADMSG,
				      "%s", text);
			continue;
		}
		if (i == 1 || !strchr(": ", whole[i - 1]))
			continue;
		memmove(text + i, whole + i + 1, sizeof(whole) - i - 1);
		ck_assert_msg(parse(text, false, &sock) == -EBADMSG, "%s",
			      text);
		memmove(text + i + 1, whole + i, sizeof(whole) - i);
		text[i] = '0';
		ck_assert_msg(parse(text, false, &sock) ==
				      (i == when ? 0 : -EBADMSG),
			      "%s", text);
	}
}
END_TEST

/* The largest numbers that a record can hold, and what it holds of larger */
START_TEST(numbers_at_their_bounds)
{
	static const struct {
		const char *behind;
		uint32_t expires;
		uint8_t retrans;
	} some[] = {
		{ "01:00000000 00000000", 0, 0 },
		{ "01:00000019 000000FE", 25 * 1000, 254 },
		{ "01:0000000000000019 000000FF", 25 * 1000, 255 },
		{ "01:0000001900000000 00000100", UINT32_MAX, 255 },
		{ "01:FFFFFFFFFFFFFFFF FFFFFFFF", UINT32_MAX, 255 },
	};
	uint32_t hz = (uint32_t)sysconf(_SC_CLK_TCK);

	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++) {
		struct tm_tcp_record record;
		char text[256];

		sprintf(text,
			"0: 0100007F:1F90 00000000:0000 0A FFFFFFFF:FFFFFFFE "
			"%s 4294967295 18446744073709551615 4294967295",
			some[i].behind);
		ck_assert_int_eq(tm_tcp_list_parse(text, false, &record), 0);
		ck_assert_uint_eq(record.diag.idiag_expires,
				  some[i].expires == UINT32_MAX
					  ? UINT32_MAX
					  : some[i].expires / hz);
		ck_assert_uint_eq(record.diag.idiag_retrans, some[i].retrans);
		ck_assert_uint_eq(record.diag.idiag_wqueue, UINT32_MAX);
		ck_assert_uint_eq(record.diag.idiag_rqueue, UINT32_MAX - 1);
		ck_assert_uint_eq(record.diag.idiag_uid, UINT32_MAX);
		ck_assert_uint_eq(record.diag.idiag_inode, UINT32_MAX);
		ck_assert_int_eq(record.nlh.nlmsg_type, SOCK_DIAG_BY_FAMILY);
	}
}
END_TEST

/* Only of a full FIN_WAIT_2 it takes an attribute to tell. */
START_TEST(a_record_is_as_long_as_it_must_be)
{
	static const struct {
		const char *state, *timer;
		bool longer, mini;
	} some[] = {
		{ "01", "00", false, false }, { "05", "00", true, false },
		{ "05", "02", true, false },  { "05", "03", false, true },
		{ "06", "03", false, true },  { "03", "01", false, true },
	};

	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++) {
		struct tm_tcp_record record;
		struct tcpmem_socket sock;
		char text[256];

		sprintf(text,
			"0: 0100007F:1F90 00000000:0000 %s 00000000:00000000 "
			"%s:00000000 00000000 0 0 0",
			some[i].state, some[i].timer);
		ck_assert_int_eq(tm_tcp_list_parse(text, false, &record), 0);
		ck_assert_uint_eq(
			record.nlh.nlmsg_len,
			some[i].longer ? sizeof(record)
				       : offsetof(struct tm_tcp_record, attr));
		ck_assert_int_eq(
			tm_parse_socket(&record, sizeof(record), false, &sock),
			0);
		ck_assert_int_eq((sock.flags & TM_SOCK_MINI) != 0,
				 some[i].mini);
	}
}
END_TEST

struct files {
	const char *text[2]; /* NULL: there is none */
	size_t len[2];
	size_t sockets;
	int stop;
	/* what else is wanted, and what came of it */
	bool info;
	size_t infos, messages, bytes;
	int stop_message;
};

static int open_file(bool ipv6, void *user)
{
	const struct files *files = user;
	int fd;

	if (!files->text[ipv6])
		return -ENOENT;
	fd = memfd_create("tcp", MFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, files->text[ipv6], files->len[ipv6]),
			 (ssize_t)files->len[ipv6]);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static int on_socket(struct tcpmem_socket *sock, const struct tm_info *info,
		     void *user)
{
	struct files *files = user;

	(void)sock;
	files->infos += info && info->present;
	files->sockets++;
	return files->stop;
}

static int on_message(const void *msg, size_t len, bool mptcp, void *user)
{
	struct files *files = user;

	ck_assert_uint_eq(((const struct nlmsghdr *)msg)->nlmsg_len, len);
	ck_assert(!mptcp);
	files->messages++;
	files->bytes += len;
	return files->stop_message;
}

static int dump(struct files *files, uint32_t states,
		struct tm_warnings *warnings)
{
	const struct tm_list_source source = { open_file, files };
	const struct tm_diag_request request = {
		.states = states,
		.info = files->info,
	};
	const struct tm_diag_sink sink = {
		.message = files->info ? on_message : NULL,
		.socket = on_socket,
		.user = files,
	};

	for (int i = 0; i < 2; i++)
		if (files->text[i] && !files->len[i])
			files->len[i] = strlen(files->text[i]);
	return tm_list_dump(&source, &request, &sink, warnings);
}

START_TEST(files_are_read_to_their_end)
{
	struct files files = { .text = { HEAD LISTENER "\n" LISTENER "\n" } };
	struct tm_warnings warnings = { 0 };

	/* the kernel may repeat a socket; a kernel without IPv6 has no tcp6 */
	ck_assert_int_eq(dump(&files, TCPMEM_STATES_ALL, &warnings), 0);
	ck_assert_uint_eq(files.sockets, 1);
	ck_assert_int_eq(
		dump(&files, 1u << TCPMEM_STATE_ESTABLISHED, &warnings), 0);
	ck_assert_uint_eq(files.sockets, 1);
	ck_assert_uint_eq(warnings.count, 0);
	files.stop = -ECANCELED;
	ck_assert_int_eq(dump(&files, TCPMEM_STATES_ALL, &warnings),
			 -ECANCELED);
	files.text[0] = NULL;
	ck_assert_int_eq(dump(&files, TCPMEM_STATES_ALL, &warnings), -ENOENT);
}
END_TEST

/* "as tm_diag_dump(), from the files": what is wanted of each socket, too */
START_TEST(records_and_infos_as_of_a_dump)
{
	struct files files = { .text = { HEAD LISTENER "\n" LISTENER "\n" } };
	struct tm_warnings warnings = { 0 };

	ck_assert_int_eq(dump(&files, TCPMEM_STATES_ALL, &warnings), 0);
	ck_assert_uint_eq(files.infos, 0);
	files.info = true;
	ck_assert_int_eq(dump(&files, TCPMEM_STATES_ALL, &warnings), 0);
	ck_assert_uint_eq(files.sockets, 2);
	ck_assert_uint_eq(files.infos, 1);
	ck_assert_uint_eq(files.messages, 1);
	ck_assert_uint_eq(files.bytes, offsetof(struct tm_tcp_record, attr));
	files.stop_message = -ECANCELED;
	ck_assert_int_eq(dump(&files, TCPMEM_STATES_ALL, &warnings),
			 -ECANCELED);
	ck_assert_uint_eq(files.sockets, 2);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

static int open_odd(bool ipv6, void *user)
{
	const char *const *paths = user;
	int fd = open(paths[ipv6], O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* "-errno of opening or reading": only that there is no tcp6 is none */
START_TEST(errors_of_the_files)
{
	static const struct {
		const char *paths[2];
		int error;
	} some[] = {
		{ { "/dev/null", "/nonexistent" }, 0 },
		{ { "/nonexistent", "/dev/null" }, -ENOENT },
		{ { "/dev/null", "/dev/null/tcp6" }, -ENOTDIR },
		{ { "/dev/null", "/" }, -EISDIR },
		{ { "/", "/dev/null" }, -EISDIR },
	};
	const struct tm_diag_request request = { .states = 1 };
	const struct tm_diag_sink sink = { .socket = on_socket };
	struct tm_warnings warnings = { 0 };

	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++) {
		const struct tm_list_source source = {
			open_odd,
			(void *)some[i].paths,
		};

		ck_assert_int_eq(
			tm_list_dump(&source, &request, &sink, &warnings),
			some[i].error);
		ck_assert_uint_eq(warnings.count, 0);
	}
}
END_TEST

/* Lines that two reads have a part of, and the file of IPv6 behind it */
START_TEST(no_line_is_lost_between_two_reads)
{
	static char text[400 * 160 + sizeof(HEAD)], v6[600];
	struct files files = { .text = { text, v6 } };
	struct tm_warnings warnings = { 0 };
	size_t len = strlen(strcpy(text, HEAD));
	char one[400];

	for (int i = 0; i < 400; i++)
		len += (size_t)sprintf(
			text + len,
			"%4d: 0100007F:%04X 00000000:0000 0A 00000000:00000003 "
			"00:00000000 00000000  1000        0 %d 1 "
			"0000000000000000 100 0 0 10 0\n",
			i, 8000 + i, 31337 + i);
	line(one, true,
	     "01 00000000:00000000 00:00000000 00000000  1000        0 7 1 "
	     "0000000000000000 20 4 30 10 -1");
	sprintf(v6, HEAD "%s\n", one);
	ck_assert_int_eq(dump(&files, TCPMEM_STATES_ALL, &warnings), 0);
	ck_assert_uint_eq(files.sockets, 401);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

/* "lines ... make no sense and are not counted" */
START_TEST(damage_is_said_and_hides_nothing_else)
{
	static char text[3 * 16384];
	struct files files = { .text = { text } };
	struct tm_warnings warnings = { 0 };
	size_t len;

	strcpy(text, HEAD);
	len = strlen(text);
	memset(text + len, 'A', 20000); /* longer than any buffer */
	len += 20000;
	strcpy(text + len, "\nnonsense\n" LISTENER "\n" LISTENER);
	len += strlen(text + len);
	text[strlen(HEAD) + 10] = '\0';
	files.len[0] = len;
	ck_assert_int_eq(dump(&files, TCPMEM_STATES_ALL, &warnings), 0);
	ck_assert_uint_eq(files.sockets, 1);
	ck_assert_uint_eq(warnings.count, 1);
	ck_assert_int_eq(warnings.warning[0].code,
			 TCPMEM_WARNING_MESSAGE_MALFORMED);
	/* two halves of the long one, nonsense, and the last has no end */
	ck_assert_int_eq(strncmp(warnings.warning[0].text, "4 lines ", 8), 0);
	tm_warnings_clear(&warnings);
	files.len[0] = (size_t)sprintf(
		text,
		HEAD "0: 0100007F:1F90 00000000:0000 EE 00000000:00000000 "
		     "00:00000000 00000000 0 0 1\n");
	ck_assert_int_eq(dump(&files, TCPMEM_STATES_ALL, &warnings), 0);
	ck_assert_uint_eq(files.sockets, 1);
	ck_assert_int_eq(strncmp(warnings.warning[0].text, "1 lines ", 8), 0);
	tm_warnings_clear(&warnings);
	files.len[0] = (size_t)sprintf(text, HEAD LISTENER "\n");
	text[0] = '\0';
	ck_assert_int_eq(dump(&files, TCPMEM_STATES_ALL, &warnings), 0);
	ck_assert_uint_eq(files.sockets, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tcp_list");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, a_line_is_a_socket);
	tcase_add_test(tc, the_timer_tells_a_mini_socket);
	tcase_add_test(tc, a_cut_line_is_none);
	tcase_add_test(tc, what_makes_no_sense_is_none);
	tcase_add_test(tc, each_column_has_its_width);
	tcase_add_test(tc, numbers_at_their_bounds);
	tcase_add_test(tc, a_record_is_as_long_as_it_must_be);
	tcase_add_test(tc, files_are_read_to_their_end);
	tcase_add_test(tc, records_and_infos_as_of_a_dump);
	tcase_add_test(tc, errors_of_the_files);
	tcase_add_test(tc, no_line_is_lost_between_two_reads);
	tcase_add_test(tc, damage_is_said_and_hides_nothing_else);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
