// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * diag.c - live sockets over NETLINK_SOCK_DIAG
 *
 * The legacy request (TCPDIAG_GETSOCK) walks the kernel's tables once for
 * both families; a kernel that refuses it is asked by family. libmnl builds
 * and bounds the messages; receiving is ours, because its default callback
 * ignores the error that NLMSG_DONE carries, and a failed dump would read as
 * an empty host.
 */
#include "netlink/internal.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Room for a request's headers; the bytecode is sent from where it is. */
#define REQUEST_SIZE 256

/* Attempts at a dump that breaks off. */
#define TRIES 4

/* Receive timeout: a lost batch leaves recv(2) without an answer. */
#define TIMEOUT_S 5

/* A dump for a protocol above 255 names it in an attribute. */
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

enum form {
	FORM_LEGACY,
	FORM_IPV4,
	FORM_IPV6,
};

struct dump {
	const struct tcpmem_ctx *ctx;
	const struct tm_diag_source *source;
	const struct tm_diag_request *request;
	const struct tm_diag_sink *sink;
	struct tm_dedup seen;
	struct tm_batches batches;
	uint32_t seq;
	const void *code; /* the request's, until the kernel refuses it */
	bool mptcp;	  /* what is being asked for now: msks, or TCP */
	bool by_family;	  /* the legacy request was refused */
	bool mptcp_refused;
	size_t delivered;
	bool stopped; /* the sink ended the dump, or no thread could be started
			 to open a socket: no error of the kernel */
	size_t malformed;
	int malformed_error;
};

/* The state of a dump after a message. */
enum progress {
	GO_ON,
	FINISHED,
	BROKEN, /* begin anew, on a new socket */
};

int tm_diag_open(void *unused)
{
	const struct timeval timeout = { .tv_sec = TIMEOUT_S };
	int fd, error;

	(void)unused;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout,
		       sizeof(timeout)) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

static uint8_t extensions(const struct dump *d)
{
	uint8_t ext = 1 << (INET_DIAG_SKMEMINFO - 1);

	if (d->request->info)
		ext |= 1 << (INET_DIAG_INFO - 1);
	if (d->request->info && !d->mptcp)
		ext |= 1 << (INET_DIAG_CONG - 1);
	return ext;
}

static void put_legacy(const struct dump *d, struct nlmsghdr *nlh,
		       uint32_t states)
{
	struct inet_diag_req *req =
		mnl_nlmsg_put_extra_header(nlh, sizeof(*req));

	nlh->nlmsg_type = TCPDIAG_GETSOCK;
	req->idiag_family = AF_INET;
	req->idiag_states = states;
	req->idiag_ext = extensions(d);
}

static void put_by_family(const struct dump *d, struct nlmsghdr *nlh,
			  enum form form, uint32_t states)
{
	struct inet_diag_req_v2 *req =
		mnl_nlmsg_put_extra_header(nlh, sizeof(*req));

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	req->sdiag_family = form == FORM_IPV6 ? AF_INET6 : AF_INET;
	/* 262 does not fit a byte; 262 & 255 would silently mean TCP */
	req->sdiag_protocol = d->mptcp ? IPPROTO_RAW : IPPROTO_TCP;
	req->idiag_states = states;
	req->idiag_ext = extensions(d);
}

/* Msks are asked for unfiltered: they are what tells subflows apart. */
static int send_with_code(const struct dump *d, int fd, struct nlmsghdr *nlh)
{
	bool filtered = d->code && !d->mptcp;
	struct nlattr attr = { .nla_type = INET_DIAG_REQ_BYTECODE };
	struct iovec iov[] = {
		{ .iov_base = nlh, .iov_len = nlh->nlmsg_len },
		{ .iov_base = &attr, .iov_len = sizeof(attr) },
		{ .iov_base = (void *)d->code,
		  .iov_len = d->request->code_len },
	};
	const struct msghdr msg = {
		.msg_iov = iov,
		.msg_iovlen = filtered ? 3 : 1,
	};
	ssize_t sent;

	if (filtered) {
		attr.nla_len = (uint16_t)(sizeof(attr) + d->request->code_len);
		nlh->nlmsg_len += attr.nla_len;
	}
	do
		sent = sendmsg(fd, &msg, 0);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

static int send_request(struct dump *d, int fd, enum form form)
{
	uint32_t states = d->mptcp ? TCPMEM_STATES_ALL : d->request->states;
	uint8_t buffer[REQUEST_SIZE] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);

	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = ++d->seq;
	if (form == FORM_LEGACY)
		put_legacy(d, nlh, states);
	else
		put_by_family(d, nlh, form, states);
	if (d->mptcp)
		mnl_attr_put_u32(nlh, INET_DIAG_REQ_PROTOCOL, IPPROTO_MPTCP);
	return send_with_code(d, fd, nlh);
}

