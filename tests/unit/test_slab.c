// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_slab.c - what an object of a slab cache costs */
#include "base/util.h"
#include "host/internal.h"
#include "tree.h"
#include "unit.h"

#define PAGE 4096

/* Two rows as Linux 6.18 writes them. */
#define HEAD                                                                 \
	"slabinfo - version: 2.1\n"                                          \
	"# name            <active_objs> <num_objs> <objsize> <objperslab> " \
	"<pagesperslab> : tunables <limit> <batchcount> <sharedfactor>\n"
#define TAIL " : tunables    0    0    0 : slabdata      4      4      0\n"
#define ROWS                                                   \
	"TCPv6                13     13   2496   13    8" TAIL \
	"TCP                  52     52   2368   13    8" TAIL

static struct tree tree;
static struct tcpmem_ctx *ctx;

static void setup(void)
{
	tree_make(&tree);
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, NULL, tree.root), 0);
}

static void teardown(void)
{
	tcpmem_ctx_free(ctx);
	tree_remove(&tree);
}

/* Structures of Linux 6.18, x86-64, and the rows of its slabinfo. */
static const struct {
	enum tm_slab_layout layout;
	uint32_t structure;
	uint64_t padded;
	uint64_t share; /* on two CPUs */
} seen[] = {
	{ TM_SLAB_RCU_LINES, 2304, 2368, 2521 }, /* TCP, 13 of 32 KiB */
	{ TM_SLAB_RCU_LINES, 2432, 2496, 2521 }, /* TCPv6 */
	{ TM_SLAB_RCU_LINES, 1936, 1984, 2048 }, /* MPTCP, 16 of 32 KiB */
	{ TM_SLAB_RCU_LINES, 2064, 2112, 2185 }, /* MPTCPv6, 15 of 32 KiB */
	{ TM_SLAB_RCU_LINES, 768, 832, 862 },	 /* inode, 19 of 16 KiB */
	{ TM_SLAB_LINES, 184, 192, 195 },	 /* filp, 21 of a page */
	{ TM_SLAB_PLAIN, 192, 192, 195 },	 /* dentry */
	{ TM_SLAB_RCU, 248, 256, 256 },		 /* tw_sock_TCP */
	{ TM_SLAB_RCU, 312, 320, 341 },		 /* request_sock_TCP, 12 */
	{ TM_SLAB_RCU, 384, 392, 410 },		 /* subflow request, 20 of 2 */
	{ TM_SLAB_LINES, 88, 128, 128 },	 /* bind buckets */
	{ TM_SLAB_LINES, 80, 128, 128 },
	{ TM_SLAB_KMALLOC, 272, 512, 512 }, /* subflow context */
};

/* "size of an object in its cache"; "as SLUB would choose the slab" */
START_TEST(test_as_seen)
{
	uint64_t padded = tm_slab_pad(seen[_i].layout, seen[_i].structure);

	ck_assert_uint_eq(padded, seen[_i].padded);
	ck_assert_uint_eq(tm_slab_share(padded, PAGE, 2), seen[_i].share);
}
END_TEST

/* "the next size that kmalloc has" */
START_TEST(test_kmalloc)
{
	static const uint32_t sizes[][2] = {
		{ 1, 8 },	{ 8, 8 },     { 9, 16 },    { 64, 64 },
		{ 65, 96 },	{ 96, 96 },   { 97, 128 },  { 128, 128 },
		{ 129, 192 },	{ 192, 192 }, { 193, 256 }, { 257, 512 },
		{ 4097, 8192 },
	};

	for (size_t i = 0; i < TM_ARRAY_SIZE(sizes); i++)
		ck_assert_uint_eq(tm_slab_pad(TM_SLAB_KMALLOC, sizes[i][0]),
				  sizes[i][1]);
}
END_TEST

/* "on more CPUs a slab has to hold more objects" */
START_TEST(test_cpus)
{
	/* 8 objects are wanted on one CPU, 40 on 256 */
	ck_assert_uint_eq(tm_slab_share(320, PAGE, 1), 341);   /* 12 of 1 */
	ck_assert_uint_eq(tm_slab_share(320, PAGE, 256), 321); /* 51 of 4 */
	/* 9 of 8 KiB would waste more than a sixteenth: 19 of 16 KiB */
	ck_assert_uint_eq(tm_slab_share(832, PAGE, 1), 862);
	/* 8 pages at most: 39 and 13 objects */
	ck_assert_uint_eq(tm_slab_share(832, PAGE, 256), 840);
	ck_assert_uint_eq(tm_slab_share(2368, PAGE, 4096), 2521);
	/* any number of CPUs: never less than the object, nor much more */
	for (uint32_t cpus = 0; cpus < 10000; cpus = cpus * 2 + 1) {
		uint64_t share = tm_slab_share(832, PAGE, cpus);

		ck_assert_uint_ge(share, 832);
		ck_assert_uint_le(share, 832 * 17 / 16 + 60);
	}
}
END_TEST

