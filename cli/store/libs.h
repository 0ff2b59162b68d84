/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libs.h - SQLite and libzstd, loaded when a store is first opened
 *
 * Linked, their relocations cost each start of the command 0.4 ms of CPU, a
 * quarter of it, whatever it does. Their functions keep their names here; one
 * that is missing from the list is not linked.
 */
#ifndef CLI_STORE_LIBS_H
#define CLI_STORE_LIBS_H

#include <sqlite3.h>
#include <zstd.h>
#include <zstd_errors.h>

/* clang-format formats this list differently each time. */
/* clang-format off */
#define STORE_FUNCTIONS(X)                                              \
	X(sqlite3_bind_blob64) X(sqlite3_bind_int) X(sqlite3_bind_int64) \
	X(sqlite3_bind_null)                                            \
	X(sqlite3_bind_text) X(sqlite3_busy_timeout)                    \
	X(sqlite3_clear_bindings) X(sqlite3_close)                      \
	X(sqlite3_column_blob) X(sqlite3_column_bytes)                  \
	X(sqlite3_column_count)                                         \
	X(sqlite3_column_int64) X(sqlite3_column_text)                  \
	X(sqlite3_column_type) X(sqlite3_db_config) X(sqlite3_errcode)  \
	X(sqlite3_errmsg) X(sqlite3_exec) X(sqlite3_finalize)           \
	X(sqlite3_free) X(sqlite3_last_insert_rowid) X(sqlite3_limit)   \
	X(sqlite3_mprintf) X(sqlite3_open_v2) X(sqlite3_prepare_v2)     \
	X(sqlite3_reset) X(sqlite3_step) X(sqlite3_system_errno)        \
	X(ZSTD_CCtx_refPrefix) X(ZSTD_CCtx_setParameter)                \
	X(ZSTD_DCtx_refPrefix) X(ZSTD_compress2) X(ZSTD_compressBound)  \
	X(ZSTD_createCCtx) X(ZSTD_createDCtx) X(ZSTD_decompressDCtx)    \
	X(ZSTD_freeCCtx) X(ZSTD_freeDCtx) X(ZSTD_getErrorCode)          \
	X(ZSTD_getFrameContentSize) X(ZSTD_isError)
/* clang-format on */

struct store_libs {
#define X(name) __typeof__(name) *name##_;
	STORE_FUNCTIONS(X)
#undef X
};

extern struct store_libs store_libs;

/*
 * store_libs_load() - before the first function of either is called
 *
 * As often as one likes. Return: 0; -ELIBACC: store_libs_missing() tells why.
 */
int store_libs_load(void);

/* store_libs_missing() - which could not be loaded, and why */
const char *store_libs_missing(void);

#ifndef STORE_LIBS_C
#define sqlite3_bind_blob64	  store_libs.sqlite3_bind_blob64_
#define sqlite3_bind_int	  store_libs.sqlite3_bind_int_
#define sqlite3_bind_int64	  store_libs.sqlite3_bind_int64_
#define sqlite3_bind_null	  store_libs.sqlite3_bind_null_
#define sqlite3_bind_text	  store_libs.sqlite3_bind_text_
#define sqlite3_busy_timeout	  store_libs.sqlite3_busy_timeout_
#define sqlite3_clear_bindings	  store_libs.sqlite3_clear_bindings_
#define sqlite3_close		  store_libs.sqlite3_close_
#define sqlite3_column_blob	  store_libs.sqlite3_column_blob_
#define sqlite3_column_bytes	  store_libs.sqlite3_column_bytes_
#define sqlite3_column_count	  store_libs.sqlite3_column_count_
#define sqlite3_column_int64	  store_libs.sqlite3_column_int64_
#define sqlite3_column_text	  store_libs.sqlite3_column_text_
#define sqlite3_column_type	  store_libs.sqlite3_column_type_
#define sqlite3_db_config	  store_libs.sqlite3_db_config_
#define sqlite3_errcode		  store_libs.sqlite3_errcode_
#define sqlite3_errmsg		  store_libs.sqlite3_errmsg_
#define sqlite3_exec		  store_libs.sqlite3_exec_
#define sqlite3_finalize	  store_libs.sqlite3_finalize_
#define sqlite3_free		  store_libs.sqlite3_free_
#define sqlite3_last_insert_rowid store_libs.sqlite3_last_insert_rowid_
#define sqlite3_limit		  store_libs.sqlite3_limit_
#define sqlite3_mprintf		  store_libs.sqlite3_mprintf_
#define sqlite3_open_v2		  store_libs.sqlite3_open_v2_
#define sqlite3_prepare_v2	  store_libs.sqlite3_prepare_v2_
#define sqlite3_reset		  store_libs.sqlite3_reset_
#define sqlite3_step		  store_libs.sqlite3_step_
#define sqlite3_system_errno	  store_libs.sqlite3_system_errno_
#define ZSTD_CCtx_refPrefix	  store_libs.ZSTD_CCtx_refPrefix_
#define ZSTD_CCtx_setParameter	  store_libs.ZSTD_CCtx_setParameter_
#define ZSTD_DCtx_refPrefix	  store_libs.ZSTD_DCtx_refPrefix_
#define ZSTD_compress2		  store_libs.ZSTD_compress2_
#define ZSTD_compressBound	  store_libs.ZSTD_compressBound_
#define ZSTD_createCCtx		  store_libs.ZSTD_createCCtx_
#define ZSTD_createDCtx		  store_libs.ZSTD_createDCtx_
#define ZSTD_decompressDCtx	  store_libs.ZSTD_decompressDCtx_
#define ZSTD_freeCCtx		  store_libs.ZSTD_freeCCtx_
#define ZSTD_freeDCtx		  store_libs.ZSTD_freeDCtx_
#define ZSTD_getErrorCode	  store_libs.ZSTD_getErrorCode_
#define ZSTD_getFrameContentSize  store_libs.ZSTD_getFrameContentSize_
#define ZSTD_isError		  store_libs.ZSTD_isError_
#endif

#endif
