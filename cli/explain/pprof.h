/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pprof.h - fetches what a Go program says of its memory */
#ifndef CLI_EXPLAIN_PPROF_H
#define CLI_EXPLAIN_PPROF_H

#include "tcpmem.h"

/*
 * pprof_fetch() - asks the program that serves @url
 * @url: http or https, of the server or of its /debug/pprof; it is followed
 *	nowhere else
 *
 * Return: 0; or an exit code, after it said why.
 */
int pprof_fetch(const char *url, struct tcpmem_pprof **pprof);

#endif
