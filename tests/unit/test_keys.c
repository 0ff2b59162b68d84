// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_keys.c - keys that ask where a socket or its process lives */
#include "analysis/table.h"
#include "metadata_fixture.h"
#include "model/snapshot.h"
#include "rows.h"
#include "snapshot_fixture.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID64                               \
	"0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef"
#define DOCKER "/system.slice/docker-" ID64 ".scope"

enum { ROOT = 1, DB, NO_PATH, CONTAINER };

static struct tcpmem_snapshot *snap;

static void add_process(uint32_t pid, uint32_t program, uint32_t cgroup)
{
	const struct tcpmem_process process = { .pid = pid };
	struct tm_metadata *metadata = &snap->metadata;
	uint32_t index;

	ck_assert_int_eq(tm_holders_process(snap->holders, &process, &index),
			 0);
	ck_assert_uint_eq(index, metadata->process_count);
	metadata->process[metadata->process_count++] =
		(struct tm_process_metadata){
			.program = program,
			.cgroup = cgroup,
			.cmdline = program,
			.parent = pid == 10 ? 1 : TM_METADATA_UNKNOWN
		};
}

/* A socket that process @holder has, -1: nobody; 0 is no cgroup. */
static void add(int holder, uint64_t cgroup)
{
	struct tcpmem_socket sock = {
		.state = TCPMEM_STATE_ESTABLISHED,
		.kind = holder < 0 ? TCPMEM_KIND_ORPHAN : TCPMEM_KIND_PROCESS,
		.inode = holder < 0 ? 0 : (uint32_t)snap->sockets.count + 1,
		.flags = cgroup ? TM_SOCK_HAS_CGROUP : 0,
		.cgroup_id = cgroup,
	};

	ck_assert_int_eq(tm_socket_set_add(&snap->sockets, &sock, NULL), 0);
	if (holder >= 0)
		ck_assert_int_eq(tm_holders_add(snap->holders, sock.inode,
						(uint32_t)holder),
				 0);
}

static void setup(void)
{
	snap = calloc(1, sizeof(*snap));
	ck_assert_ptr_nonnull(snap);
	ck_assert_int_eq(tm_holders_new(false, &snap->holders), 0);
	snap->metadata.process = calloc(2, sizeof(*snap->metadata.process));
	add_process(10, put_text(&snap->metadata, "/bin/web"),
		    put_text(&snap->metadata, "/system.slice/web.service"));
	add_process(20, put_text(&snap->metadata, "two"), TM_METADATA_UNKNOWN);
	put_cgroup(&snap->metadata, ROOT, "/");
	put_cgroup(&snap->metadata, DB, "/system.slice/db.service");
	put_cgroup(&snap->metadata, NO_PATH, NULL);
	put_cgroup(&snap->metadata, CONTAINER, DOCKER);
	add(0, DB);
	add(0, ROOT); /* its holder's cgroup is asked */
	add(0, NO_PATH);
	add(1, 0); /* nothing is known of its holder */
	add(-1, ROOT);
	add(-1, CONTAINER);
	add(-1, 0);
	find_holders(snap);
}

static void teardown(void)
{
	tcpmem_snapshot_free(snap);
}

/* The rows in the order of their keys: key, sockets, ... */
static void expect(const char *key, const char *rows)
{
	struct tcpmem_table *table;
	char *found = NULL;
	size_t size;
	FILE *out = open_memstream(&found, &size);

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(tcpmem_group(snap, key, &table), 0);
	ck_assert_int_eq(tcpmem_table_sort(table, "key"), 0);
	for (size_t i = 0; i < tcpmem_table_get_row_count(table); i++) {
		const struct tcpmem_row *row = tcpmem_table_get_row(table, i);

		fprintf(out, "%s%s %d", i ? ", " : "",
			tcpmem_row_get_subject(row)->key,
			(int)row_metric(row, TCPMEM_METRIC_SOCKETS));
	}
	fclose(out);
	ck_assert_str_eq(found, rows);
	free(found);
	tcpmem_table_free(table);
}

START_TEST(a_program_is_its_holders)
{
	expect("program", "/bin/web 3, orphan 3, two 1");
}
END_TEST

/* A process may call itself what stands for no process. */
START_TEST(a_name_is_told_from_what_stands_for_none)
{
	snap->metadata.process[1].program = put_text(&snap->metadata, "orphan");
	expect("program", "\"orphan\" 1, /bin/web 3, orphan 3");
	snap->metadata.process[1].program = put_text(&snap->metadata, "total");
	expect("program", "\"total\" 1, /bin/web 3, orphan 3");
	snap->metadata.process[1].program =
		put_text(&snap->metadata, "orphans");
	expect("program", "/bin/web 3, orphan 3, orphans 1");
}
END_TEST

/* "command line of who holds it", "parent of who holds it, by pid" */
START_TEST(a_command_line_and_a_parent_are_its_holders)
{
	expect("cmdline", "/bin/web 3, orphan 3, two 1");
	expect("ppid", "1 3, orphan 3, unknown 1");
}
END_TEST

/* "the socket's v2 cgroup, else its holder's" */
START_TEST(a_cgroup_is_the_sockets_or_its_holders)
{
	expect("cgroup", "/ 1, /system.slice/db.service 1, " DOCKER
			 " 1, /system.slice/web.service 1, id 3 1, orphan 1, "
			 "unknown 1");
}
END_TEST

