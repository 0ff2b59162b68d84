/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* slab.h - what one object of a slab cache costs, its share of waste included
 */
#ifndef TM_READ_SLAB_H
#define TM_READ_SLAB_H

#include "ctx.h"

/* How a cache was made, which says how its objects are padded. */
enum tm_slab_layout {
	TM_SLAB_PLAIN,	   /* to a word */
	TM_SLAB_LINES,	   /* to a cache line */
	TM_SLAB_RCU,	   /* a pointer behind the object, then to a word */
	TM_SLAB_RCU_LINES, /* a pointer behind the object, then to a line */
	TM_SLAB_KMALLOC,   /* the next size that kmalloc has */
};

/*
 * tm_slab_pad() - size of an object in its cache
 * @bytes: of the structure
 */
uint64_t tm_slab_pad(enum tm_slab_layout layout, uint32_t bytes);

/*
 * tm_slab_share() - bytes of slab per object, as SLUB would choose the slab
 * @bytes: of the padded object
 * @page: bytes of a page
 * @cpus: on more CPUs a slab has to hold more objects
 *
 * Return: the bytes, to the nearest; 0 if @bytes or @page is 0 or SLUB has no
 * slab for it.
 */
uint64_t tm_slab_share(uint64_t bytes, uint64_t page, uint32_t cpus);

/*
 * tm_slabinfo_find() - bytes of slab per object in the text of slabinfo
 * @cache: its name; one merged with another cache has no row
 * @page: bytes of a page
 *
 * Return: 0; -ENODATA if there is no such row; -EBADMSG if the row makes no
 * sense or the text is no slabinfo.
 */
int tm_slabinfo_find(const char *text, const char *cache, uint64_t page,
		     uint64_t *bytes);

/*
 * tm_slab_merged() - size of an object in the cache that @cache was merged
 * with: the link in sysfs that may be read by all names it
 *
 * Return: 0; -errno of reading the link, -EINVAL if the cache was not merged;
 * -EBADMSG if it leads elsewhere.
 */
int tm_slab_merged(const struct tcpmem_ctx *ctx, const char *cache,
		   uint64_t *bytes);

#endif
