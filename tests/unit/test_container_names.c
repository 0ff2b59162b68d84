// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_container_names.c - trees as container engines and kubelet leave them */
#include "host/internal.h"
#include "model/metadata.h"
#include "tree.h"
#include "unit.h"

#include <errno.h>

#define ID    "4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796"
#define OTHER "00000d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796"
#define UID   "1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901"

#define STORAGE                                                   \
	"self/root/var/lib/containers/storage/overlay-containers" \
	"/containers.json"
#define DOCKER "self/root/var/lib/docker/containers/" ID "/config.v2.json"
#define TASK                                                      \
	"self/root/run/containerd/io.containerd.runtime.v2.task/" \
	"k8s.io/" ID "/config.json"
#define LOGS "self/root/var/log/containers/"

static struct tree tree;
static struct tcpmem_ctx *ctx;

static void setup(void)
{
	tree_make(&tree);
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, tree.root, NULL), 0);
}

static void teardown(void)
{
	tcpmem_ctx_free(ctx);
	tree_remove(&tree);
}

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
	{ LOGS ID ".log", "", NULL },
	{ LOGS "front_shop-" ID ".log", "", NULL },
};

/* "a name has letters, digits and . _ - / alone", from the engine's own file */
START_TEST(files_of_engines)
{
	tree_file(&tree, engines[_i].file, engines[_i].text);
	check_name(ID, 0, engines[_i].name);
	check_name(OTHER, 0, strstr(engines[_i].text, OTHER) ? "db" : NULL);
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
}
END_TEST

/* "NAMESPACE/POD of a pod's UID" */
START_TEST(names_of_pods)
{
	struct tm_container_names names = { 0 };
	char name[64];

	tree_dir(&tree, "self/root/var/log/pods/shop_front_" UID);
	tree_dir(&tree, "self/root/var/log/pods/broken_" UID);
	ck_assert_int_eq(tm_pod_name(ctx, &names, UID, name, sizeof(name)), 0);
	ck_assert_str_eq(name, "shop/front");
	ck_assert_int_eq(tm_pod_name(ctx, &names, ID, name, sizeof(name)),
			 -ENOENT);
	tm_container_names_deinit(&names);
}
END_TEST

/* An escape is refused wherever it is, at the end too. */
START_TEST(texts_with_escapes)
{
	char text[8];

	ck_assert(tm_json_text("\"web\"", text, sizeof(text)));
	ck_assert_str_eq(text, "web");
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

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, files_of_engines, 0,
			    sizeof(engines) / sizeof(engines[0]));
	tcase_add_test(tc, arguments_of_the_monitor);
	tcase_add_test(tc, ancestors_end);
	tcase_add_test(tc, an_id_is_no_path);
	tcase_add_test(tc, names_of_pods);
	tcase_add_test(tc, texts_with_escapes);
	tcase_add_test(tc, names_stand_beside_ids);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
