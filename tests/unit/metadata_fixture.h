/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* metadata_fixture.h - texts and cgroups, as metadata has them */
#ifndef TM_METADATA_FIXTURE_H
#define TM_METADATA_FIXTURE_H

#include "model/metadata.h"

#include <check.h>
#include <string.h>

static inline uint32_t put_text(struct tm_metadata *metadata, const char *text)
{
	uint32_t number;

	ck_assert_int_eq(
		tm_blobs_intern(&metadata->texts, text, strlen(text), &number),
		0);
	return number;
}

/* A @path of NULL is not known. */
static inline void put_cgroup(struct tm_metadata *metadata, uint64_t id,
			      const char *path)
{
	ck_assert_int_eq(tm_metadata_want(metadata, id), 0);
	if (path)
		tm_metadata_find(metadata, id)->path = put_text(metadata, path);
}

#endif