START_TEST(units_and_containers_are_named_by_the_cgroup)
{
	expect("unit", "- 1, db.service 1, docker-" ID64
		       ".scope 1, orphan 1, unknown 2, web.service 1");
	expect("container", "- 3, 0123456789ab 1, orphan 1, unknown 2");
	expect("pod", "- 4, orphan 1, unknown 2");
}
END_TEST

/* A name is put in quotes if it may be taken for none, and if they fit. */
START_TEST(each_reserved_word_is_put_in_quotes)
{
	static const char *const words[] = { "absent", "-",	 "other",
					     "total",  "hidden", "unknown" };
	char name[32], quoted[40];

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		snprintf(name, sizeof(name), "%s", words[i]);
		snprintf(quoted, sizeof(quoted), "\"%s\"", words[i]);
		tm_key_tell_apart(name, strlen(words[i]) + 2);
		ck_assert_str_eq(name, words[i]);
		tm_key_tell_apart(name, strlen(words[i]) + 3);
		ck_assert_str_eq(name, quoted);
	}
	for (unsigned int kind = 0; tcpmem_kind_describe(kind)->name; kind++) {
		snprintf(name, sizeof(name), "%s",
			 tcpmem_kind_describe(kind)->name);
		tm_key_tell_apart(name, sizeof(name));
		ck_assert_int_eq(name[0], '"');
	}
	strcpy(name, "others");
	tm_key_tell_apart(name, sizeof(name));
	ck_assert_str_eq(name, "others");
}
END_TEST

START_TEST(each_absence_has_its_word)
{
	static const struct {
		uint64_t id;
		const char *text;
	} ids[] = {
		{ TM_KEY_NOBODY | TCPMEM_KIND_ORPHAN, "orphan" },
		{ TM_KEY_UNREAD, "unknown" },
		{ TM_KEY_NOT_HERE, "absent" },
		{ TM_KEY_NONE, "-" },
	};
	char name[16] = "x";

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		ck_assert(tm_key_format_absent(ids[i].id, name, sizeof(name)));
		ck_assert_str_eq(name, ids[i].text);
	}
	strcpy(name, "x");
	ck_assert(!tm_key_format_absent(7, name, sizeof(name)));
	ck_assert_str_eq(name, "x");
}
END_TEST

/* "the key that @len bytes of @name name; NULL if none" */
START_TEST(keys_are_found_by_their_whole_names)
{
	size_t count = 0;

	for (; tcpmem_key_describe(count)->name; count++) {
		const char *name = tcpmem_key_describe(count)->name;
		size_t len = strlen(name);

		ck_assert_str_eq(tm_key_find(name, len)->term.name, name);
		ck_assert_ptr_null(tm_key_find(name, len - 1));
	}
	ck_assert_str_eq(tcpmem_key_describe(count - 1)->name, "congestion");
	ck_assert_ptr_null(tcpmem_key_describe(count + 1)->name);
	ck_assert_str_eq(tm_key_find("port", 4)->term.name, "local-port");
	ck_assert_ptr_null(tm_key_find("pory", 4));
	ck_assert_ptr_null(tm_key_find("commx", 5));
}
END_TEST

/* A socket that is not connected has no peer; one that was reset has one. */
START_TEST(a_peer_is_that_of_a_connection)
{
	static const struct {
		uint8_t state;
		uint16_t remote_port;
		const char *rows;
	} cases[] = {
		{ TCPMEM_STATE_ESTABLISHED, 0, "0 1" },
		{ TCPMEM_STATE_ESTABLISHED, 443, "443 1" },
		{ TCPMEM_STATE_LISTENING, 443, "- 1" },
		{ TCPMEM_STATE_BOUND_INACTIVE, 443, "- 1" },
		{ TCPMEM_STATE_CLOSED, 0, "- 1" },
		{ TCPMEM_STATE_CLOSED, 443, "443 1" },
	};

	snap->sockets.count = 1;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snap->sockets.sock[0].state = cases[i].state;
		snap->sockets.sock[0].remote_port = cases[i].remote_port;
		expect("peer-port", cases[i].rows);
	}
}
END_TEST

/* The root is everybody's: one that is hidden may live elsewhere. */
START_TEST(a_hidden_holder_may_be_in_another_cgroup)
{
	snap->sockets.sock[4].kind = TCPMEM_KIND_HIDDEN;
	expect("cgroup", "/system.slice/db.service 1, " DOCKER
			 " 1, /system.slice/web.service 1, hidden 1, id 3 1, "
			 "orphan 1, unknown 1");
	expect("unit", "db.service 1, docker-" ID64
		       ".scope 1, hidden 1, orphan 1, unknown 2, web.service "
		       "1");
}
END_TEST

/* Where listeners were not looked for, nothing was accepted at one. */
START_TEST(without_listeners_there_is_none)
{
	ck_assert_ptr_null(snap->listeners);
	expect("listener", "- 7");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keys");
	TCase *tests = tcase_create("keys");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_program_is_its_holders);
	tcase_add_test(tests, a_name_is_told_from_what_stands_for_none);
	tcase_add_test(tests, a_command_line_and_a_parent_are_its_holders);
	tcase_add_test(tests, a_cgroup_is_the_sockets_or_its_holders);
	tcase_add_test(tests, units_and_containers_are_named_by_the_cgroup);
	tcase_add_test(tests, each_reserved_word_is_put_in_quotes);
	tcase_add_test(tests, each_absence_has_its_word);
	tcase_add_test(tests, keys_are_found_by_their_whole_names);
	tcase_add_test(tests, a_peer_is_that_of_a_connection);
	tcase_add_test(tests, a_hidden_holder_may_be_in_another_cgroup);
	tcase_add_test(tests, without_listeners_there_is_none);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
