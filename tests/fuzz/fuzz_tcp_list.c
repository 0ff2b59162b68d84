// SPDX-License-Identifier: LGPL-2.1-or-later
/* fuzz_tcp_list.c - any line is a socket, or is none */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netlink/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = strndup((const char *)data, size);
	struct tm_tcp_record record;
	struct tcpmem_socket sock;

	if (!line)
		return 0;
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		if (tm_tcp_list_parse(line, ipv6, &record) < 0)
			continue;
		if (record.nlh.nlmsg_len > sizeof(record))
			abort();
		if (tm_parse_socket(&record, sizeof(record), false, &sock) ==
			    0 &&
		    (sock.skmem_words || sock.cookie))
			abort();
	}
	free(line);
	return 0;
}
