/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * intake.h - what a namespace's sockets tell about each other
 *
 * Sockets come one namespace after the other, msks before the TCP sockets.
 */
#ifndef TM_MODEL_INTAKE_H
#define TM_MODEL_INTAKE_H

#include "model/account.h"
#include "model/msks.h"

struct tm_intake {
	struct tm_msks msks;
	struct tm_ports ports;
};

/* tm_intake_init() - nothing came yet. Return: 0 or -ENOMEM. */
int tm_intake_init(struct tm_intake *intake);
void tm_intake_deinit(struct tm_intake *intake);

/* tm_intake_clear() - another namespace follows, or the same one anew */
void tm_intake_clear(struct tm_intake *intake);

/*
 * tm_intake_meet() - tells msks, their subflows and others apart
 * @states: that were asked for: msks come in all states, to know subflows by
 *
 * Return: 1 if it was asked for, 0 if not, -ENOMEM.
 */
int tm_intake_meet(struct tm_intake *intake, uint32_t states,
		   struct tcpmem_socket *sock);

/*
 * tm_intake_account() - completes a socket that was met but for its holder
 *
 * Only those that are kept: what sockets share is paid for by the first.
 */
void tm_intake_account(struct tm_intake *intake,
		       const struct tm_objects *objects,
		       struct tcpmem_socket *sock);

#endif
