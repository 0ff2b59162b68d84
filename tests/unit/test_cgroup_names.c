// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_cgroup_names.c - paths as they are found on real hosts */
#include "model/metadata.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

#define ID     "4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796"
#define UID    "1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901"
#define UID_   "1b2c3d4e_5f60_7182_93a4_b5c6d7e8f901"
#define HASH32 "0123456789abcdef0123456789abcdef"

static const struct {
	const char *path, *unit, *container, *pod;
} paths[] = {
	{ "/", NULL, NULL, NULL },
	{ "", NULL, NULL, NULL },
	/* systemd */
	{ "/init.scope", "init.scope", NULL, NULL },
	{ "/system.slice/nginx.service", "nginx.service", NULL, NULL },
	{ "/system.slice/system-getty.slice/getty@tty1.service",
	  "getty@tty1.service", NULL, NULL },
	{ "/user.slice/user-1000.slice/user@1000.service/app.slice/"
	  "app-firefox-1234.scope",
	  "app-firefox-1234.scope", NULL, NULL },
	{ "/user.slice/user-0.slice/session-3.scope", "session-3.scope", NULL,
	  NULL },
	{ "/system.slice/redis.service/worker", "redis.service", NULL, NULL },
	/* machines: nspawn's own unit, and what machined registers */
	{ "/machine.slice/systemd-nspawn@web.service",
	  "systemd-nspawn@web.service", "web", NULL },
	{ "/machine.slice/systemd-nspawn@web.service/payload/a.service",
	  "a.service", "web", NULL },
	{ "/machine.slice/machine-db\\x2d1.scope", "machine-db\\x2d1.scope",
	  "db-1", NULL },
	{ "/machine.slice/machine-.scope", "machine-.scope", NULL, NULL },
	/* docker: cgroupfs and systemd drivers */
	{ "/docker/" ID, NULL, ID, NULL },
	{ "/system.slice/docker-" ID ".scope", "docker-" ID ".scope", ID,
	  NULL },
	{ "/docker/" ID "/system.slice/nginx.service", "nginx.service", ID,
	  NULL },
	/* podman: rootful, rootless, cgroupfs; conmon is not the container */
	{ "/machine.slice/libpod-" ID ".scope/container", "libpod-" ID ".scope",
	  ID, NULL },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
	  ".scope",
	  "libpod-" ID ".scope", ID, NULL },
	{ "/libpod_parent/libpod-" ID, NULL, ID, NULL },
	{ "/machine.slice/libpod-conmon-" ID ".scope",
	  "libpod-conmon-" ID ".scope", NULL, NULL },
	/* podman: a pod of its own, below a unit (quadlet), rootless docker */
	{ "/machine.slice/machine-libpod_pod_" ID ".slice/libpod-" ID ".scope",
	  "libpod-" ID ".scope", ID, NULL },
	{ "/system.slice/web.service/libpod-payload-" ID, "web.service", ID,
	  NULL },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID
	  ".scope",
	  "docker-" ID ".scope", ID, NULL },
	/* containerd */
	{ "/system.slice/nerdctl-" ID ".scope", "nerdctl-" ID ".scope", ID,
	  NULL },
	{ "/default/" ID, NULL, ID, NULL },
	/* kubernetes, cgroupfs driver */
	{ "/kubepods/burstable/pod" UID "/" ID, NULL, ID, UID },
	{ "/kubepods/pod" UID "/" ID, NULL, ID, UID },
	{ "/kubepods/besteffort/pod" UID "/crio-" ID, NULL, ID, UID },
	{ "/kubepods/besteffort/pod" UID "/crio-conmon-" ID, NULL, NULL, UID },
	/* kubernetes, systemd driver: containerd, CRI-O, docker */
	{ "/kubepods.slice/kubepods-besteffort.slice/"
	  "kubepods-besteffort-pod" UID_ ".slice/cri-containerd-" ID ".scope",
	  "cri-containerd-" ID ".scope", ID, UID },
	{ "/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" ID ".scope",
	  "crio-" ID ".scope", ID, UID },
	{ "/kubepods.slice/kubepods-burstable.slice/"
	  "kubepods-burstable-pod" HASH32 ".slice/docker-" ID ".scope",
	  "docker-" ID ".scope", ID, HASH32 },
	{ "/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" ID
	  ".scope/container",
	  "crio-" ID ".scope", ID, UID },
	{ "/kubepods.slice/kubepods-pod" UID_ ".slice/crio-conmon-" ID ".scope",
	  "crio-conmon-" ID ".scope", NULL, UID },
	/* the systemd driver in kubelet, the cgroupfs driver in containerd */
	{ "/system.slice/containerd.service/kubepods-burstable-pod" UID_
	  ".slice:cri-containerd:" ID,
	  "containerd.service", ID, UID },
	/* seen from a cgroup namespace that is elsewhere */
	{ "/../../kubepods-pod" UID_ ".slice/cri-containerd-" ID ".scope",
	  "cri-containerd-" ID ".scope", ID, UID },
	/* Amazon's ECS */
	{ "/ecs/" HASH32 "/" ID, NULL, ID, NULL },
	/* kind: a node that is itself a container */
	{ "/docker/" ID "/kubelet.slice/kubelet-kubepods.slice/"
	  "kubelet-kubepods-pod" UID_ ".slice/cri-containerd-" ID ".scope",
	  "cri-containerd-" ID ".scope", ID, UID },
	/* LXC */
	{ "/lxc.payload.web", NULL, "web", NULL },
	{ "/lxc.payload.web/system.slice/nginx.service", "nginx.service", "web",
	  NULL },
	{ "/lxc/web", NULL, "web", NULL },
	{ "/lxc.monitor.web", NULL, NULL, NULL },
	/* what only looks like one */
	{ "/docker/4f5e", NULL, NULL, NULL },
	{ "/x" ID, NULL, NULL, NULL },
	{ "/podcast.service", "podcast.service", NULL, NULL },
	{ "/pod1b2c3d4e-5f60-7182-93a4-b5c6d7e8f9zz", NULL, NULL, NULL },
	{ "/.service", NULL, NULL, NULL },
	{ "/.scope", NULL, NULL, NULL },
	{ "/a.scope", "a.scope", NULL, NULL },
	{ "/pox" UID, NULL, NULL, NULL },
	{ "/xpod" UID, NULL, NULL, NULL },
	{ "/podpod-pod" UID, NULL, NULL, UID },
	{ "/pod1b2c3d4ex5f60-7182-93a4-b5c6d7e8f901", NULL, NULL, NULL },
	{ "/pod1b2c3d4e-5f60x7182-93a4-b5c6d7e8f901", NULL, NULL, NULL },
	{ "/pod1b2c3d4e-5f60-7182x93a4-b5c6d7e8f901", NULL, NULL, NULL },
	{ "/pod1b2c3d4e-5f60-7182-93a4xb5c6d7e8f901", NULL, NULL, NULL },
	{ "/pod1b2c3d4e-5f60-7182-93a4-b5c6d7e8f9-1", NULL, NULL, NULL },
	{ "/pod0123456789abcdef0123456789abcdeg", NULL, NULL, NULL },
	{ "/pod0123456789abcdef0123456789abcde", NULL, NULL, NULL },
	{ "/pod" UID "0", NULL, NULL, NULL },
	{ "/docker/f" ID, NULL, NULL, NULL },
	{ "/a-b:" ID, NULL, ID, NULL },
	{ "/docker-" ID ".scopes", NULL, NULL, NULL },
	{ "/lxd/web", NULL, NULL, NULL },
	{ "/lx/web", NULL, NULL, NULL },
	{ "/lxcs/web", NULL, NULL, NULL },
	{ "/lxc.payload.", NULL, NULL, NULL },
	{ "/lxc/a/lxc/b", NULL, "b", NULL },
	/* what a unit's name escapes, and what only looks so */
	{ "/machine-a.scope", "machine-a.scope", "a", NULL },
	{ "/machine-a\\x2d.scope", "machine-a\\x2d.scope", "a-", NULL },
	{ "/machine-a\\x2.scope", "machine-a\\x2.scope", "a\\x2", NULL },
	{ "/machine-a\\x4A\\x4ab.scope", "machine-a\\x4A\\x4ab.scope", "aJJb",
	  NULL },
	{ "/machine-a\\y2d.scope", "machine-a\\y2d.scope", "a\\y2d", NULL },
	{ "/machine-ax2dd.scope", "machine-ax2dd.scope", "ax2dd", NULL },
	{ "/machine-a\\xg0.scope", "machine-a\\xg0.scope", "a\\xg0", NULL },
	{ "/machine-a.service", "machine-a.service", NULL, NULL },
	{ "/systemd-nspawn@a.scope", "systemd-nspawn@a.scope", NULL, NULL },
	{ "/kubepods-pod" UID_ ".slicex:cri-containerd:x", NULL, NULL, NULL },
};