/* Remembers the first of the records that make no sense; the walk goes on. */
static void count_malformed(struct dump *d, int error)
{
	if (!d->malformed++)
		d->malformed_error = error;
	tm_warn(d->ctx, "sock_diag record %zu: %s", d->delivered + d->malformed,
		strerror(-error));
}

static int emit_socket(struct dump *d, const struct nlmsghdr *nlh, size_t len)
{
	bool with_info = d->request->info;
	struct tcpmem_socket sock;
	struct tm_info info;
	int ret;

	if (d->sink->message) {
		ret = d->sink->message(nlh, nlh->nlmsg_len, d->mptcp,
				       d->sink->user);
		d->stopped = ret != 0;
		if (ret)
			return ret;
	}
	ret = tm_parse_socket(nlh, len, d->mptcp, &sock);
	if (ret < 0) {
		count_malformed(d, ret);
		return 0;
	}
	ret = tm_dedup_add(&d->seen, tm_socket_identity(&sock),
			   sock.state == TCPMEM_STATE_BOUND_INACTIVE);
	if (ret)
		return ret < 0 ? ret : 0;
	d->delivered++;
	if (with_info)
		tm_parse_info(nlh, &info);
	ret = d->sink->socket(&sock, with_info ? &info : NULL, d->sink->user);
	d->stopped = ret != 0;
	return ret;
}

/* NLMSG_DONE and NLMSG_ERROR both carry an int: 0 or -errno. */
static int read_error(const struct nlmsghdr *nlh)
{
	int error;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(error))
		return nlh->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
	memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof(error));
	return error < 0 ? error : 0;
}

static int read_message(struct dump *d, const struct nlmsghdr *nlh, size_t len,
			enum progress *progress)
{
	if (nlh->nlmsg_seq != d->seq || nlh->nlmsg_type == NLMSG_NOOP)
		return 0;
	if ((nlh->nlmsg_flags & NLM_F_DUMP_INTR) ||
	    nlh->nlmsg_type == NLMSG_OVERRUN) {
		*progress = BROKEN;
		return 0;
	}
	if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR) {
		*progress = FINISHED;
		return read_error(nlh);
	}
	return emit_socket(d, nlh, len);
}

/* The memory of a hundred thousand cookies is in no cache of the CPU. */
static void prefetch_batch(const struct dump *d, const void *batch, size_t got)
{
	const struct nlmsghdr *nlh = batch;
	int left = (int)got;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		const struct inet_diag_msg *diag = mnl_nlmsg_get_payload(nlh);

		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*diag))
			continue;
		tm_dedup_prefetch(&d->seen,
				  (uint64_t)diag->id.idiag_cookie[1] << 32 |
					  diag->id.idiag_cookie[0]);
	}
}

static int read_batch(struct dump *d, const void *batch, size_t got,
		      enum progress *progress)
{
	const struct nlmsghdr *nlh = batch;
	int left = (int)got;

	prefetch_batch(d, batch, got);
	while (mnl_nlmsg_ok(nlh, left)) {
		int ret = read_message(d, nlh, (size_t)left, progress);

		if (ret || *progress != GO_ON)
			return ret;
		nlh = mnl_nlmsg_next(nlh, &left);
	}
	if (left > 0)
		*progress = BROKEN; /* a cut batch: what follows is lost */
	return 0;
}

/*
 * A timeout, a lost batch (ENOBUFS: nothing restarts such a dump) or a cut one
 * break it.
 */
static int receive_batch(struct dump *d, enum progress *progress)
{
	const void *batch;
	ssize_t got = tm_batches_next(&d->batches, &batch);

	if (got == -EAGAIN || got == -ENOBUFS || got == -ENODATA ||
	    got > TM_BATCH_SIZE) {
		*progress = BROKEN;
		return 0;
	}
	return got > 0 ? read_batch(d, batch, (size_t)got, progress) : (int)got;
}

/* Return: 0 and whether it broke off, or -errno, or what the sink said. */
static int dump_once(struct dump *d, enum form form, bool *broken)
{
	enum progress progress = GO_ON;
	int fd, ret;

	fd = d->source->open(d->source->user);
	d->stopped = fd == -EAGAIN;
	if (fd < 0)
		return fd;
	ret = send_request(d, fd, form);
	if (ret == 0)
		ret = tm_batches_begin(&d->batches, fd, d->seq);
	while (ret == 0 && progress == GO_ON)
		ret = receive_batch(d, &progress);
	tm_batches_end(&d->batches);
	close(fd);
	*broken = progress == BROKEN;
	return ret;
}

