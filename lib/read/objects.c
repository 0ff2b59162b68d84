// SPDX-License-Identifier: LGPL-2.1-or-later
#include "read/objects.h"
static const uint32_t defaults[TCPMEM_OBJECT_COUNT] = {2521,2521,2048,2185,862,195,195,256,341,128,128,512};
void tm_objects_read(const struct tcpmem_ctx *ctx, struct tm_objects *objects)
{
	(void)ctx;
	for (int i = 0; i < TCPMEM_OBJECT_COUNT; i++) {
		objects->bytes[i] = defaults[i];
		objects->source[i] = TCPMEM_OBJECT_SOURCE_DEFAULT;
	}
}
