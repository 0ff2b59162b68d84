/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * capture_ss.h - raw dumps that "ss -D" made
 *
 * Netlink messages as received and nothing else, one dump behind the other:
 * ss asks for IPv4, then for IPv6, and files may have been joined. Each dump
 * ends with NLMSG_DONE.
 */
#ifndef TM_READ_CAPTURE_SS_H
#define TM_READ_CAPTURE_SS_H

#include "read/capture.h"

/* tm_capture_is_ss() - whether a dump of sock_diag begins here */
bool tm_capture_is_ss(const uint8_t *data, size_t len);

/*
 * tm_capture_read_ss() - hands on the messages of all dumps in the file
 *
 * Return: as tm_capture_read().
 */
int tm_capture_read_ss(struct tm_input *input,
		       const struct tm_capture_sink *sink,
		       struct tm_capture *capture,
		       struct tm_capture_error *error);

#endif
