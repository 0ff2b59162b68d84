// SPDX-License-Identifier: LGPL-2.1-or-later
/* curl_lib.c - libcurl, loaded when it is asked for */
#include "curl_lib.h"

#include "cli.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

/* As OpenSSL's and GnuTLS's builds of the one ABI are called. */
static const char *const names[] = { "libcurl.so.4", "libcurl-gnutls.so.4" };

static bool find(void *lib, const char *name, void *function, size_t size)
{
	void *symbol = dlsym(lib, name);

	/* POSIX lets dlsym() return functions, ISO C does not convert them */
	memcpy(function, &symbol, size);
	return symbol;
}

const struct curl_lib *curl_lib_load(void)
{
	static struct curl_lib curl;
	void *lib = NULL;

	for (size_t i = 0; !lib && i < ARRAY_SIZE(names); i++)
		lib = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	if (!lib)
		return NULL;
#define X(name)                                                       \
	if (!find(lib, "curl_" #name, &curl.name, sizeof(curl.name))) \
		return NULL;
	CURL_FUNCTIONS(X)
#undef X
	return &curl;
}
