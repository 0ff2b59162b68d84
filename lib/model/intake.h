/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * classifier.h - what a namespace's sockets tell about each other
 *
 * Sockets come one namespace after the other, msks before the TCP sockets.
 */
#ifndef TM_MODEL_CLASSIFIER_H
#define TM_MODEL_CLASSIFIER_H

#include "model/account.h"
#include "model/msks.h"

struct tm_classifier {
	struct tm_msks msks;
	struct tm_ports ports;
};

/* tm_classifier_init() - nothing came yet. Return: 0 or -ENOMEM. */
int tm_classifier_init(struct tm_classifier *classifier);
void tm_classifier_deinit(struct tm_classifier *classifier);

/* tm_classifier_clear() - another namespace follows, or the same one anew */
void tm_classifier_clear(struct tm_classifier *classifier);

/*
 * tm_classify() - tells msks, their subflows and others apart
 * @states: that were asked for: msks come in all states, to know subflows by
 *
 * Return: 1 if it was asked for, 0 if not, -ENOMEM.
 */
int tm_classify(struct tm_classifier *classifier, uint32_t states,
		struct tcpmem_socket *sock);

/*
 * tm_classifier_account() - completes a socket that was met but for its holder
 *
 * Only those that are kept: what sockets share is paid for by the first.
 */
void tm_classifier_account(struct tm_classifier *classifier,
			   const struct tm_objects *objects,
			   struct tcpmem_socket *sock);

#endif
