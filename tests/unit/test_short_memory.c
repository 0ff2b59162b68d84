// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_short_memory.c - what finds no memory says so, wherever it is */
#include "short_memory.h"

#include "base/ctx.h"
#include "base/hash.h"
#include "base/util.h"
#include "capture/internal.h"
#include "filter_names.h"
#include "model/classifier.h"
#include "model/metadata.h"
#include "model/snapshot.h"
#include "query/query.h"
#include "unit.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static int fill_sets(void)
{
	struct tm_u64set grown, reserved = { 0 };
	struct tm_index index = { 0 }, roomy = { 0 };
	int ret = tm_u64set_init(&grown, 16);

	if (ret)
		return ret;
	TRY(tm_u64set_init(&reserved, 16));
	TRY(tm_u64set_reserve(&reserved, 100));
	for (uint64_t i = 1; i < 40; i++)
		TRY(tm_u64set_add(&grown, i));
	for (uint32_t i = 0; i < 40; i++)
		TRY(tm_index_add(&index, i, i));
	TRY(tm_index_reserve(&roomy, 100));
	tm_u64set_deinit(&grown);
	tm_u64set_deinit(&reserved);
	tm_index_deinit(&index);
	tm_index_deinit(&roomy);
	return ret;
}

static int fill_blobs(void)
{
	struct tm_blobs blobs = { 0 };
	char bytes[400] = "";
	uint32_t number;
	int ret = 0;

	for (size_t len = 0; len < sizeof(bytes); len += 10)
		TRY(tm_blobs_intern(&blobs, bytes, len, &number));
	tm_blobs_deinit(&blobs);
	return ret;
}

/* 40 processes, each with an inode of its own and one that all share */
static int fill_holders(struct tm_holders *holders)
{
	int ret = 0;

	for (uint32_t i = 1; i <= 40; i++) {
		const struct tcpmem_process process = { .pid = i };
		uint32_t index;
		int added;

		TRY(tm_holders_process(holders, &process, &index));
		TRY(tm_holders_add(holders, 100 + i, i - 1));
		TRY(tm_holders_add(holders, 100, i - 1));
		TRY(tm_holders_expect(holders, 200 + i));
		added = ret ? 0 : tm_holders_add_once(holders, 300 + i);
		if (added < 0)
			ret = added;
	}
	TRY(tm_holders_finish(holders));
	return ret;
}

static int unite_holders(struct tm_holders *holders)
{
	uint32_t part[] = { tm_holders_find(holders, 101),
			    tm_holders_find(holders, 102) };
	uint32_t holder;

	return tm_holders_union(holders, part, 2, &holder);
}

static int find_holders(void)
{
	struct tm_holders *holders = NULL, *late = NULL;
	struct tm_u64set missing = { 0 }, inodes = { 0 };
	int ret = tm_holders_new(false, &holders);

	TRY(tm_holders_new(false, &late));
	TRY(tm_u64set_init(&missing, 16));
	TRY(tm_u64set_init(&inodes, 16));
	TRY(fill_holders(holders));
	TRY(unite_holders(holders));
	TRY(tm_holders_reserve(late, 1000));
	TRY(fill_holders(late));
	TRY(tm_holders_missing(holders, &missing));
	TRY(tm_holders_inodes(holders, NULL, &inodes));
	TRY(tm_holders_learn(holders, late));
	tm_u64set_deinit(&missing);
	tm_u64set_deinit(&inodes);
	tm_holders_free(holders);
	tm_holders_free(late);
	return ret;
}

/* What is learnt late needs room where there was none. */
static int learn_holders(void)
{
	const struct tcpmem_process one = { .pid = 1 }, two = { .pid = 2 };
	struct tm_holders *holders = NULL, *late = NULL;
	uint32_t first, second;
	int ret = tm_holders_new(false, &holders);

	TRY(tm_holders_new(false, &late));
	TRY(tm_holders_process(holders, &one, &first));
	TRY(tm_holders_process(late, &one, &first));
	TRY(tm_holders_process(late, &two, &second));
	for (uint32_t i = 1; i <= 60; i++) {
		TRY(tm_holders_add(late, i, first));
		TRY(tm_holders_add(late, i, second));
	}
	TRY(tm_holders_finish(holders));
	TRY(tm_holders_finish(late));
	TRY(tm_holders_learn(holders, late));
	tm_holders_free(holders);
	tm_holders_free(late);
	return ret;
}

