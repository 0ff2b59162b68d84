/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * curl_lib.h - libcurl, loaded when it is asked for
 *
 * It brings thirty libraries along, and hardly a run of the command wants
 * them: linked, they would take more time and memory than the sockets do.
 */
#ifndef CLI_EXPLAIN_CURL_LIB_H
#define CLI_EXPLAIN_CURL_LIB_H

/* Checks of an option's type that call curl_easy_setopt() by name. */
#define CURL_DISABLE_TYPECHECK

#include <curl/curl.h>

/* What of libcurl is used: each function by its name without curl_. */
/* The style checker never comes to rest over a list like this. */
/* clang-format off */
#define CURL_FUNCTIONS(X)                                        \
	X(easy_cleanup) X(easy_init) X(easy_perform)             \
	X(easy_setopt) X(easy_strerror) X(free) X(global_init)   \
	X(url) X(url_cleanup) X(url_get) X(url_set)
/* clang-format on */

struct curl_lib {
#define X(name) __typeof__(curl_##name) *name;
	CURL_FUNCTIONS(X)
#undef X
};

/* curl_lib_load() - libcurl's functions; NULL if it is not installed */
const struct curl_lib *curl_lib_load(void);

#endif
