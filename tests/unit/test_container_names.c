// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_container_names.c - trees as container engines and kubelet leave them */
#include "host/internal.h"
#include "model/metadata.h"
#include "proc_tree.h"
#include "unit.h"

#include <errno.h>

#define ID     "4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796"
#define OTHER  "00000d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796"
#define HEX_63 "f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796"
#define UID    "1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901"

#define STORAGE                                                   \
	"self/root/var/lib/containers/storage/overlay-containers" \
	"/containers.json"
#define DOCKER "self/root/var/lib/docker/containers/" ID "/config.v2.json"
#define TASK                                                      \
	"self/root/run/containerd/io.containerd.runtime.v2.task/" \
	"k8s.io/" ID "/config.json"
#define LOGS "self/root/var/log/containers/"

static void check_name(const char *id, uint32_t pid, const char *expected)
{
	struct tm_container_names names = { 0 };
	char name[256];
	int ret = tm_container_name(ctx, &names, id, pid, name, sizeof(name));

	ck_assert_int_eq(ret, expected ? 0 : -ENOENT);
	if (expected)
		ck_assert_str_eq(name, expected);
	tm_container_names_deinit(&names);
}

static const struct {
	const char *file, *text, *name;
} engines[] = {
	{ DOCKER, "{\"ID\":\"" ID "\",\"Name\":\"/web\"}", "web" },
	/* cri-dockerd */
	{ DOCKER, "{\"Name\":\"/k8s_nginx_front-7d_shop_" UID "_0\"}",
	  "shop/front-7d/nginx" },
	/* podman, the second of two */
	{ STORAGE,
	  "[{\"id\":\"" OTHER "\",\"names\":[\"db\"]}, {\"id\": \"" ID
	  "\", \"names\": [\"web\", \"alias\"], \"layer\":\"x\"}]",
	  "web" },
	/* CRI-O */
	{ STORAGE,
	  "[{\"id\":\"" ID "\",\"names\":[\"k8s_nginx_front_shop_" UID
	  "_0\"]}]",
	  "shop/front/nginx" },
	/* containerd under kubelet: a container, and the sandbox itself */
	{ TASK,
	  "{\"annotations\":{\"io.kubernetes.cri.container-name\":\"nginx\","
	  "\"io.kubernetes.cri.sandbox-name\":\"front\","
	  "\"io.kubernetes.cri.sandbox-namespace\":\"shop\"}}",
	  "shop/front/nginx" },
	{ TASK,
	  "{\"annotations\":{\"io.kubernetes.cri.sandbox-name\":\"front\","
	  "\"io.kubernetes.cri.sandbox-namespace\":\"shop\"}}",
	  "shop/front/pause" },
	{ TASK, "{\"annotations\":{\"nerdctl/name\":\"web\"}}", "web" },
	{ TASK,
	  "{\"annotations\":{\"io.kubernetes.cri.sandbox-name\":\"front\"}}",
	  NULL },
	{ TASK,
	  "{\"annotations\":{\"io.kubernetes.cri.sandbox-namespace\":"
	  "\"shop\"}}",
	  NULL },
	/* every byte that engines allow; what only begins as kubelet's names */
	{ DOCKER, "{\"Name\":\"a.B_c-d/9\"}", "a.B_c-d/9" },
	{ DOCKER, "{\"Name\":\"k8s_a_b_c\"}", "k8s_a_b_c" },
	{ DOCKER, "{\"Name\":\"my_a_b_c_d_0\"}", "my_a_b_c_d_0" },
	/* kubelet's logs, whatever the engine */
	{ LOGS "front_shop_nginx-" ID ".log", "", "shop/front/nginx" },
	/* what an image's author wrote is not the engine's */
	{ DOCKER, "{\"Config\":{\"Labels\":{\"Name\":\"/evil\"}}}", NULL },
	{ DOCKER, "{\"A\":\"\\\",\\\"Name\\\":\\\"evil\",\"Name\":\"/web\"}",
	  "web" },
	/* no engine's name */
	{ DOCKER, "{\"Name\":\"/we\\u001bb\"}", NULL },
	{ DOCKER, "{\"Name\":\"/we\033[2Jb\"}", NULL },
	{ DOCKER, "{\"Name\":\"\"}", NULL },
	{ DOCKER, "{\"Name\":7}", NULL },
	{ DOCKER, "{\"Name\":[\"web\"]}", NULL },
	{ DOCKER, "{\"Name\":\"/web", NULL },
	{ DOCKER, "{\"Name\"", NULL },
	{ DOCKER, "{{{{[[[[", NULL },
	{ DOCKER, "]}", NULL },
	{ DOCKER, "", NULL },
	{ STORAGE, "[{\"id\":\"" OTHER "\",\"names\":[\"db\"]}]", NULL },
	{ STORAGE, "[{\"id\":\"" ID "\",\"names\":[]}]", NULL },
	{ STORAGE, "[{\"id\":\"" ID "\"}", NULL },
	{ STORAGE, "[", NULL },
	{ LOGS "nginx-" ID ".log", "", NULL },
	{ LOGS "front_shop_nginx_" ID ".log", "", NULL },
	{ LOGS ID ".log", "", NULL },
	{ LOGS "front_shop-" ID ".log", "", NULL },
};

