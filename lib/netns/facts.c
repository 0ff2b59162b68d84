// SPDX-License-Identifier: LGPL-2.1-or-later
/* facts.c - what a namespace says that filters ask for */
#include "netns/internal.h"

#include "base/util.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

/* Two numbers and a newline. */
#define RANGE_MAX 64

static bool read_port(const char **text, uint16_t *port)
{
	uint64_t value;

	*text += strspn(*text, " \t");
	if (tm_parse_u64(*text, text, &value) < 0 || value > UINT16_MAX)
		return false;
	*port = (uint16_t)value;
	return true;
}

void tm_net_facts_ports(const struct tcpmem_ctx *ctx,
			struct tm_net_facts *facts)
{
	uint16_t low, high;
	const char *at;
	char *text;
	size_t len;

	if (tm_read_file(ctx->proc, "sys/net/ipv4/ip_local_port_range",
			 RANGE_MAX, &text, &len) < 0)
		return;
	at = text;
	if (read_port(&at, &low) && read_port(&at, &high) && low <= high) {
		facts->port_low = low;
		facts->port_high = high;
	}
	free(text);
}

void tm_net_facts_iface(const char *name, struct tm_net_facts *facts)
{
	struct tm_iface iface = { .index = if_nametoindex(name) };
	struct tm_iface *moved;
	uint32_t known;

	if (!iface.index && errno != ENODEV && errno != ENXIO)
		return;
	if (tm_net_facts_find(facts, name, &known) == 0)
		return;
	moved = reallocarray(facts->iface, facts->iface_count + 1,
			     sizeof(*facts->iface));
	if (!moved)
		return;
	strncpy(iface.name, name, sizeof(iface.name) - 1);
	facts->iface = moved;
	facts->iface[facts->iface_count++] = iface;
}
