// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * tcp_list.c - sockets from /proc/net/tcp and tcp6
 *
 * Each line becomes the record that sock_diag would have sent, without the
 * attributes that the file does not have: what is behind a sink need not know.
 *
 *   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt
 *    0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000
 *      uid  timeout inode ...
 *     1000        0 31337 ...
 */
#include "netlink/internal.h"

#include "base/util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel pads lines to 150 bytes, of IPv6 to 180. */
#define BUFFER_SIZE 16384

/* As struct tcp_sock's timers are numbered there; 3 is a mini-socket's. */
#define TIMER_TIME_WAIT 3

/* @least to @most digits, and @end behind them */
static bool take_hex(const char **at, size_t least, size_t most, char end,
		     uint64_t *value)
{
	size_t digits = 0;

	*value = 0;
	for (; digits < most && tm_hex_digit((*at)[digits]) >= 0; digits++)
		*value = *value << 4 | (uint64_t)tm_hex_digit((*at)[digits]);
	*at += digits;
	return digits >= least && *(*at)++ == end;
}

static bool take_decimal(const char **at, uint64_t max, uint64_t *value)
{
	*at += strspn(*at, " ");
	return tm_parse_u64(*at, at, value) == 0 && *value <= max &&
	       (**at == ' ' || !**at);
}

/* Words of an address are printed as the CPU reads them. */
static bool take_address(const char **at, bool ipv6, __be32 address[4],
			 __be16 *port)
{
	char digits[9] = "";
	uint64_t word;

	for (size_t i = 0; i < (ipv6 ? 4 : 1); i++) {
		const char *from = digits;

		if (strnlen(*at, 8) < 8)
			return false;
		memcpy(digits, *at, 8);
		*at += 8;
		if (!take_hex(&from, 8, 8, '\0', &word))
			return false;
		address[i] = (uint32_t)word;
	}
	if (*(*at)++ != ':' || !take_hex(at, 4, 4, ' ', &word))
		return false;
	*port = htons((uint16_t)word);
	return true;
}