static int join_refs(void)
{
	const struct tcpmem_process process = { .pid = 1 };
	struct tm_fd_refs refs = { 0 }, more = { 0 };
	struct tm_holders *holders = NULL;
	uint32_t index;
	int ret = tm_holders_new(false, &holders);

	TRY(tm_fd_refs_process(&refs, &process, &index));
	TRY(tm_fd_refs_add(&refs, 5, index));
	TRY(tm_fd_refs_process(&more, &process, &index));
	for (uint32_t i = 6; i < 30; i++)
		TRY(tm_fd_refs_add(&more, i, index));
	TRY(tm_fd_refs_merge(&refs, &more));
	TRY(tm_fd_refs_reserve(&refs, 1000));
	TRY(tm_fd_refs_join(&refs, holders, NULL));
	tm_fd_refs_deinit(&refs);
	tm_fd_refs_deinit(&more);
	tm_holders_free(holders);
	return ret;
}

/* Two listeners of two processes at one endpoint */
static int group_listeners(void)
{
	struct tcpmem_socket sock = { .state = TCPMEM_STATE_LISTENING };
	struct tm_listeners *listeners = NULL;
	struct tm_holders *holders = NULL;
	int ret = tm_holders_new(false, &holders);

	TRY(tm_listeners_new(&listeners));
	TRY(fill_holders(holders));
	for (uint32_t i = 1; i <= 2; i++) {
		sock.inode = 100 + i;
		TRY(tm_listeners_add(listeners, &sock));
	}
	TRY(tm_listeners_finish(listeners, holders));
	tm_listeners_free(listeners);
	tm_holders_free(holders);
	return ret;
}

static int name_places(void)
{
	struct tm_metadata metadata = { .fds_max = false };
	int ret = 0;

	for (uint32_t i = 1; i <= 20; i++) {
		char id[16];

		snprintf(id, sizeof(id), "id%u", i);
		TRY(tm_metadata_want(&metadata, i));
		TRY(tm_metadata_add_name(&metadata, id, id));
	}
	tm_metadata_deinit(&metadata);
	return ret;
}

static int remember_owners(void)
{
	struct tm_past past = { 0 };
	int ret = tm_past_init(&past, 40);

	for (uint32_t i = 0; i < 20; i++) {
		const struct tcpmem_process process = { .pid = i };
		const struct tcpmem_process creator = { .pid = 100 + i };

		TRY(tm_past_set(&past, i, &process, TM_PAST_EXACT));
		TRY(tm_past_set_creator(&past, i, &creator));
	}
	tm_past_deinit(&past);
	return ret;
}

static int classify(void)
{
	struct tcpmem_socket msk = { .state = TCPMEM_STATE_ESTABLISHED,
				     .flags = TM_SOCK_MPTCP };
	struct tm_iter_sockets iter = { .with_unhashed = false };
	struct tm_classifier classifier;
	uint16_t netns;
	int ret = tm_classifier_init(&classifier);

	if (ret)
		return ret;
	for (uint32_t i = 1; i <= 20; i++) {
		int kept;

		msk.inode = i;
		kept = ret ? 0 : tm_classify(&classifier, ~0u, &msk);
		ret = kept < 0 ? kept : ret;
		TRY(tm_iter_sockets_netns(&iter, i, &netns));
	}
	tm_iter_sockets_deinit(&iter);
	tm_classifier_deinit(&classifier);
	return ret;
}

static int keep_sockets(void)
{
	struct tm_socket_set set = { .with_info = true };
	struct tm_socket_set bare = { 0 }, roomy = { .with_info = true };
	struct tcpmem_socket sock = { .state = TCPMEM_STATE_ESTABLISHED };
	struct tm_warnings warnings = { 0 };
	int ret = tm_socket_set_reserve(&roomy, 40);

	for (uint16_t i = 1; i <= 20; i++) {
		sock.local_port = i;
		sock.remote_port = (uint16_t)(21 - i);
		TRY(tm_socket_set_add(&bare, &sock, NULL));
		TRY(tm_socket_set_add(&set, &sock, NULL));
	}
	TRY(tm_socket_set_merge(&set, &bare));
	TRY(tm_peers_find(&set));
	TRY(tm_warnings_add(&warnings, TCPMEM_WARNING_KTLS, "a"));
	tm_warnings_clear(&warnings);
	tm_socket_set_deinit(&set);
	tm_socket_set_deinit(&bare);
	tm_socket_set_deinit(&roomy);
	return ret;
}

