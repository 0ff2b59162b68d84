// SPDX-License-Identifier: LGPL-2.1-or-later
/* cgroup_names.c - what a cgroup's path says about who lives there */
#include "model/metadata.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A container's id in full, and how much of it ages use. */
#define ID_LEN	 64
#define ID_SHOWN 12

/* A pod's UID: 8-4-4-4-12 digits; that of a static pod is a bare hash. */
#define UID_LEN	 36
#define HASH_LEN 32

/* One component of a path. */
struct part {
	const char *text;
	size_t len;
};

static bool next_part(const char **path, struct part *part)
{
	*path += strspn(*path, "/");
	part->text = *path;
	part->len = strcspn(*path, "/");
	*path += part->len;
	return part->len > 0;
}

static bool starts_with(const struct part *part, const char *head)
{
	size_t len = strlen(head);

	return part->len > len && memcmp(part->text, head, len) == 0;
}

static bool ends_with(const struct part *part, const char *tail)
{
	size_t len = strlen(tail);

	return part->len > len &&
	       memcmp(part->text + part->len - len, tail, len) == 0;
}

static bool all_hex(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isxdigit((unsigned char)text[i]))
			return false;
	return true;
}

static int copy(const char *text, size_t len, char *name, size_t size)
{
	snprintf(name, size, "%.*s", (int)len, text);
	return 0;
}

int tm_cgroup_unit(const char *path, char *name, size_t size)
{
	struct part part;
	int ret = -ENOENT;

	while (next_part(&path, &part))
		if (ends_with(&part, ".service") || ends_with(&part, ".scope"))
			ret = copy(part.text, part.len, name, size);
	return ret;
}

/*
 * "ID", "RUNTIME-ID.scope" as systemd's cgroup drivers write it, or
 * "SLICE:RUNTIME:ID" where one was told what only the other understands. The
 * monitor of a container (conmon) stands beside it and is not in it.
 */
static bool is_container_id(struct part part, const char **id)
{
	if (ends_with(&part, ".scope"))
		part.len -= strlen(".scope");
	if (part.len < ID_LEN || starts_with(&part, "libpod-conmon-") ||
	    starts_with(&part, "crio-conmon-"))
		return false;
	*id = part.text + part.len - ID_LEN;
	return (part.len == ID_LEN || (*id)[-1] == '-' || (*id)[-1] == ':') &&
	       all_hex(*id, ID_LEN);
}

/* "lxc.payload.NAME", or NAME below "lxc" before LXC 4. */
static bool is_lxc(const struct part *part, const struct part *parent,
		   struct part *name)
{
	static const char payload[] = "lxc.payload.";

	*name = *part;
	if (starts_with(part, payload)) {
		name->text += strlen(payload);
		name->len -= strlen(payload);
		return true;
	}
	return parent->len == 3 && memcmp(parent->text, "lxc", 3) == 0;
}

int tm_cgroup_container(const char *path, char *name, size_t size)
{
	struct part part, lxc, parent = { "", 0 };
	int ret = -ENOENT;

	while (next_part(&path, &part)) {
		const char *id;

		if (is_container_id(part, &id))
			ret = copy(id, ID_SHOWN, name, size);
		else if (is_lxc(&part, &parent, &lxc))
			ret = copy(lxc.text, lxc.len, name, size);
		parent = part;
	}
	return ret;
}

/* With dashes; systemd's driver writes underscores, for "-" nests slices. */
static bool is_uid(const char *text, size_t len)
{
	if (len == HASH_LEN)
		return all_hex(text, len);
	if (len != UID_LEN)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' && text[i] != '_'
			 : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return true;
}

/* "podUID", "kubepods-QOS-podUID.slice", or that and ":RUNTIME:ID" */
static bool is_pod(struct part part, struct part *uid)
{
	const char *at = memchr(part.text, ':', part.len);

	if (at)
		part.len = (size_t)(at - part.text);
	if (ends_with(&part, ".slice"))
		part.len -= strlen(".slice");
	at = memmem(part.text, part.len, "pod", 3);
	while (at) {
		uid->text = at + 3;
		uid->len = part.len - (size_t)(uid->text - part.text);
		if ((at == part.text || at[-1] == '-') &&
		    is_uid(uid->text, uid->len))
			return true;
		at = memmem(uid->text, uid->len, "pod", 3);
	}
	return false;
}

int tm_cgroup_pod(const char *path, char *name, size_t size)
{
	struct part part, uid;
	int ret = -ENOENT;

	while (next_part(&path, &part)) {
		if (!is_pod(part, &uid))
			continue;
		ret = copy(uid.text, uid.len, name, size);
		for (char *c = name; *c; c++)
			if (*c == '_')
				*c = '-';
	}
	return ret;
}