static void check_name(int ret, const char *name, const char *expected)
{
	ck_assert_int_eq(ret, expected ? 0 : -ENOENT);
	if (expected)
		ck_assert_str_eq(name, expected);
}

START_TEST(real_paths)
{
	const char *path = paths[_i].path;
	char name[128];

	check_name(tm_cgroup_unit(path, name, sizeof(name)), name,
		   paths[_i].unit);
	check_name(tm_cgroup_container(path, name, sizeof(name)), name,
		   paths[_i].container);
	check_name(tm_cgroup_pod(path, name, sizeof(name)), name,
		   paths[_i].pod);
}
END_TEST

/* "a longer name is cut" */
START_TEST(a_name_never_overflows)
{
	char name[8] = "1234567";

	ck_assert_int_eq(tm_cgroup_unit("/a-long-one.service", name, 4), 0);
	ck_assert_str_eq(name, "a-l");
	ck_assert_int_eq(name[4], '5');
	ck_assert_int_eq(tm_cgroup_container("/machine-abcdef.scope", name, 5),
			 0);
	ck_assert_str_eq(name, "abcd");
	ck_assert_int_eq(name[5], '6');
	ck_assert_int_eq(
		tm_cgroup_container("/machine-abc\\x2d.scope", name, 5), 0);
	ck_assert_str_eq(name, "abc-");
	ck_assert_int_eq(tm_cgroup_container("/lxc/abcdef", name, 4), 0);
	ck_assert_str_eq(name, "abc");
}
END_TEST

