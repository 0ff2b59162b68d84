// SPDX-License-Identifier: LGPL-2.1-or-later
/* ss.c - raw dumps that "ss -D" made */
#include "capture/internal.h"

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
			return tm_capture_fail(
				error, -EBADMSG, input->offset,
				"no sock_diag message, but type %d, length "
				"%" PRIu32,
				nlh->nlmsg_type, nlh->nlmsg_len);
		got = tm_input_peek(input, nlh->nlmsg_len, data);
		if (got == nlh->nlmsg_len)
			return 1;
	}
	if (got < 0)
		return tm_capture_fail(error, (int)got, input->offset,
				       "cannot be read");
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
		if (done)
			ret = on_done(capture, &nlh, data);
		else
			ret = sink->message(&message, capture, sink->user);
		if (ret)
			return ret;
		/* the last message's padding may be missing */
		ret = (int)tm_input_peek(input, NLMSG_ALIGN(nlh.nlmsg_len),
					 &data);
		if (ret < 0)
			return tm_capture_fail(error, ret, input->offset,
					       "cannot be read");
		tm_input_skip(input, (size_t)ret);
	}
	if (ret == 0 && !done)
		return tm_capture_fail(error, -EBADMSG, input->offset,
				       "the file ends before its dump does");
	return ret;
}