static int list_processes(void)
{
	struct tcpmem_subjects *subjects = NULL;
	struct tcpmem_snapshot snap = { .holders = NULL };
	int ret = tm_holders_new(false, &snap.holders);

	TRY(fill_holders(snap.holders));
	TRY(tcpmem_snapshot_get_processes(&snap, &subjects));
	if (ret == 0 &&
	    (subjects->count != 40 || subjects->pid[39] != 40 ||
	     strcmp(subjects->text + subjects->kind[39], "process") != 0))
		ret = -EIO;
	free(subjects);
	tm_holders_free(snap.holders);
	return ret;
}

static int understand(const char *text)
{
	struct tcpmem_filter *filter = NULL, *copy = NULL;
	struct tm_net_facts facts = { .known = true };
	char *explained = NULL;
	void *code = NULL;
	uint32_t states;
	size_t len;
	bool exact;
	int ret = tm_filter_parse(text, &names, NULL, &filter);

	TRY(tm_filter_copy(filter, &copy));
	TRY(tm_filter_bytecode(copy, &facts, &states, &code, &len, &exact));
	TRY(tcpmem_filter_explain(copy, &explained));
	free(explained);
	free(code);
	tcpmem_filter_free(copy);
	tcpmem_filter_free(filter);
	return ret;
}

static int understand_filters(void)
{
	int ret = understand("sport = 80 and (dport = 81 or dport = 82)");

	TRY(understand("comm = a or (pid = 1 and sport = 80)"));
	TRY(understand("state established and (comm = a or comm = b)"));
	TRY(understand(""));
	return ret;
}

static int ask(void)
{
	struct tcpmem_filter *filter = NULL;
	struct tcpmem_query *query = NULL;
	struct tcpmem_ctx *ctx = NULL;
	int ret = tcpmem_ctx_new(&ctx);

	TRY(tm_ctx_set_roots(ctx, "/a", "/b"));
	TRY(tcpmem_query_new(&query));
	TRY(tcpmem_query_add_netns(query, "blue"));
	TRY(tm_filter_parse("sport = 80", &names, NULL, &filter));
	TRY(tcpmem_query_set_filter(query, filter));
	tcpmem_filter_free(filter);
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
	return ret;
}

/* One byte is the first that an empty text has no room for. */
static int write_text(void)
{
	static const size_t lens[] = { 0, 1, 2, 10000 };
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < TM_ARRAY_SIZE(lens); i++) {
		char *text = NULL;
		size_t len = 7;
		FILE *out = tm_text_open(&text, &len);

		if (!out)
			return text ? 0 : -ENOMEM;
		for (size_t k = 0; k < lens[i]; k++)
			fputc('a' + (int)(k % 7), out);
		ret = tm_text_close(out, &text);
		if (ret == 0 &&
		    (len != lens[i] || strlen(text) != len ||
		     (len && text[len - 1] != 'a' + (int)((len - 1) % 7))))
			ret = -EIO;
		if (ret < 0 && text)
			ret = -EIO;
		free(text);
	}
	return ret;
}

static int read_text(void)
{
	char *text = NULL;
	size_t len;
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	int ret = tm_read_all(fd, 10000, &text, &len);

	close(fd);
	return ret == -EFBIG ? 0 : ret;
}

static int create_file(void)
{
	struct tm_capture_writer writer;
	int fd = memfd_create("capture", MFD_CLOEXEC);
	int ret = tm_capture_create(fd, &writer);

	tm_capture_close(&writer);
	close(fd);
	return ret;
}

static const struct {
	int (*run)(void);
	size_t least;
} runs[] = {
	{ fill_sets, 9 },      { fill_blobs, 10 },
	{ find_holders, 40 },  { learn_holders, 10 },
	{ join_refs, 8 },      { group_listeners, 10 },
	{ name_places, 12 },   { remember_owners, 7 },
	{ classify, 6 },       { keep_sockets, 11 },
	{ list_processes, 9 }, { understand_filters, 30 },
	{ ask, 12 },	       { read_text, 3 },
	{ write_text, 12 },    { create_file, 1 },
};

START_TEST(every_lack_of_memory_is_told)
{
	expect_short(runs[_i].run, runs[_i].least);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("short_memory");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, every_lack_of_memory_is_told, 0,
			    TM_ARRAY_SIZE(runs));
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
