/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* missing.h - what the kernel has and no dump showed */
#ifndef TM_COLLECT_MISSING_H
#define TM_COLLECT_MISSING_H

#include "collect/collect.h"

/*
 * tm_collect_count() - counts the sockets of all namespaces, at one moment;
 * what is empty needs no dump
 *
 * Return: 0; as tm_walk().
 */
int tm_collect_count(struct tm_collect *c);

/*
 * tm_collect_read_counters_after() - reads the kernel's accounting after the
 * dumps
 *
 * Return: 0; as tm_walk().
 */
int tm_collect_read_counters_after(struct tm_collect *c);

/*
 * tm_collect_search() - looks for what the accounting miss: namespaces that
 * only a thread, an fd or a socket leads to, and sockets that only an fd leads
 * to
 *
 * Namespaces are added to the list, to be walked; sockets to @c->dark. Does
 * nothing where nothing is missing.
 *
 * Return: 0; -errno of opening; -ENOMEM.
 */
int tm_collect_search(struct tm_collect *c);

#endif