/* "how many bytes of a container's id people are shown" */
START_TEST(ids_are_shown_short_and_names_whole)
{
	ck_assert_uint_eq(tm_cgroup_id_shown(ID), 12);
	ck_assert_uint_eq(tm_cgroup_id_shown("web"), 3);
	ck_assert_uint_eq(tm_cgroup_id_shown("cafe"), 4);
	ck_assert_uint_eq(tm_cgroup_id_shown("x" ID), strlen(ID) + 1);
	ck_assert_uint_eq(tm_cgroup_id_shown("x" UID), strlen(UID) + 1);
	ck_assert_uint_eq(tm_cgroup_id_shown(UID), strlen(UID));
}
END_TEST

/* "NAME[ID]"; without a name the id alone; cut */
START_TEST(ids_are_formatted)
{
	struct tm_metadata metadata = { .fds_max = false };
	char text[128], cut[6];

	tm_cgroup_format_id(ID, NULL, text, sizeof(text));
	ck_assert_str_eq(text, "4f5e6d7c8b9a");
	tm_cgroup_format_id(ID, "web", text, sizeof(text));
	ck_assert_str_eq(text, "web[4f5e6d7c8b9a]");
	tm_cgroup_format_id(UID, "web", text, sizeof(text));
	ck_assert_str_eq(text, "web[" UID "]");
	tm_cgroup_format_id(ID, "web", cut, sizeof(cut));
	ck_assert_str_eq(cut, "web[4");
	/* "The first name of an id stays." */
	ck_assert_int_eq(tm_metadata_add_name(&metadata, ID, "web"), 0);
	ck_assert_int_eq(tm_metadata_add_name(&metadata, UID, "db"), 0);
	ck_assert_int_eq(tm_metadata_add_name(&metadata, ID, "db"), 0);
	ck_assert_uint_eq(metadata.names.count, 2);
	ck_assert_str_eq(tm_metadata_name(&metadata, ID), "web");
	ck_assert_str_eq(tm_metadata_name(&metadata, UID), "db");
	ck_assert_ptr_null(tm_metadata_name(&metadata, "web"));
	tm_metadata_format_id(&metadata, ID, text, sizeof(text));
	ck_assert_str_eq(text, "web[4f5e6d7c8b9a]");
	tm_metadata_format_id(&metadata, "other", text, sizeof(text));
	ck_assert_str_eq(text, "other");
	tm_metadata_deinit(&metadata);
	ck_assert_ptr_null(tm_metadata_name(&metadata, ID));
}
END_TEST

/* "the cgroup with @id; NULL if no socket is in it" */
START_TEST(cgroups_are_found_by_their_ids)
{
	struct tm_metadata metadata = { .fds_max = false };

	ck_assert_ptr_null(tm_metadata_find(&metadata, 1));
	for (uint64_t id = 0; id < 100; id++)
		for (int twice = 0; twice < 2; twice++)
			ck_assert_int_eq(tm_metadata_want(&metadata, id << 32),
					 0);
	ck_assert_uint_eq(metadata.cgroup_count, 100);
	for (uint64_t id = 0; id < 100; id++) {
		const struct tm_cgroup *cgroup =
			tm_metadata_find(&metadata, id << 32);

		ck_assert_ptr_nonnull(cgroup);
		ck_assert_uint_eq(cgroup->id, id << 32);
		ck_assert_uint_eq(cgroup->path, TM_METADATA_UNKNOWN);
	}
	ck_assert_ptr_null(tm_metadata_find(&metadata, 1));
	tm_metadata_deinit(&metadata);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cgroup_names");
	TCase *tc = tcase_create("cgroup_names");

	tcase_add_loop_test(tc, real_paths, 0,
			    (int)(sizeof(paths) / sizeof(paths[0])));
	tcase_add_test(tc, a_name_never_overflows);
	tcase_add_test(tc, ids_are_shown_short_and_names_whole);
	tcase_add_test(tc, ids_are_formatted);
	tcase_add_test(tc, cgroups_are_found_by_their_ids);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
