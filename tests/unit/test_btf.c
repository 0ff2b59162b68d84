// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_btf.c - type information, whole, cut and hostile */
#include "base/util.h"
#include "blob.h"
#include "host/internal.h"
#include "page_guard.h"
#include "tree.h"
#include "unit.h"

/* Written after the oldest kernel headers that will do. */
#define KIND_FLOAT    16
#define KIND_DECL_TAG 17
#define KIND_TYPE_TAG 18
#define KIND_ENUM64   19

static struct page_guard guard;
static struct blob blob;

static void setup(void)
{
	page_guard_init(&guard);
	blob_init(&blob);
}

static void teardown(void)
{
	page_guard_deinit(&guard);
}

/* One type of each kind, the structures that are looked for among them. */
static void fill(void)
{
	blob_struct(&blob, "file", 3, 184);
	blob_type(&blob, "int", BTF_KIND_INT, 0, 4, 4);
	blob_type(&blob, "", BTF_KIND_PTR, 0, 1, 0);
	blob_type(&blob, "", BTF_KIND_ARRAY, 0, 0, 12);
	blob_type(&blob, "u", BTF_KIND_UNION, 2, 8, 24);
	blob_type(&blob, "e", BTF_KIND_ENUM, 3, 4, 24);
	blob_type(&blob, "f", BTF_KIND_FWD, 0, 0, 0);
	blob_type(&blob, "t", BTF_KIND_TYPEDEF, 0, 1, 0);
	blob_type(&blob, "", BTF_KIND_VOLATILE, 0, 1, 0);
	blob_type(&blob, "", BTF_KIND_CONST, 0, 1, 0);
	blob_type(&blob, "", BTF_KIND_RESTRICT, 0, 1, 0);
	blob_type(&blob, "fn", BTF_KIND_FUNC, 1, 1, 0);
	blob_type(&blob, "", BTF_KIND_FUNC_PROTO, 2, 1, 16);
	blob_type(&blob, "v", BTF_KIND_VAR, 0, 1, 4);
	blob_type(&blob, "s", BTF_KIND_DATASEC, 2, 16, 24);
	blob_type(&blob, "fl", KIND_FLOAT, 0, 8, 0);
	blob_type(&blob, "dt", KIND_DECL_TAG, 0, 1, 4);
	blob_type(&blob, "tt", KIND_TYPE_TAG, 0, 1, 0);
	blob_type(&blob, "e64", KIND_ENUM64, 2, 8, 24);
	blob_struct(&blob, "empty", 0, 0);
	blob_struct(&blob, "dentry", 2, 192);
}

static int find(size_t len, struct tm_btf_struct wanted[static 2])
{
	wanted[0] = (struct tm_btf_struct){ .name = "file", .bytes = 7 };
	wanted[1] = (struct tm_btf_struct){ .name = "dentry", .bytes = 7 };
	return tm_btf_find(page_guard_put(&guard, blob.bytes, len), len, wanted,
			   2);
}

/* Of all that was put into the blob */
static void find_whole(struct tm_btf_struct wanted[static 2])
{
	struct btf_header header = blob_header(&blob);

	blob_finish(&blob, &header);
	ck_assert_int_eq(find(blob.len, wanted), 0);
}

/* @bytes is 0 "after an error" */
static void check_error(int error)
{
	struct tm_btf_struct wanted[2];

	ck_assert_int_eq(find(blob.len, wanted), error);
	ck_assert_uint_eq(wanted[0].bytes, 0);
	ck_assert_uint_eq(wanted[1].bytes, 0);
}

static void check_header(struct btf_header header, int error)
{
	blob_finish(&blob, &header);
	check_error(error);
}

START_TEST(test_every_kind)
{
	struct tm_btf_struct wanted[2];

	fill();
	find_whole(wanted);
	ck_assert_uint_eq(wanted[0].bytes, 184);
	ck_assert_uint_eq(wanted[1].bytes, 192);
}
END_TEST

/* "-EBADMSG if ... a length does not fit": the file cut at every byte. */
START_TEST(test_cut)
{
	struct btf_header header;

	fill();
	header = blob_header(&blob);
	blob_finish(&blob, &header);
	while (blob.len) {
		blob.len--;
		check_error(-EBADMSG);
	}
}
END_TEST

/* The section of types cut at every byte, the header saying so. */
START_TEST(test_cut_types)
{
	uint32_t whole;

	fill();
	whole = blob.types_len;
	/* "dentry" is the last type, so it is never there whole */
	for (blob.types_len = 0; blob.types_len < whole; blob.types_len++) {
		struct tm_btf_struct wanted[2];
		struct btf_header header = blob_header(&blob);
		int ret;

		blob_finish(&blob, &header);
		ret = find(blob.len, wanted);
		ck_assert(ret == 0 || ret == -EBADMSG);
		ck_assert(wanted[0].bytes == 0 ||
			  (ret == 0 && wanted[0].bytes == 184));
		ck_assert_uint_eq(wanted[1].bytes, 0);
	}
}
END_TEST

