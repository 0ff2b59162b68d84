/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* source.h - where looks come from: the kernel, or a capture */
#ifndef CLI_TOP_SOURCE_H
#define CLI_TOP_SOURCE_H

#include "session.h"
#include "top.h"

/*
 * struct top_live - the kernel's sockets, or those of --from
 * @sampler: NULL until the first look, and after what is asked for changed
 * @last: the look before; of blame
 * @begun: what the host says was told
 */
struct top_live {
	struct top_source source;
	struct session session;
	struct tcpmem_sampler *sampler;
	struct top_look *last;
	uint32_t needs;
	unsigned int filter;
	bool begun;
};

/* top_live_open() - Return: 0 or -errno; close it either way. */
int top_live_open(struct top_live *live, const struct options *options);
void top_live_close(struct top_live *live);

/* top_look_take() - one look of @source, with its times. Return: as next() */
int top_look_take(struct top_source *source, const struct top_request *request,
		  struct top_look **look);

#endif