/*
 * A program may need a privilege (-EPERM) or a younger kernel (-EINVAL): then
 * the dump is asked for without it.
 */
static int dump_form(struct dump *d, enum form form, bool *broken)
{
	size_t before = d->delivered;
	int ret = dump_once(d, form, broken);

	if ((ret != -EPERM && ret != -EINVAL) || !d->code || d->mptcp ||
	    d->stopped || d->delivered != before)
		return ret;
	tm_debug(d->ctx, "the kernel refuses a filter: %s", strerror(-ret));
	d->code = NULL;
	if (d->sink->unfiltered)
		d->sink->unfiltered(d->sink->user);
	return dump_once(d, form, broken);
}

/* NLMSG_DONE may carry a transient error too. */
static bool passes(int error)
{
	return error == -EINTR || error == -EAGAIN || error == -ENOBUFS ||
	       error == -EBUSY;
}

/* Who takes the sockets may say the same, and means something else. */
static bool refused(const struct dump *d, int error)
{
	return !d->stopped && (error == -EINVAL || error == -EOPNOTSUPP ||
			       error == -ENOENT || error == -EPROTONOSUPPORT);
}

static int begin_anew(struct dump *d)
{
	if (d->delivered && !d->sink->restart)
		return 1;
	tm_dedup_clear(&d->seen);
	d->delivered = 0;
	d->malformed = 0;
	return d->sink->restart ? d->sink->restart(d->sink->user) : 0;
}

static int dump_families(struct dump *d, bool *broken)
{
	int ret = dump_form(d, FORM_IPV4, broken);

	if (ret || *broken)
		return ret;
	ret = dump_form(d, FORM_IPV6, broken);
	/* a kernel without IPv6 has no such sockets to miss */
	return refused(d, ret) ? 0 : ret;
}

static int dump_protocol(struct dump *d, bool mptcp, bool *broken)
{
	size_t before = d->delivered;
	int ret;

	d->mptcp = mptcp;
	if (d->by_family)
		return dump_families(d, broken);
	ret = dump_form(d, FORM_LEGACY, broken);
	/* -ENOENT: mptcp_diag is not loaded, whichever request was used */
	if (!refused(d, ret) || d->delivered != before ||
	    (mptcp && ret == -ENOENT))
		return ret;
	d->by_family = true;
	return dump_families(d, broken);
}

static int dump_all(struct dump *d, bool *broken)
{
	int ret;

	if (d->request->mptcp) {
		ret = dump_protocol(d, true, broken);
		d->mptcp_refused = refused(d, ret);
		if ((ret && !d->mptcp_refused) || *broken)
			return ret;
	}
	ret = dump_protocol(d, false, broken);
	if (ret == -ENOENT && !d->stopped)
		return -EPROTONOSUPPORT;
	return ret;
}

static int dump_tries(struct dump *d, struct tm_warnings *warnings)
{
	for (int tries = 1;; tries++) {
		bool broken = false;
		int ret = dump_all(d, &broken);

		if (d->stopped || (!broken && !passes(ret)))
			return ret;
		tm_warn(d->ctx, "sock_diag dump broke off after %zu sockets",
			d->delivered);
		ret = tries < TRIES ? begin_anew(d) : 1;
		if (ret < 0)
			return ret;
		if (ret)
			break;
	}
	return tm_warnings_add(warnings, TCPMEM_WARNING_DUMP_INTERRUPTED,
			       "the kernel broke the dump of sockets off after "
			       "%zu; ask again, or for fewer states",
			       d->delivered);
}

int tm_diag_dump(const struct tcpmem_ctx *ctx,
		 const struct tm_diag_source *source,
		 const struct tm_diag_request *request,
		 const struct tm_diag_sink *sink, struct tm_warnings *warnings,
		 bool *mptcp_refused)
{
	struct dump d = {
		.ctx = ctx,
		.source = source,
		.request = request,
		.sink = sink,
		.code = request->code,
	};
	int ret = tm_dedup_init(&d.seen);

	if (ret < 0)
		return ret;
	ret = dump_tries(&d, warnings);
	if (ret == 0 && d.malformed)
		ret = tm_warnings_add(
			warnings, TCPMEM_WARNING_MESSAGE_MALFORMED,
			"%zu socket records of the kernel make no "
			"sense (first: %s) and are not counted",
			d.malformed, strerror(-d.malformed_error));
	tm_batches_deinit(&d.batches);
	tm_dedup_deinit(&d.seen);
	if (ret == 0)
		*mptcp_refused = d.mptcp_refused;
	return ret;
}
