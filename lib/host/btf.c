// SPDX-License-Identifier: LGPL-2.1-or-later
/* btf.c - sizes of kernel structures from the kernel's type information */
#include "host/internal.h"

#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define BTF_PATH "kernel/btf/vmlinux"

/* A kernel with everything built in has about 10 MiB. */
#define BTF_LIMIT (64 * 1024 * 1024)

/* What follows a type: bytes in any case, and bytes for each member. */
static const struct tail {
	bool known;
	uint8_t fixed;
	uint8_t each;
} tails[] = {
	[BTF_KIND_INT] = { true, 4, 0 },
	[BTF_KIND_PTR] = { true, 0, 0 },
	[BTF_KIND_ARRAY] = { true, 12, 0 },
	[BTF_KIND_STRUCT] = { true, 0, 12 },
	[BTF_KIND_UNION] = { true, 0, 12 },
	[BTF_KIND_ENUM] = { true, 0, 8 },
	[BTF_KIND_FWD] = { true, 0, 0 },
	[BTF_KIND_TYPEDEF] = { true, 0, 0 },
	[BTF_KIND_VOLATILE] = { true, 0, 0 },
	[BTF_KIND_CONST] = { true, 0, 0 },
	[BTF_KIND_RESTRICT] = { true, 0, 0 },
	[BTF_KIND_FUNC] = { true, 0, 0 },
	[BTF_KIND_FUNC_PROTO] = { true, 0, 8 },
	[BTF_KIND_VAR] = { true, 4, 0 },
	[BTF_KIND_DATASEC] = { true, 0, 12 },
	/* newer than the oldest kernel headers that will do */
	[16] = { true, 0, 0 },	/* FLOAT */
	[17] = { true, 4, 0 },	/* DECL_TAG */
	[18] = { true, 0, 0 },	/* TYPE_TAG */
	[19] = { true, 0, 12 }, /* ENUM64 */
};

struct sections {
	const uint8_t *types;
	size_t types_len;
	const char *strings;
	size_t strings_len;
};

static bool fits(size_t space, uint32_t offset, uint32_t len)
{
	return offset <= space && len <= space - offset;
}

static int find_sections(const uint8_t *btf, size_t len, struct sections *s)
{
	struct btf_header header;
	const uint8_t *base;
	size_t space;

	if (len < sizeof(header))
		return -EBADMSG;
	memcpy(&header, btf, sizeof(header));
	if (header.magic != BTF_MAGIC)
		return -EBADMSG;
	if (header.version != BTF_VERSION)
		return -EOPNOTSUPP;
	if (header.hdr_len < sizeof(header) || header.hdr_len > len)
		return -EBADMSG;
	base = btf + header.hdr_len;
	space = len - header.hdr_len;
	if (!fits(space, header.type_off, header.type_len) ||
	    !fits(space, header.str_off, header.str_len))
		return -EBADMSG;
	s->types = base + header.type_off;
	s->types_len = header.type_len;
	s->strings = (const char *)base + header.str_off;
	s->strings_len = header.str_len;
	/* so every name inside it ends inside it */
	if (!s->strings_len || s->strings[s->strings_len - 1] != '\0')
		return -EBADMSG;
	return 0;
}

/* Return: how many of the structures were found by this one, 0 or 1. */
static size_t match(const char *name, uint32_t bytes,
		    struct tm_btf_struct *wanted, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (*name == *wanted[i].name &&
		    strcmp(name, wanted[i].name) == 0) {
			bool first = !wanted[i].bytes && bytes;

			if (first)
				wanted[i].bytes = bytes;
			return first;
		}
	}
	return 0;
}

static int walk(const struct sections *s, struct tm_btf_struct *wanted,
		size_t count)
{
	const uint8_t *p = s->types;
	size_t left = s->types_len;
	size_t missing = count;

	while (left && missing) {
		struct btf_type type;
		uint32_t kind;
		size_t size;

		if (left < sizeof(type))
			return -EBADMSG;
		memcpy(&type, p, sizeof(type));
		kind = BTF_INFO_KIND(type.info);
		if (kind >= TM_ARRAY_SIZE(tails) || !tails[kind].known)
			return -EOPNOTSUPP;
		size = sizeof(type) + tails[kind].fixed +
		       (size_t)BTF_INFO_VLEN(type.info) * tails[kind].each;
		if (size > left || type.name_off >= s->strings_len)
			return -EBADMSG;
		if (kind == BTF_KIND_STRUCT)
			missing -= match(s->strings + type.name_off, type.size,
					 wanted, count);
		p += size;
		left -= size;
	}
	return 0;
}

static void forget(struct tm_btf_struct *wanted, size_t count)
{
	for (size_t i = 0; i < count; i++)
		wanted[i].bytes = 0;
}

int tm_btf_find(const void *btf, size_t len, struct tm_btf_struct *wanted,
		size_t count)
{
	struct sections s;
	int ret;

	forget(wanted, count);
	ret = find_sections(btf, len, &s);
	if (ret == 0)
		ret = walk(&s, wanted, count);
	if (ret < 0)
		forget(wanted, count);
	return ret;
}

/*
 * Only sysfs is mapped (Linux 6.16): there nobody can cut the file under the
 * map, which would be a SIGBUS.
 */
static void *map_sysfs(int fd, size_t *len)
{
	struct statfs fs;
	struct stat st;
	void *map;

	if (fstatfs(fd, &fs) < 0 || fs.f_type != SYSFS_MAGIC ||
	    fstat(fd, &st) < 0 || st.st_size <= 0 || st.st_size > BTF_LIMIT)
		return NULL;
	*len = (size_t)st.st_size;
	map = mmap(NULL, *len, PROT_READ, MAP_PRIVATE, fd, 0);
	return map == MAP_FAILED ? NULL : map;
}

/* Where it cannot be mapped: before Linux 6.16. */
static int read_copy(const struct tcpmem_ctx *ctx, struct tm_btf_struct *wanted,
		     size_t count)
{
	char *copy;
	size_t len;
	int ret = tm_read_file(ctx->sys, BTF_PATH, BTF_LIMIT, &copy, &len);

	if (ret < 0)
		return ret;
	ret = tm_btf_find(copy, len, wanted, count);
	free(copy);
	return ret;
}

int tm_btf_read(const struct tcpmem_ctx *ctx, struct tm_btf_struct *wanted,
		size_t count)
{
	void *map;
	size_t len;
	int fd, ret;

	forget(wanted, count);
	fd = tm_open_below(ctx->sys, BTF_PATH);
	if (fd < 0)
		return fd;
	map = map_sysfs(fd, &len);
	close(fd);
	if (!map)
		return read_copy(ctx, wanted, count);
	ret = tm_btf_find(map, len, wanted, count);
	munmap(map, len);
	return ret;
}