/* "a name has letters, digits and . _ - / alone", from the engine's own file */
START_TEST(files_of_engines)
{
	/* whatever the one before was called */
	tree_file(&tree,
		  "self/root/var/lib/docker/containers/A" HEX_63
		  "/config.v2.json",
		  "{\"Name\":\"/before\"}");
	check_name("A" HEX_63, 0, "before");
	tree_file(&tree, engines[_i].file, engines[_i].text);
	check_name(ID, 0, engines[_i].name);
	check_name(OTHER, 0, strstr(engines[_i].text, OTHER) ? "db" : NULL);
}
END_TEST

/* "An engine's own file comes first, then kubelet's logs, then [...] monitor"
 */
START_TEST(the_best_source_comes_first)
{
	static const struct {
		const char *file, *text, *name;
	} sources[] = {
		{ DOCKER, "{\"Name\":\"/docker\"}", "docker" },
		{ TASK, "{\"annotations\":{\"nerdctl/name\":\"nerd\"}}",
		  "nerd" },
		{ STORAGE, "[{\"id\":\"" ID "\",\"names\":[\"podman\"]}]",
		  "podman" },
		{ LOGS "pod_ns_c-" ID ".log", "", "ns/pod/c" },
	};
	static const char arguments[] = "conmon\0-c\0" ID "\0-n\0monitor";
	char path[PATH_MAX];

	tree_dir(&tree, "self/root/run/containerd/"
			"io.containerd.runtime.v2.task/moby");
	tree_file(&tree, LOGS "other_ns_c-" OTHER ".log", "");
	tree_file(&tree, "30/status", "Name:\tconmon\nPPid:\t1\n");
	tree_bytes(&tree, "30/cmdline", arguments, sizeof(arguments));
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		tree_file(&tree, sources[i].file, sources[i].text);
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		check_name(ID, 30, sources[i].name);
		tree_path(&tree, sources[i].file, path);
		ck_assert_int_eq(unlink(path), 0);
	}
	check_name(ID, 30, "monitor");
}
END_TEST

/* "Whole lists are read when the first name is looked for in them", once. */
START_TEST(lists_are_read_once)
{
	struct tm_container_names names = { 0 }, none = { 0 };
	char name[64];

	tree_dir(&tree, "self/root/var/log/pods/shop_front_" UID);
	tree_file(&tree, STORAGE, "[{\"id\":\"" ID "\",\"names\":[\"web\"]}]");
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(tm_container_name(ctx, &names, ID, 0, name,
						   sizeof(name)),
				 0);
		ck_assert_str_eq(name, "web");
		ck_assert_int_eq(
			tm_pod_name(ctx, &names, UID, name, sizeof(name)), 0);
		ck_assert_str_eq(name, "shop/front");
		tree_file(&tree, STORAGE,
			  "[{\"id\":\"" ID "\",\"names\":[\"new\"]}]");
		tree_dir(&tree, "self/root/var/log/pods/new_pod_" OTHER);
	}
	ck_assert_int_eq(tm_pod_name(ctx, &names, OTHER, name, sizeof(name)),
			 -ENOENT);
	tm_container_names_deinit(&names);
	ck_assert_mem_eq(&names, &none, sizeof(names));
	ck_assert_int_eq(
		tm_container_name(ctx, &names, ID, 0, name, sizeof(name)), 0);
	ck_assert_str_eq(name, "new");
	tm_container_names_deinit(&names);
}
END_TEST

