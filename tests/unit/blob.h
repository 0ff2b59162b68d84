/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* blob.h - BTF that a test writes type by type */
#ifndef TM_BLOB_H
#define TM_BLOB_H

#include <check.h>
#include <linux/btf.h>
#include <stdint.h>
#include <string.h>

struct blob {
	uint8_t types[2048];
	uint32_t types_len;
	char strings[1024];
	uint32_t strings_len;
	uint8_t bytes[4096]; /* what blob_finish() made of them */
	size_t len;
};

/* The first string is the empty one. */
static inline void blob_init(struct blob *blob)
{
	memset(blob, 0, sizeof(*blob));
	blob->strings_len = 1;
}

static inline uint32_t blob_string(struct blob *blob, const char *text)
{
	uint32_t offset = blob->strings_len;
	size_t len = strlen(text) + 1;

	ck_assert_uint_le(offset + len, sizeof(blob->strings));
	memcpy(blob->strings + offset, text, len);
	blob->strings_len += (uint32_t)len;
	return offset;
}

/* A type and @tail bytes behind it, which nobody has to understand. */
static inline void blob_type(struct blob *blob, const char *name, uint32_t kind,
			     uint32_t members, uint32_t size, uint32_t tail)
{
	struct btf_type type = {
		.name_off = blob_string(blob, name),
		.info = kind << 24 | members,
		.size = size,
	};

	ck_assert_uint_le(blob->types_len + sizeof(type) + tail,
			  sizeof(blob->types));
	memcpy(blob->types + blob->types_len, &type, sizeof(type));
	blob->types_len += (uint32_t)sizeof(type);
	memset(blob->types + blob->types_len, 0xee, tail);
	blob->types_len += tail;
}

static inline void blob_struct(struct blob *blob, const char *name,
			       uint32_t members, uint32_t size)
{
	blob_type(blob, name, BTF_KIND_STRUCT, members, size, members * 12);
}

static inline void blob_put(struct blob *blob, const void *bytes, size_t len)
{
	memcpy(blob->bytes + blob->len, bytes, len);
	blob->len += len;
}

/* The header as the kernel writes it: types, then strings. */
static inline struct btf_header blob_header(const struct blob *blob)
{
	return (struct btf_header){
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = sizeof(struct btf_header),
		.type_len = blob->types_len,
		.str_off = blob->types_len,
		.str_len = blob->strings_len,
	};
}

static inline void blob_finish(struct blob *blob,
			       const struct btf_header *header)
{
	blob->len = 0;
	blob_put(blob, header, sizeof(*header));
	blob_put(blob, blob->types, blob->types_len);
	blob_put(blob, blob->strings, blob->strings_len);
}

#endif