/* Every byte replaced: any answer, but none from outside the bytes. */
START_TEST(test_every_byte_hostile)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	struct btf_header header;

	fill();
	header = blob_header(&blob);
	blob_finish(&blob, &header);
	for (size_t i = 0; i < blob.len; i++) {
		uint8_t kept = blob.bytes[i];

		for (size_t j = 0; j < TM_ARRAY_SIZE(values); j++) {
			struct tm_btf_struct wanted[2];

			blob.bytes[i] = values[j];
			if (find(blob.len, wanted) < 0) {
				ck_assert_uint_eq(wanted[0].bytes, 0);
				ck_assert_uint_eq(wanted[1].bytes, 0);
			}
		}
		blob.bytes[i] = kept;
	}
}
END_TEST

/* "-EBADMSG if it is no BTF of this machine's byte order" */
START_TEST(test_magic)
{
	struct btf_header header;

	fill();
	header = blob_header(&blob);
	header.magic = __builtin_bswap16(BTF_MAGIC);
	check_header(header, -EBADMSG);
	header.magic = 0;
	check_header(header, -EBADMSG);
}
END_TEST

/* "-EOPNOTSUPP for a version ... that is not known" */
START_TEST(test_version)
{
	struct btf_header header;

	fill();
	header = blob_header(&blob);
	header.version = BTF_VERSION + 1;
	check_header(header, -EOPNOTSUPP);
	/* whatever is behind the header, or is not */
	blob.len = sizeof(header);
	check_error(-EOPNOTSUPP);
}
END_TEST

START_TEST(test_lengths)
{
	static const uint32_t values[] = { 0x7fffffff, 0x80000000, 0xffffffff };
	struct btf_header header;

	fill();
	header = blob_header(&blob);
	for (size_t i = 0; i < TM_ARRAY_SIZE(values); i++) {
		struct btf_header bad = header;

		bad.type_off = values[i];
		check_header(bad, -EBADMSG);
		bad = header;
		bad.type_len = values[i];
		check_header(bad, -EBADMSG);
		bad = header;
		bad.str_off = values[i];
		check_header(bad, -EBADMSG);
		bad = header;
		bad.str_len = values[i];
		check_header(bad, -EBADMSG);
		bad = header;
		bad.hdr_len = values[i];
		check_header(bad, -EBADMSG);
	}
	/* too short for itself, though the sections are where they should be */
	header.hdr_len -= 4;
	header.type_off += 4;
	header.str_off += 4;
	check_header(header, -EBADMSG);
}
END_TEST

/* No string, or one that does not end. */
START_TEST(test_strings)
{
	struct btf_header header;

	fill();
	header = blob_header(&blob);
	header.str_len = 0;
	check_header(header, -EBADMSG);
	header = blob_header(&blob);
	header.str_len--;
	check_header(header, -EBADMSG);
}
END_TEST

START_TEST(test_name_outside)
{
	struct btf_header header;

	blob_struct(&blob, "file", 0, 184);
	header = blob_header(&blob);
	memcpy(blob.types, &blob.strings_len, sizeof(blob.strings_len));
	check_header(header, -EBADMSG);
}
END_TEST

/* "-EOPNOTSUPP for ... a kind of type that is not known" */
START_TEST(test_unknown_kind)
{
	struct btf_header header;

	blob_struct(&blob, "file", 0, 184);
	blob_type(&blob, "x", (uint32_t)_i, 0, 0, 0);
	blob_struct(&blob, "dentry", 0, 192);
	header = blob_header(&blob);
	check_header(header, -EOPNOTSUPP);
}
END_TEST

/* Newer kernels have longer headers: the sections begin where they end. */
START_TEST(test_longer_header)
{
	struct tm_btf_struct wanted[2];
	struct btf_header header;
	uint8_t more[8] = { 0 };

	fill();
	header = blob_header(&blob);
	header.hdr_len += (uint32_t)sizeof(more);
	blob_put(&blob, &header, sizeof(header));
	blob_put(&blob, more, sizeof(more));
	blob_put(&blob, blob.types, blob.types_len);
	blob_put(&blob, blob.strings, blob.strings_len);
	ck_assert_int_eq(find(blob.len, wanted), 0);
	ck_assert_uint_eq(wanted[0].bytes, 184);
	ck_assert_uint_eq(wanted[1].bytes, 192);
}
END_TEST

/*
 * "Of several with one name the first counts"; what is no structure, or has
 * no size, is none of them.
 */
START_TEST(test_same_name)
{
	struct tm_btf_struct wanted[2];

	blob_type(&blob, "file", BTF_KIND_TYPEDEF, 0, 99, 0);
	blob_type(&blob, "file", BTF_KIND_UNION, 0, 98, 0);
	blob_struct(&blob, "file", 0, 0);
	blob_struct(&blob, "fil", 0, 97);
	blob_struct(&blob, "files", 0, 96);
	blob_struct(&blob, "file", 0, 184);
	blob_struct(&blob, "file", 0, 95);
	find_whole(wanted);
	ck_assert_uint_eq(wanted[0].bytes, 184);
	/* "0 if there is none of that name" */
	ck_assert_uint_eq(wanted[1].bytes, 0);
}
END_TEST

