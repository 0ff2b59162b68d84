// SPDX-License-Identifier: LGPL-2.1-or-later
/* libs.c - SQLite and libzstd, loaded when a store is first opened */
#define STORE_LIBS_C
#include "store/libs.h"

#include "symbol.h"

#include <errno.h>

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

static bool load(void)
{
	void *sqlite = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);
	void *zstd = dlopen("libzstd.so.1", RTLD_NOW | RTLD_LOCAL);
	bool found = true;

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
