// SPDX-License-Identifier: LGPL-2.1-or-later
/* foreign.c - dumps that "ss -D" made, messages of the other byte order */
#include "capture/internal.h"

#include "base/util.h"
#include "model/socket.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>

/* The kernel fills no larger buffer; what is longer is none of its messages. */
#define MESSAGE_MAX 65536

/* As the kernel's MAX_ERRNO: what is beyond is no error number. */
#define ERRNO_MAX 4096

static bool is_record(const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_type == SOCK_DIAG_BY_FAMILY ||
	       nlh->nlmsg_type == TCPDIAG_GETSOCK;
}

static bool is_message(const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_len >= sizeof(*nlh) &&
	       nlh->nlmsg_len <= MESSAGE_MAX &&
	       (is_record(nlh) || nlh->nlmsg_type == NLMSG_DONE ||
		nlh->nlmsg_type == NLMSG_ERROR);
}

bool tm_capture_is_ss(const uint8_t *data, size_t len)
{
	struct nlmsghdr nlh;

	if (len < sizeof(nlh))
		return false;
	memcpy(&nlh, data, sizeof(nlh));
	return is_message(&nlh);
}

static int not_a_message(const struct nlmsghdr *nlh, uint64_t offset,
			 struct tm_capture_error *error)
{
	return tm_capture_fail(error, -EBADMSG, offset,
			       "no sock_diag message, but type %d, length "
			       "%" PRIu32,
			       nlh->nlmsg_type, nlh->nlmsg_len);
}

/* The next message, whole: 1; 0 at the end of the file */
static int next_message(struct tm_input *input, struct nlmsghdr *nlh,
			const uint8_t **data, struct tm_capture_error *error)
{
	int64_t got = tm_input_peek(input, sizeof(*nlh), data);

	if (got == 0)
		return 0;
	if (got == sizeof(*nlh)) {
		memcpy(nlh, *data, sizeof(*nlh));
		if (!is_message(nlh))
			return not_a_message(nlh, input->offset, error);
		got = tm_input_peek(input, nlh->nlmsg_len, data);
		if (got == nlh->nlmsg_len)
			return 1;
	}
	if (got < 0)
		return tm_capture_unread(error, (int)got, input->offset);
	return tm_capture_fail(error, -EBADMSG, input->offset + (uint64_t)got,
			       "the file ends in a message");
}

static int on_done(struct tm_capture *capture, const struct nlmsghdr *nlh,
		   const uint8_t *data)
{
	int code = 0;

	if (nlh->nlmsg_len >= sizeof(*nlh) + sizeof(code))
		memcpy(&code, data + sizeof(*nlh), sizeof(code));
	if (code >= 0)
		return 0;
	return tm_warnings_add(&capture->warnings,
			       TCPMEM_WARNING_DUMP_INTERRUPTED,
			       "a dump in the file ends with the error %s",
			       code > -ERRNO_MAX ? strerror(-code) : "unknown");
}

/* The last message's padding may be missing. */
static int skip_message(struct tm_input *input, size_t len,
			struct tm_capture_error *error)
{
	const uint8_t *data;
	int64_t got = tm_input_peek(input, NLMSG_ALIGN(len), &data);

	if (got < 0)
		return tm_capture_unread(error, (int)got, input->offset);
	tm_input_skip(input, (size_t)got);
	return 0;
}

int tm_capture_read_ss(struct tm_input *input,
		       const struct tm_capture_sink *sink,
		       struct tm_capture *capture,
		       struct tm_capture_error *error)
{
	struct tm_capture_message message = { .role = TM_CAPTURE_SOCKETS };
	bool done = false;
	struct nlmsghdr nlh;
	const uint8_t *data;
	int ret;

	while ((ret = next_message(input, &nlh, &data, error)) > 0) {
		done = !is_record(&nlh);
		message.data = data;
		message.len = nlh.nlmsg_len;
		ret = done ? on_done(capture, &nlh, data)
			   : sink->message(&message, capture, sink->user);
		if (ret)
			return ret;
		ret = skip_message(input, nlh.nlmsg_len, error);
		if (ret)
			return ret;
	}
	if (ret == 0 && !done)
		return tm_capture_fail(error, -EBADMSG, input->offset,
				       "the file ends before its dump does");
	return ret;
}

/* @len bytes of numbers, each of @size. */
static void swap_each(uint8_t *at, size_t len, size_t size)
{
	for (; len >= size; at += size, len -= size)
		tm_reverse(at, size);
}

static void swap_payload(unsigned int type, uint8_t *payload, size_t len,
			 bool mptcp)
{
	switch (type & NLA_TYPE_MASK) {
	case INET_DIAG_SKMEMINFO:
	case INET_DIAG_MARK:
		swap_each(payload, len, sizeof(uint32_t));
		break;
	case INET_DIAG_CGROUP_ID:
		swap_each(payload, len, sizeof(uint64_t));
		break;
	case INET_DIAG_INFO:
		tm_info_swap(payload, len, mptcp);
		break;
	}
}

/* Ends where a length makes no sense: the parser refuses the message. */
static void swap_attributes(uint8_t *at, size_t left, bool mptcp)
{
	struct nlattr attr;

	while (left >= sizeof(attr)) {
		size_t step;

		swap_each(at, sizeof(attr), sizeof(uint16_t));
		memcpy(&attr, at, sizeof(attr));
		if (attr.nla_len < sizeof(attr) || attr.nla_len > left)
			return;
		swap_payload(attr.nla_type, at + sizeof(attr),
			     attr.nla_len - sizeof(attr), mptcp);
		step = NLA_ALIGN((size_t)attr.nla_len);
		if (step > left)
			return;
		at += step;
		left -= step;
	}
}

void tm_swap_message(uint8_t *message, size_t len, bool mptcp)
{
	const size_t head = sizeof(struct inet_diag_msg);
	const size_t numbers = offsetof(struct inet_diag_msg, id.idiag_if);
	struct nlmsghdr *nlh = (struct nlmsghdr *)message;
	uint8_t *diag = message + sizeof(*nlh);

	tm_reverse(&nlh->nlmsg_len, sizeof(nlh->nlmsg_len));
	tm_reverse(&nlh->nlmsg_type, sizeof(nlh->nlmsg_type));
	tm_reverse(&nlh->nlmsg_flags, sizeof(nlh->nlmsg_flags));
	if (len < sizeof(*nlh) + head)
		return;
	/* ports and addresses are in network order; the rest has 32 bits */
	swap_each(diag + numbers, head - numbers, sizeof(uint32_t));
	swap_attributes(diag + head, len - sizeof(*nlh) - head, mptcp);
}