/* "wastes at most a sixteenth": as much is fine, a little more is not */
START_TEST(test_waste)
{
	ck_assert_uint_eq(tm_slab_share(480, PAGE, 1), 512); /* 256 of 4096 */
	ck_assert_uint_eq(tm_slab_share(480, PAGE, 2), 482); /* 17 of 8192 */
	ck_assert_uint_eq(tm_slab_share(425, PAGE, 1), 431); /* 271 of 4096 */
}
END_TEST

/* Pages of 64 KiB: what fits is counted, not assumed. */
START_TEST(test_large_pages)
{
	ck_assert_uint_eq(tm_slab_share(2368, 65536, 2), 2427); /* 27 */
	ck_assert_uint_eq(tm_slab_share(256, 65536, 2), 256);
}
END_TEST

/* "0 if @bytes or @page is 0 or SLUB has no slab for it" */
START_TEST(test_no_share)
{
	ck_assert_uint_eq(tm_slab_share(0, PAGE, 2), 0);
	ck_assert_uint_eq(tm_slab_share(64, 0, 2), 0);
	ck_assert_uint_eq(tm_slab_share(UINT64_MAX, PAGE, 2), 0);
	ck_assert_uint_eq(tm_slab_share(64, UINT64_MAX, 2), 0);
	ck_assert_uint_eq(tm_slab_share(UINT64_C(1) << 32, PAGE, 2), 0);
	ck_assert_uint_eq(tm_slab_share(64, UINT64_C(1) << 32, 2), 0);
	ck_assert_uint_eq(tm_slab_share(UINT32_MAX, PAGE, 2), UINT64_C(1)
								      << 32);
	ck_assert_uint_ne(tm_slab_share(64, UINT32_MAX, 2), 0);
	/* one object that needs a slab of its own */
	ck_assert_uint_eq(tm_slab_share(40000, PAGE, 2), 65536);
}
END_TEST

static int find(const char *text, const char *cache, uint64_t *bytes)
{
	*bytes = 42;
	return tm_slabinfo_find(text, cache, PAGE, bytes);
}

/* "bytes of slab per object in the text of slabinfo" */
START_TEST(test_slabinfo)
{
	uint64_t bytes;

	ck_assert_int_eq(find(HEAD ROWS, "TCP", &bytes), 0);
	ck_assert_uint_eq(bytes, 2521);
	ck_assert_int_eq(find(HEAD ROWS, "TCPv6", &bytes), 0);
	ck_assert_uint_eq(bytes, 2521);
	ck_assert_int_eq(find(HEAD "x 0 0 320 12 1" TAIL, "x", &bytes), 0);
	ck_assert_uint_eq(bytes, 341);
	/* a slab that is full to the last byte */
	ck_assert_int_eq(find(HEAD "x 0 0 512 8 1" TAIL, "x", &bytes), 0);
	ck_assert_uint_eq(bytes, 512);
	bytes = 42;
	/* "one merged with another cache has no row" */
	ck_assert_int_eq(find(HEAD ROWS, "tcp_bind_bucket", &bytes), -ENODATA);
	ck_assert_uint_eq(bytes, 42);
}
END_TEST

/* Cut at every byte it says what the whole text says, or nothing. */
START_TEST(test_slabinfo_cut)
{
	const char *whole = HEAD ROWS;
	char *text = strdup(whole);
	uint64_t bytes;

	for (size_t len = strlen(whole); len-- > 0;) {
		int ret;

		text[len] = '\0';
		ret = find(text, "TCP", &bytes);
		if (ret == 0)
			ck_assert_uint_eq(bytes, 2521);
		else
			ck_assert(ret == -ENODATA || ret == -EBADMSG);
	}
	ck_assert_int_eq(find("", "TCP", &bytes), -EBADMSG);
	free(text);
}
END_TEST

