// SPDX-License-Identifier: LGPL-2.1-or-later
/* classifier.c - what a namespace's sockets tell about each other */
#include "model/classifier.h"

#include <string.h>

int tm_classifier_init(struct tm_classifier *classifier)
{
	memset(&classifier->ports, 0, sizeof(classifier->ports));
	return tm_msks_init(&classifier->msks);
}

void tm_classifier_deinit(struct tm_classifier *classifier)
{
	tm_msks_deinit(&classifier->msks);
}

void tm_classifier_clear(struct tm_classifier *classifier)
{
	memset(&classifier->ports, 0, sizeof(classifier->ports));
	tm_msks_clear(&classifier->msks);
}

int tm_classify(struct tm_classifier *classifier, uint32_t states,
		struct tcpmem_socket *sock)
{
	if (sock->flags & TM_SOCK_MPTCP) {
		int ret = tm_msks_add(&classifier->msks, sock);

		if (ret < 0)
			return ret;
		if (!(states & (1u << sock->state)))
			return 0;
	} else {
		tm_msks_mark(&classifier->msks, sock);
	}
	return 1;
}

void tm_classifier_account(struct tm_classifier *classifier,
			   const struct tm_objects *objects,
			   struct tcpmem_socket *sock)
{
	tm_account_object(sock, objects, &classifier->ports);
}