/* A name with no room for all of it would be another's. */
START_TEST(a_name_that_is_too_long_is_none)
{
	char text[1024], most[256], name[257];

	memset(most, 'x', sizeof(most));
	for (int len = 255; len <= 256; len++) {
		const char *expected = len < 256 ? name : NULL;

		snprintf(text, sizeof(text),
			 "{\"annotations\":{"
			 "\"io.kubernetes.cri.container-name\":\"%.*s\","
			 "\"io.kubernetes.cri.sandbox-name\":\"front\","
			 "\"io.kubernetes.cri.sandbox-namespace\":\"shop\"}}",
			 len - 11, most);
		snprintf(name, sizeof(name), "shop/front/%.*s", len - 11, most);
		tree_file(&tree, TASK, text);
		check_name(ID, 0, expected);
		tree_file(&tree, TASK, "");
		snprintf(name, sizeof(name), "%.*s", len, most);
		snprintf(text, sizeof(text), "{\"Name\":\"%s\"}", name);
		tree_file(&tree, DOCKER, text);
		check_name(ID, 0, expected);
		tree_file(&tree, DOCKER, "");
	}
}
END_TEST

/* podman's rootless storage is in somebody's home: conmon has been told. */
START_TEST(arguments_of_the_monitor)
{
	static const char arguments[] = "/usr/bin/conmon\0--api-version\0"
					"1\0-c\0" ID "\0-u\0" ID
					"\0-n\0web\0--exit-dir\0/x";

	tree_file(&tree, "30/status", "Name:\tnginx\nPPid:\t20\n");
	tree_file(&tree, "20/status", "Name:\tsh\nPPid:\t10\n");
	tree_file(&tree, "10/status", "Name:\tconmon\nPPid:\t1\n");
	tree_bytes(&tree, "10/cmdline", arguments, sizeof(arguments));
	check_name(ID, 30, "web");
	check_name(OTHER, 30, NULL);
	check_name(ID, 0, NULL);
	/* cut behind the option */
	tree_bytes(&tree, "10/cmdline", "conmon\0-c\0" ID "\0-n", 74);
	check_name(ID, 30, NULL);
	tree_bytes(&tree, "10/cmdline", "conmon\0-n\0web", 14);
	check_name(ID, 30, NULL);
	/* a program of its own, whatever its name begins with */
	tree_bytes(&tree, "10/cmdline", arguments, sizeof(arguments));
	tree_file(&tree, "10/status", "Name:\tconmonrs\nPPid:\t1\n");
	check_name(ID, 30, NULL);
}
END_TEST

/* The monitor is asked for its container's name as far up as that. */
START_TEST(a_monitor_is_looked_for_so_far)
{
	static const char arguments[] = "conmon\0-c\0" ID "\0-n\0web";
	char path[32], text[64];

	tree_bytes(&tree, "2/cmdline", arguments, sizeof(arguments));
	tree_file(&tree, "2/status", "Name:\tconmon\nPPid:\t1\n");
	for (int pid = 3; pid < 20; pid++) {
		snprintf(path, sizeof(path), "%d/status", pid);
		snprintf(text, sizeof(text), "Name:\tsh\nPPid:\t%d\n", pid - 1);
		tree_file(&tree, path, text);
	}
	check_name(ID, 2, "web");
	check_name(ID, 2 + 15, "web");
	check_name(ID, 2 + 16, NULL);
	/* the first process of all is nobody's monitor */
	tree_bytes(&tree, "1/cmdline", arguments, sizeof(arguments));
	tree_file(&tree, "1/status", "Name:\tconmon\nPPid:\t0\n");
	tree_file(&tree, "2/status", "Name:\tsh\nPPid:\t1\n");
	check_name(ID, 2, NULL);
}
END_TEST

/* Ancestors of a made-up tree may go in a circle. */
START_TEST(ancestors_end)
{
	tree_file(&tree, "30/status", "Name:\ta\nPPid:\t31\n");
	tree_file(&tree, "31/status", "Name:\tb\nPPid:\t30\n");
	check_name(ID, 30, NULL);
}
END_TEST

