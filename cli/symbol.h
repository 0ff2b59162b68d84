/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* symbol.h - a function of a library that is loaded at run time */
#ifndef CLI_SYMBOL_H
#define CLI_SYMBOL_H

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

/*
 * symbol_find() - a function of @lib
 * @function, @size: the pointer to it, which is set if it is found
 */
static inline bool symbol_find(void *lib, const char *name, void *function,
			       size_t size)
{
	void *symbol = lib ? dlsym(lib, name) : NULL;

	/* POSIX lets dlsym() return functions, ISO C does not convert them */
	if (symbol)
		memcpy(function, &symbol, size);
	return symbol;
}

#endif