/* While another is looked for, the first of a name stays the first. */
START_TEST(test_first_stays)
{
	struct tm_btf_struct wanted[2];

	blob_struct(&blob, "file", 0, 184);
	blob_struct(&blob, "file", 0, 95);
	blob_struct(&blob, "dentry", 0, 192);
	find_whole(wanted);
	ck_assert_uint_eq(wanted[0].bytes, 184);
	ck_assert_uint_eq(wanted[1].bytes, 192);
}
END_TEST

/* What its other bits say adds nothing to a type without members. */
START_TEST(test_no_members)
{
	static const struct {
		uint32_t kind, tail;
	} kinds[] = {
		{ BTF_KIND_INT, 4 },	 { BTF_KIND_PTR, 0 },
		{ BTF_KIND_ARRAY, 12 },	 { BTF_KIND_FWD, 0 },
		{ BTF_KIND_TYPEDEF, 0 }, { BTF_KIND_VOLATILE, 0 },
		{ BTF_KIND_CONST, 0 },	 { BTF_KIND_RESTRICT, 0 },
		{ BTF_KIND_FUNC, 0 },	 { BTF_KIND_VAR, 4 },
		{ KIND_FLOAT, 0 },	 { KIND_DECL_TAG, 4 },
		{ KIND_TYPE_TAG, 0 },
	};
	struct tm_btf_struct wanted[2];

	blob_struct(&blob, "file", 0, 184);
	for (size_t i = 0; i < TM_ARRAY_SIZE(kinds); i++)
		blob_type(&blob, "x", kinds[i].kind, 2, 1, kinds[i].tail);
	blob_struct(&blob, "dentry", 0, 192);
	find_whole(wanted);
	ck_assert_uint_eq(wanted[1].bytes, 192);
}
END_TEST

/* The types may be behind the strings, at the end, and none. */
START_TEST(test_no_types)
{
	struct tm_btf_struct wanted[2];
	struct btf_header header = blob_header(&blob);

	header.type_off = header.str_len;
	blob_finish(&blob, &header);
	ck_assert_int_eq(find(blob.len, wanted), 0);
	ck_assert_uint_eq(wanted[0].bytes, 0);
}
END_TEST

/* "it ends with the last structure found": what follows is not read */
START_TEST(test_ends_early)
{
	struct tm_btf_struct wanted[2];

	blob_struct(&blob, "file", 0, 184);
	blob_struct(&blob, "dentry", 0, 192);
	blob_type(&blob, "x", 31, 0, 0, 0);
	find_whole(wanted);
	ck_assert_uint_eq(wanted[0].bytes, 184);
	ck_assert_uint_eq(wanted[1].bytes, 192);
}
END_TEST

/* "as tm_btf_find(), or -errno of reading" */
START_TEST(test_read)
{
	struct tm_btf_struct wanted = { .name = "dentry", .bytes = 7 };
	struct btf_header header;
	struct tcpmem_ctx *ctx;
	struct tree tree;

	fill();
	header = blob_header(&blob);
	blob_finish(&blob, &header);
	tree_make(&tree);
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, NULL, tree.root), 0);
	ck_assert_int_eq(tm_btf_read(ctx, &wanted, 1), -ENOENT);
	ck_assert_uint_eq(wanted.bytes, 0);
	tree_bytes(&tree, "kernel/btf/vmlinux", blob.bytes, blob.len);
	ck_assert_int_eq(tm_btf_read(ctx, &wanted, 1), 0);
	ck_assert_uint_eq(wanted.bytes, 192);
	tree_bytes(&tree, "kernel/btf/vmlinux", "", 0);
	ck_assert_int_eq(tm_btf_read(ctx, &wanted, 1), -EBADMSG);
	ck_assert_uint_eq(wanted.bytes, 0);
	tcpmem_ctx_free(ctx);
	tree_remove(&tree);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("btf");
	TCase *tcase = tcase_create("btf");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_every_kind);
	tcase_add_test(tcase, test_cut);
	tcase_add_test(tcase, test_cut_types);
	tcase_add_test(tcase, test_every_byte_hostile);
	tcase_add_test(tcase, test_magic);
	tcase_add_test(tcase, test_version);
	tcase_add_test(tcase, test_lengths);
	tcase_add_test(tcase, test_strings);
	tcase_add_test(tcase, test_name_outside);
	tcase_add_loop_test(tcase, test_unknown_kind, KIND_ENUM64 + 1, 32);
	tcase_add_loop_test(tcase, test_unknown_kind, 0, 1);
	tcase_add_test(tcase, test_longer_header);
	tcase_add_test(tcase, test_same_name);
	tcase_add_test(tcase, test_first_stays);
	tcase_add_test(tcase, test_no_members);
	tcase_add_test(tcase, test_no_types);
	tcase_add_test(tcase, test_ends_early);
	tcase_add_test(tcase, test_read);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