/* An id names a file: what is none is not looked for. */
START_TEST(an_id_is_no_path)
{
	tree_file(&tree, "self/root/var/lib/docker/containers/x/config.v2.json",
		  "{\"Name\":\"/web\"}");
	check_name("../containers/x", 0, NULL);
	check_name("x", 0, NULL);
	/* 64 bytes, and 64 digits with more behind */
	tree_file(&tree,
		  "self/root/var/lib/docker/containers/g" HEX_63
		  "/config.v2.json",
		  "{\"Name\":\"/web\"}");
	check_name("g" HEX_63, 0, NULL);
	tree_file(&tree,
		  "self/root/var/lib/docker/containers/" ID "/x/config.v2.json",
		  "{\"Name\":\"/web\"}");
	check_name(ID "/x", 0, NULL);
	tree_file(&tree,
		  "self/root/var/lib/docker/containers/A" HEX_63
		  "/config.v2.json",
		  "{\"Name\":\"/web\"}");
	check_name("A" HEX_63, 0, "web");
}
END_TEST

/* "NAMESPACE/POD of a pod's UID" */
START_TEST(names_of_pods)
{
	struct tm_container_names names = { 0 };
	char name[64];

	tree_dir(&tree, "self/root/var/log/pods/shop_front_" UID);
	tree_dir(&tree, "self/root/var/log/pods/broken_" UID);
	tree_dir(&tree, "self/root/var/log/pods/" UID);
	tree_dir(&tree, "self/root/var/log/pods/sh~p_front_" OTHER);
	tree_dir(&tree, "self/root/var/log/pods/shop_fr~nt_" OTHER);
	ck_assert_int_eq(tm_pod_name(ctx, &names, UID, name, sizeof(name)), 0);
	ck_assert_str_eq(name, "shop/front");
	ck_assert_int_eq(tm_pod_name(ctx, &names, ID, name, sizeof(name)),
			 -ENOENT);
	ck_assert_int_eq(tm_pod_name(ctx, &names, OTHER, name, sizeof(name)),
			 -ENOENT);
	tm_container_names_deinit(&names);
}
END_TEST

static const struct {
	const char *object, *text;
} members[] = {
	{ "{\"N\":\"web\"}", "web" },
	{ " { \"A\" :\t1 ,\r\n \"N\" : \"web\" } ", "web" },
	{ "{\"A\":{\"B\":[1,{\"C\":[]}]},\"N\":\"web\"}", "web" },
	{ "{\"A\":[{\"N\":\"x\"},{\"N\":\"y\"}],\"N\":\"web\"}", "web" },
	{ "{\"A\":\"]}\",\"N\":\"web\"}", "web" },
	{ "{\"A\":\"\\\\\",\"N\":\"web\"}", "web" },
	{ "{\"A\":-1.5e3,\"B\":true,\"N\":\"web\"}", "web" },
	{ "{\"NA\":\"x\",\"n\":\"y\",\"\":\"z\",\"N\":\"web\"}", "web" },
	{ "{\"N\":\"web\",\"N\":\"x\"}", "web" },
	{ "{\"A\":,\"N\":\"web\"}", NULL },
	{ "{\"A\":}", NULL },
	{ "{\"A\" \"N\":\"web\"}", NULL },
	{ "{\"A\":1 \"N\":\"web\"}", NULL },
	{ "{\"A\":1;\"N\":\"web\"}", NULL },
	{ "{\"A\":1},{\"N\":\"web\"}", NULL },
	{ "{\"A\":[1,\"N\":\"web\"}", NULL },
	{ "{\"A\":\"\\", NULL },
	{ "{\"A\\", NULL },
	{ "[\"N\",\"web\"]", NULL },
	{ "{N:\"web\"}", NULL },
	{ "{}", NULL },
	{ "", NULL },
};

/* "one text out of a JSON document": the member of that name, at its place */
START_TEST(members_are_found_by_their_names)
{
	const char *object = members[_i].object;
	char text[8];

	if (!members[_i].text) {
		ck_assert(!tm_json_text(tm_json_member(object, "N"), text,
					sizeof(text)));
		return;
	}
	ck_assert(
		tm_json_text(tm_json_member(object, "N"), text, sizeof(text)));
	ck_assert_str_eq(text, members[_i].text);
}
END_TEST