static const char *const bad_rows[] = {
	HEAD "TCP" TAIL,
	HEAD "TCP 52 52 2368 13" TAIL,	   /* a column is missing */
	HEAD "TCP 52 52 2368 13 8 9" TAIL, /* one too many */
	HEAD "TCP 52 52 2368 13 -8" TAIL,  /* no number */
	HEAD "TCP 52 52 2368 13 8\n",	   /* no tunables: cut */
	HEAD "TCP 52 52 2368 13 8 :x\n",
	HEAD "TCP 52 52 2368 0 8" TAIL,	 /* no object in a slab */
	HEAD "TCP 52 52 0 13 8" TAIL,	 /* objects of no size */
	HEAD "TCP 52 52 2368 13 0" TAIL, /* a slab of no pages */
	HEAD "TCP 52 52 2368 14 8" TAIL, /* more than fit */
	HEAD "TCP 52 52 2368 1 4503599627370497" TAIL,
	HEAD "TCP 1 1 9223372036854775809 2 8" TAIL,
	HEAD "TCP 1 1 18446744073709551616 1 8" TAIL,
	"slabinfo - version: 1.1\n" ROWS, /* columns in another order */
	ROWS,
};

/* "-EBADMSG if the row makes no sense or the text is no slabinfo" */
START_TEST(test_slabinfo_hostile)
{
	uint64_t bytes;

	ck_assert_int_eq(find(bad_rows[_i], "TCP", &bytes), -EBADMSG);
	ck_assert_uint_eq(bytes, 42);
}
END_TEST

static int merged(const char *target, uint64_t *bytes)
{
	tree_link(&tree, "kernel/slab/tcp_bind_bucket", target);
	*bytes = 42;
	return tm_slab_merged(ctx, "tcp_bind_bucket", bytes);
}

/* "size of an object in the cache that @cache was merged with" */
START_TEST(test_merged)
{
	uint64_t bytes;

	ck_assert_int_eq(merged(":A-0000128", &bytes), 0);
	ck_assert_uint_eq(bytes, 128);
	ck_assert_int_eq(merged(":0000192", &bytes), 0);
	ck_assert_uint_eq(bytes, 192);
	ck_assert_int_eq(merged(":aA-0001024", &bytes), 0);
	ck_assert_uint_eq(bytes, 1024);
	ck_assert_int_eq(merged(":zZ-0000064", &bytes), 0);
	ck_assert_uint_eq(bytes, 64);
}
END_TEST

/* "-EBADMSG if it leads elsewhere" */
START_TEST(test_merged_elsewhere)
{
	static const char *const targets[] = {
		"x",
		":",
		":A",
		":A-",
		":A-128x",
		"A-0000128",
		":A--128",
		"../:A-0000128",
		":A-0000128/",
		":A- 128",
		":18446744073709551616",
		(":A-0000000000000000000000000000000000000000000000000000000000"
		 "128"),
	};
	uint64_t bytes;

	for (size_t i = 0; i < TM_ARRAY_SIZE(targets); i++) {
		ck_assert_int_eq(merged(targets[i], &bytes), -EBADMSG);
		ck_assert_uint_eq(bytes, 42);
	}
}
END_TEST

/* "-errno of reading the link, -EINVAL if the cache was not merged" */
START_TEST(test_not_merged)
{
	uint64_t bytes = 42;

	ck_assert_int_eq(tm_slab_merged(ctx, "TCP", &bytes), -ENOENT);
	tree_dir(&tree, "kernel/slab/TCP");
	ck_assert_int_eq(tm_slab_merged(ctx, "TCP", &bytes), -EINVAL);
	ck_assert_uint_eq(bytes, 42);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("slab");
	TCase *tcase = tcase_create("slab");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_as_seen, 0, (int)TM_ARRAY_SIZE(seen));
	tcase_add_test(tcase, test_kmalloc);
	tcase_add_test(tcase, test_cpus);
	tcase_add_test(tcase, test_waste);
	tcase_add_test(tcase, test_large_pages);
	tcase_add_test(tcase, test_no_share);
	tcase_add_test(tcase, test_slabinfo);
	tcase_add_test(tcase, test_slabinfo_cut);
	tcase_add_loop_test(tcase, test_slabinfo_hostile, 0,
			    (int)TM_ARRAY_SIZE(bad_rows));
	tcase_add_test(tcase, test_merged);
	tcase_add_test(tcase, test_merged_elsewhere);
	tcase_add_test(tcase, test_not_merged);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
