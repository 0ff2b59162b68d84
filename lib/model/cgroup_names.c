// SPDX-License-Identifier: LGPL-2.1-or-later
/* cgroup_names.c - what a cgroup's path says about who lives there */
#include "model/metadata.h"

#include "base/util.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A container's id in full, and how much of it people are shown. */
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

/* "machine-NAME.scope" or "systemd-nspawn@NAME.service" */
static bool is_machine(const struct part *part, struct part *name)
{
	static const struct {
		const char *head, *tail;
	} forms[] = {
		{ "machine-", ".scope" },
		{ "systemd-nspawn@", ".service" },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t head = strlen(forms[i].head);
		size_t both = head + strlen(forms[i].tail);

		if (part->len <= both || !starts_with(part, forms[i].head) ||
		    !ends_with(part, forms[i].tail))
			continue;
		name->text = part->text + head;
		name->len = part->len - both;
		return true;
	}
	return false;
}

/* systemd writes "\x2d" for a byte that would split the name of a unit. */
static int copy_unescaped(struct part part, char *name, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < part.len && used + 1 < size; i++) {
		const char *at = part.text + i;

		if (part.len - i >= 4 && at[0] == '\\' && at[1] == 'x' &&
		    all_hex(at + 2, 2)) {
			name[used++] = (char)(tm_hex_digit(at[2]) << 4 |
					      tm_hex_digit(at[3]));
			i += 3;
		} else {
			name[used++] = *at;
		}
	}
	name[used] = '\0';
	return 0;
}

int tm_cgroup_container(const char *path, char *id, size_t size)
{
	struct part part, own, parent = { "", 0 };
	int ret = -ENOENT;

	while (next_part(&path, &part)) {
		const char *digits;

		if (is_container_id(part, &digits))
			ret = copy(digits, ID_LEN, id, size);
		else if (is_lxc(&part, &parent, &own))
			ret = copy(own.text, own.len, id, size);
		else if (is_machine(&part, &own))
			ret = copy_unescaped(own, id, size);
		parent = part;
	}
	return ret;
}

size_t tm_cgroup_id_shown(const char *id)
{
	size_t len = strlen(id);

	return len == ID_LEN && all_hex(id, len) ? ID_SHOWN : len;
}

void tm_cgroup_format_id(const char *id, const char *name, char *text,
			 size_t size)
{
	int len = (int)tm_cgroup_id_shown(id);

	if (name)
		snprintf(text, size, "%s[%.*s]", name, len, id);
	else
		snprintf(text, size, "%.*s", len, id);
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
