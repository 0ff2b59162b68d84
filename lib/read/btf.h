/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* btf.h - sizes of kernel structures from the kernel's type information */
#ifndef TM_READ_BTF_H
#define TM_READ_BTF_H

#include "ctx.h"

/*
 * struct tm_btf_struct - a structure that is looked for
 * @bytes: its size; 0 if there is none of that name, or after an error
 */
struct tm_btf_struct {
	const char *name;
	uint32_t bytes;
};

/*
 * tm_btf_find() - looks structures up in BTF
 *
 * One pass, no tables; it ends with the last structure found. Of several
 * with one name the first counts.
 *
 * Return: 0; -EBADMSG if it is no BTF of this machine's byte order or a
 * length does not fit; -EOPNOTSUPP for a version or a kind of type that is
 * not known, behind which nothing can be found.
 */
int tm_btf_find(const void *btf, size_t len, struct tm_btf_struct *wanted,
		size_t count);

/*
 * tm_btf_read() - the same in the BTF of the running kernel
 *
 * Return: as tm_btf_find(), or -errno of reading.
 */
int tm_btf_read(const struct tcpmem_ctx *ctx, struct tm_btf_struct *wanted,
		size_t count);

#endif