static uint32_t to_ms(uint64_t ticks)
{
	uint64_t ms;

	if (__builtin_mul_overflow(ticks, 1000, &ms))
		return UINT32_MAX;
	ms /= (uint64_t)sysconf(_SC_CLK_TCK);
	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

static bool take_counts(const char **at, struct inet_diag_msg *diag)
{
	uint64_t state, send, receive, timer, when, resent;

	if (!take_hex(at, 2, 2, ' ', &state) ||
	    !take_hex(at, 8, 8, ':', &send) ||
	    !take_hex(at, 8, 8, ' ', &receive) ||
	    !take_hex(at, 2, 2, ':', &timer) ||
	    !take_hex(at, 8, 16, ' ', &when) ||
	    !take_hex(at, 8, 8, ' ', &resent))
		return false;
	diag->idiag_state = (uint8_t)state;
	diag->idiag_wqueue = (uint32_t)send;
	diag->idiag_rqueue = (uint32_t)receive;
	diag->idiag_timer = (uint8_t)timer;
	diag->idiag_expires = to_ms(when);
	diag->idiag_retrans = resent < UINT8_MAX ? (uint8_t)resent : UINT8_MAX;
	return true;
}

static bool take_owner(const char **at, struct inet_diag_msg *diag)
{
	uint64_t uid, timeout, inode;

	if (!take_decimal(at, UINT32_MAX, &uid) ||
	    !take_decimal(at, UINT64_MAX, &timeout) ||
	    !take_decimal(at, UINT32_MAX, &inode))
		return false;
	diag->idiag_uid = (uint32_t)uid;
	diag->idiag_inode = (uint32_t)inode;
	return true;
}

static bool take_line(const char *at, bool ipv6, struct inet_diag_msg *diag)
{
	struct inet_diag_sockid *id = &diag->id;
	uint64_t number;

	at += strspn(at, " ");
	return tm_parse_u64(at, &at, &number) == 0 && *at++ == ':' &&
	       *at++ == ' ' &&
	       take_address(&at, ipv6, id->idiag_src, &id->idiag_sport) &&
	       take_address(&at, ipv6, id->idiag_dst, &id->idiag_dport) &&
	       take_counts(&at, diag) && take_owner(&at, diag);
}

int tm_tcp_list_parse(const char *line, bool ipv6, struct tm_tcp_record *record)
{
	struct inet_diag_msg *diag = &record->diag;

	*record = (struct tm_tcp_record){
		.nlh = { .nlmsg_type = SOCK_DIAG_BY_FAMILY },
		.attr = { .nla_len = sizeof(record->attr) + 1,
			  .nla_type = INET_DIAG_SHUTDOWN },
	};
	diag->idiag_family = ipv6 ? AF_INET6 : AF_INET;
	if (!take_line(line, ipv6, diag))
		return -EBADMSG;
	/* a full socket, for no mini-socket in that state has another timer */
	if (diag->idiag_state == TCPMEM_STATE_FIN_WAIT_2 &&
	    diag->idiag_timer != TIMER_TIME_WAIT)
		record->nlh.nlmsg_len = sizeof(*record);
	else
		record->nlh.nlmsg_len = offsetof(struct tm_tcp_record, attr);
	return 0;
}

/*
 * struct list - a file that is being read
 * @head: its first line, which names the columns, is still to come
 */
struct list {
	const struct tm_diag_request *request;
	const struct tm_diag_sink *sink;
	struct tm_dedup *seen;
	size_t *malformed;
	bool ipv6;
	bool head;
};

static int emit(struct list *list, const struct tm_tcp_record *record)
{
	struct tcpmem_socket sock;
	struct tm_info info;
	int ret = tm_parse_socket(record, sizeof(*record), false, &sock);

	if (ret < 0) {
		++*list->malformed;
		return 0;
	}
	if (!(list->request->states & 1u << sock.state))
		return 0;
	ret = tm_dedup_add(list->seen, tm_socket_identity(&sock), false);
	if (ret)
		return ret < 0 ? ret : 0;
	if (list->sink->message)
		ret = list->sink->message(record, record->nlh.nlmsg_len, false,
					  list->sink->user);
	if (ret)
		return ret;
	if (list->request->info)
		tm_parse_info(record, &info);
	return list->sink->socket(&sock, list->request->info ? &info : NULL,
				  list->sink->user);
}

static int take(struct list *list, const char *line)
{
	struct tm_tcp_record record;

	if (list->head) {
		list->head = false;
		return 0;
	}
	if (tm_tcp_list_parse(line, list->ipv6, &record) == 0)
		return emit(list, &record);
	++*list->malformed;
	return 0;
}

/* Return: 0 and how many bytes of @text were whole lines. */
static int take_lines(struct list *list, char *text, size_t *taken)
{
	char *line = text, *end;
	int ret = 0;

	for (; ret == 0 && (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		ret = take(list, line);
	}
	*taken = (size_t)(line - text);
	return ret;
}

static ssize_t read_more(int fd, char *to, size_t room)
{
	ssize_t got;

	do
		got = read(fd, to, room);
	while (got < 0 && errno == EINTR);
	/* a NUL would hide what follows it */
	for (ssize_t i = 0; i < got; i++)
		if (!to[i])
			to[i] = '?';
	return got < 0 ? -errno : got;
}

/* A line that the file does not end, or that no buffer holds, is none. */
static int read_list(struct list *list, int fd)
{
	char buffer[BUFFER_SIZE];
	size_t used = 0, taken;

	for (;;) {
		ssize_t got =
			read_more(fd, buffer + used, sizeof(buffer) - 1 - used);
		int ret;

		if (got <= 0) {
			*list->malformed += used > 0;
			return (int)got;
		}
		used += (size_t)got;
		buffer[used] = '\0';
		ret = take_lines(list, buffer, &taken);
		if (ret)
			return ret;
		used -= taken;
		memmove(buffer, buffer + taken, used);
		if (used < sizeof(buffer) - 1)
			continue;
		++*list->malformed;
		used = 0;
	}
}

static int read_both(const struct tm_list_source *source, struct list *list)
{
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		int fd = source->open(ipv6, source->user), ret;

		/* a kernel without IPv6 has no such file */
		if (fd == -ENOENT && ipv6)
			return 0;
		if (fd < 0)
			return fd;
		list->ipv6 = ipv6;
		list->head = true;
		ret = read_list(list, fd);
		close(fd);
		if (ret)
			return ret;
	}
	return 0;
}

int tm_list_dump(const struct tm_list_source *source,
		 const struct tm_diag_request *request,
		 const struct tm_diag_sink *sink, struct tm_warnings *warnings)
{
	struct tm_dedup seen;
	size_t malformed = 0;
	struct list list = {
		.request = request,
		.sink = sink,
		.seen = &seen,
		.malformed = &malformed,
	};
	int ret = tm_dedup_init(&seen);

	if (ret < 0)
		return ret;
	ret = read_both(source, &list);
	tm_dedup_deinit(&seen);
	if (ret || !malformed)
		return ret;
	return tm_warnings_add(warnings, TCPMEM_WARNING_MESSAGE_MALFORMED,
			       "%zu lines of /proc/net/tcp make no sense and "
			       "are not counted",
			       malformed);
}
