// SPDX-License-Identifier: LGPL-2.1-or-later
/* libs.c - SQLite and libzstd, loaded when a store is first opened */
#define STORE_LIBS_C
#include "store/libs.h"

#include "symbol.h"

#include <errno.h>
#include <stdio.h>

/* What is given back where nothing could be opened */
static int close_none(sqlite3 *db)
{
	(void)db;
	return SQLITE_OK;
}

static int finalize_none(sqlite3_stmt *stmt)
{
	(void)stmt;
	return SQLITE_OK;
}

struct store_libs store_libs = {
	.sqlite3_close_ = close_none,
	.sqlite3_finalize_ = finalize_none,
};

static char missing[160] = "";

/* Return: NULL if it cannot be loaded; @missing tells why. */
static void *open_lib(const char *name)
{
	void *lib = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	const char *why = lib ? NULL : dlerror();

	if (!lib)
		snprintf(missing, sizeof(missing), "a store needs %s",
			 why ? why : name);
	return lib;
}

static bool load(void)
{
	void *sqlite = open_lib("libsqlite3.so.0");
	void *zstd = sqlite ? open_lib("libzstd.so.1") : NULL;
	bool found = true;

	if (!zstd)
		return false;
	snprintf(missing, sizeof(missing),
		 "libsqlite3.so.0 or libzstd.so.1 "
		 "lacks a function: it is too old");

#define X(name)                                                      \
	found &= symbol_find(#name[0] == 'Z' ? zstd : sqlite, #name, \
			     &store_libs.name##_, sizeof(store_libs.name##_));
	STORE_FUNCTIONS(X)
#undef X
	return found;
}

int store_libs_load(void)
{
	static bool loaded;

	loaded = loaded || load();
	return loaded ? 0 : -ELIBACC;
}

const char *store_libs_missing(void)
{
	return missing;
}
