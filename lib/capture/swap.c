// SPDX-License-Identifier: LGPL-2.1-or-later
/* swap.c - messages of a host of the other byte order */
#include "base/util.h"
#include "capture/internal.h"
#include "model/socket.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <string.h>

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
		/* of an MPTCP socket it is a struct mptcp_info */
		if (!mptcp)
			tm_info_swap(payload, len);
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