static void check_elements(const char *array, const char *expected)
{
	const char *at = NULL;
	char all[32] = "", text[8];

	while ((at = tm_json_element(array, at))) {
		if (tm_json_text(at, text, sizeof(text)))
			strcat(all, text);
		strcat(all, ";");
	}
	ck_assert_str_eq(all, expected);
}

START_TEST(elements_come_one_by_one)
{
	check_elements("[\"a\",\"b\"]", "a;b;");
	check_elements(" [ \"a\" , 1 , [\"x\"] , {\"y\":1} , \"b\" ] ",
		       "a;;;;b;");
	check_elements("[]", "");
	check_elements("[ ]", "");
	check_elements("[\"a\",]", "a;");
	check_elements("[\"a\" \"b\"]", "a;");
	check_elements("[\"a\"", "a;");
	check_elements("[\"a\",", "a;");
	check_elements("{\"a\":1}", "");
	check_elements("\"a\"", "");
	check_elements("", "");
	check_elements(NULL, "");
}
END_TEST

/* An escape is refused wherever it is, at the end too. */
START_TEST(texts_with_escapes)
{
	char text[8];

	ck_assert(tm_json_text("\"web\"", text, sizeof(text)));
	ck_assert_str_eq(text, "web");
	/* "and it fits" */
	ck_assert(tm_json_text("\"web\"", text, 4));
	ck_assert(!tm_json_text("\"web\"", text, 3));
	ck_assert(tm_json_text("\"\"", text, 1));
	ck_assert_str_eq(text, "");
	ck_assert(!tm_json_text("\"web", text, sizeof(text)));
	ck_assert(!tm_json_text("web\"", text, sizeof(text)));
	ck_assert(!tm_json_text(NULL, text, sizeof(text)));
	ck_assert(!tm_json_text("\"\\nweb\"", text, sizeof(text)));
	ck_assert(!tm_json_text("\"web\\n\"", text, sizeof(text)));
}
END_TEST

/* "NAME[ID], or the id alone", and "the first name of an id stays" */
START_TEST(names_stand_beside_ids)
{
	struct tm_metadata metadata = { 0 };
	char text[64];

	ck_assert_ptr_null(tm_metadata_name(&metadata, ID));
	ck_assert_int_eq(tm_metadata_add_name(&metadata, ID, "web"), 0);
	ck_assert_int_eq(tm_metadata_add_name(&metadata, ID, "other"), 0);
	ck_assert_str_eq(tm_metadata_name(&metadata, ID), "web");
	tm_metadata_format_id(&metadata, ID, text, sizeof(text));
	ck_assert_str_eq(text, "web[4f5e6d7c8b9a]");
	tm_metadata_format_id(&metadata, OTHER, text, sizeof(text));
	ck_assert_str_eq(text, "00000d7c8b9a");
	tm_metadata_format_id(&metadata, UID, text, sizeof(text));
	ck_assert_str_eq(text, UID);
	tm_metadata_deinit(&metadata);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("container_names");
	TCase *tc = tcase_create("container_names");

	tcase_add_checked_fixture(tc, proc_tree_make, proc_tree_remove);
	tcase_add_loop_test(tc, files_of_engines, 0,
			    sizeof(engines) / sizeof(engines[0]));
	tcase_add_test(tc, the_best_source_comes_first);
	tcase_add_test(tc, lists_are_read_once);
	tcase_add_test(tc, a_name_that_is_too_long_is_none);
	tcase_add_test(tc, arguments_of_the_monitor);
	tcase_add_test(tc, a_monitor_is_looked_for_so_far);
	tcase_add_test(tc, ancestors_end);
	tcase_add_test(tc, an_id_is_no_path);
	tcase_add_test(tc, names_of_pods);
	tcase_add_loop_test(tc, members_are_found_by_their_names, 0,
			    sizeof(members) / sizeof(members[0]));
	tcase_add_test(tc, elements_come_one_by_one);
	tcase_add_test(tc, texts_with_escapes);
	tcase_add_test(tc, names_stand_beside_ids);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
