// SPDX-License-Identifier: LGPL-2.1-or-later
/* intake.c - what a namespace's sockets tell about each other */
#include "model/intake.h"

#include <string.h>

int tm_intake_init(struct tm_intake *intake)
{
	memset(&intake->ports, 0, sizeof(intake->ports));
	return tm_msks_init(&intake->msks);
}

void tm_intake_deinit(struct tm_intake *intake)
{
	tm_msks_deinit(&intake->msks);
}

void tm_intake_clear(struct tm_intake *intake)
{
	memset(&intake->ports, 0, sizeof(intake->ports));
	tm_msks_clear(&intake->msks);
}

int tm_intake_meet(struct tm_intake *intake, uint32_t states,
		   struct tcpmem_socket *sock)
{
	if (sock->flags & TM_SOCK_MPTCP) {
		int ret = tm_msks_add(&intake->msks, sock);

		if (ret < 0)
			return ret;
		if (!(states & (1u << sock->state)))
			return 0;
	} else {
		tm_msks_mark(&intake->msks, sock);
	}
	return 1;
}

void tm_intake_account(struct tm_intake *intake,
		       const struct tm_objects *objects,
		       struct tcpmem_socket *sock)
{
	tm_account_object(sock, objects, &intake->ports);
}
